"""The keys of incidents while the record store is away, and after it has lost them."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from standfast.encryption.errors import EncryptionError, KeyUnavailable
from standfast.encryption.incident_keys import IncidentKeys
from standfast.encryption.key_ring import KeyRing
from standfast.encryption.local_copies import LocalCopies
from standfast.hosting.encryption import SharedStore
from standfast.records.store import RecordStore
from tests.encryption.conftest import INCIDENT, OTHER

RING = KeyRing([b"k" * 32])
AWAY = RecordStore("sqlite:////proc/nowhere/records.db")


class Store:
    """The record store of a process: it can go away."""

    def __init__(self, there: RecordStore) -> None:
        self.there = there
        self.now = there

    def keys(self, place: Path | None = None, **confirmed: timedelta) -> IncidentKeys:
        copies = LocalCopies(place) if place else None
        return IncidentKeys(RING, SharedStore(lambda: self.now), copies, **confirmed)


@pytest.fixture
def store(records: RecordStore) -> Store:
    return Store(records)


async def test_a_new_incident_does_without_a_key_and_the_log_says_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.now = AWAY
    with caplog.at_level(logging.WARNING):
        assert await store.keys().to_encrypt(INCIDENT) is None
    assert f"{INCIDENT} is encrypted by key {RING.current} of the key ring" in caplog.text


async def test_a_process_goes_on_with_what_it_has_in_memory(store: Store) -> None:
    keys = store.keys(confirmed_for=timedelta())
    made = await keys.to_encrypt(INCIDENT)
    assert made
    store.now = AWAY
    assert (await keys.to_decrypt(INCIDENT, made.key_id)).key_id == made.key_id
    # Whether it was erased meanwhile cannot be known: nothing is written with it.
    assert await keys.to_encrypt(INCIDENT) is None


async def test_a_process_that_starts_while_it_is_away_has_copies(
    store: Store, tmp_path: Path
) -> None:
    made = await store.keys(tmp_path / "keys").to_encrypt(INCIDENT)
    assert made
    [copy] = (tmp_path / "keys").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    store.now = AWAY
    assert (await store.keys(tmp_path / "keys").to_decrypt(INCIDENT, made.key_id)).cipher
    with pytest.raises(KeyUnavailable, match=f"of {INCIDENT} is in the record store: .*goes on"):
        await store.keys().to_decrypt(INCIDENT, made.key_id)


async def test_a_key_that_the_record_store_lost_is_put_back_from_a_copy(
    store: Store, tmp_path: Path
) -> None:
    made = await store.keys(tmp_path / "keys").to_encrypt(INCIDENT)
    assert made
    store.now = RecordStore(f"sqlite:///{tmp_path}/restored.db")
    with pytest.raises(EncryptionError, match="restore the copy of the record store"):
        await store.keys().to_decrypt(INCIDENT, made.key_id)
    await store.keys(tmp_path / "keys").to_decrypt(INCIDENT, made.key_id)
    assert (await store.keys().to_decrypt(INCIDENT, made.key_id)).key_id == made.key_id
    store.now.close()


async def test_the_copy_of_a_key_that_was_thrown_away_is_dropped(
    store: Store, tmp_path: Path
) -> None:
    made = await store.keys(tmp_path / "keys").to_encrypt(INCIDENT)
    assert made
    store.there.incident_keys.retire([INCIDENT])
    store.there.incident_keys.throw_away([INCIDENT])
    with pytest.raises(EncryptionError, match="was erased"):
        await store.keys(tmp_path / "keys").to_decrypt(INCIDENT, made.key_id)
    assert not list((tmp_path / "keys").iterdir())


async def test_two_processes_make_one_key(store: Store) -> None:
    here, there = store.keys(), store.keys()
    one, two = await here.to_encrypt(OTHER), await there.to_encrypt(OTHER)
    assert one
    assert two
    assert one.key_id == two.key_id
