"""How long an SMS is, and which letters need not cost a second one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.notification.sms_text import plain, sms_length

LENGTHS = [
    ("", "GSM-7", 0, 1),
    ("x" * 160, "GSM-7", 160, 1),
    ("x" * 161, "GSM-7", 161, 2),
    ("ä" * 160, "GSM-7", 160, 1),  # Ä, ö, ü, é, ñ are of the alphabet
    ("€" * 80, "GSM-7", 160, 1),  # these take two
    ("[" * 81, "GSM-7", 162, 2),
    ("я" * 70, "UCS-2", 70, 1),
    ("я" * 71, "UCS-2", 71, 2),
    ("x" * 69 + "я", "UCS-2", 70, 1),  # one letter outside costs all of them
    ("🔥" * 35, "UCS-2", 70, 1),
]


@pytest.mark.parametrize(("text", "encoding", "units", "messages"), LENGTHS)
def test_length(text: str, encoding: str, units: int, messages: int) -> None:
    assert sms_length(text) == (encoding, units, messages)


PLAIN = [
    ("Größe: naïve café", "Größe: naive café"),
    ("“down” – since 3 o’clock…", '"down" - since 3 o\'clock...'),
    ("Čeština", "Cestina"),
    ("Почта не работает", "Почта не работает"),
    ("Ελλάδα", "Ελλάδα"),
]


@pytest.mark.parametrize(("text", "said"), PLAIN)
def test_signs_that_cost_a_second_sms_are_written_otherwise(text: str, said: str) -> None:
    assert plain(text) == said


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_plain_text_never_takes_more_than_the_text_did_in_its_encoding(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert sms_length(plain(text)).messages >= 1
