"""The key ring: what is a key, and what is said of one that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.encryption.errors import EncryptionError, MissingKey
from standfast.encryption.key_ring import KeyRing, parse_keys, seal, unseal

FIRST, SECOND = "0f" * 32, "1e" * 32


def test_keys_are_separated_by_commas_or_lines() -> None:
    assert parse_keys(f"{FIRST}, {SECOND}\n") == (bytes.fromhex(FIRST), bytes.fromhex(SECOND))
    assert parse_keys(" , \n") == ()


@pytest.mark.parametrize("written", ["short", FIRST[:-1], FIRST + "0", "g" * 64, f"{FIRST};"])
def test_what_is_no_key_is_named_by_its_place_and_not_shown(written: str) -> None:
    with pytest.raises(ValueError, match="key 2 is not 64 hexadecimal") as refused:
        parse_keys(f"{SECOND},{written}")
    assert written not in str(refused.value)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, both = KeyRing(parse_keys(SECOND)), KeyRing(parse_keys(f"{FIRST},{SECOND}"))
    sealed = seal(old.cipher(old.current), b"text", b"here")
    assert both.current != old.current
    assert unseal(both.cipher(old.current), sealed, b"here", "it") == b"text"


def test_a_missing_key_is_named_with_what_to_do() -> None:
    lost = KeyRing(parse_keys(FIRST)).current
    here = KeyRing(parse_keys(SECOND))
    with pytest.raises(MissingKey, match=rf"key {lost} is missing \(here: {here.current}\): add"):
        here.cipher(lost)
    with pytest.raises(MissingKey, match="here: none"):
        KeyRing(()).cipher(lost)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(1, 255))
def test_a_changed_bit_is_noticed(text: bytes, place: int, change: int) -> None:
    ring = KeyRing(parse_keys(FIRST))
    sealed = bytearray(seal(ring.cipher(ring.current), text, b"here"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(EncryptionError, match="what it is cannot be decrypted"):
        unseal(ring.cipher(ring.current), bytes(sealed), b"here", "what it is")


@given(st.binary(max_size=40))
def test_anything_else_is_refused_in_words(sealed: bytes) -> None:
    ring = KeyRing(parse_keys(FIRST))
    with pytest.raises(EncryptionError):
        unseal(ring.cipher(ring.current), sealed, b"here", "it")
