"""What goes to Temporal is encrypted, comes back, and cannot be put elsewhere."""

import json

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from standfast.encryption.errors import EncryptionError, KeyThrownAway, MissingKey
from standfast.encryption.incident_keys import IncidentKeys
from standfast.encryption.key_ring import KeyRing
from standfast.encryption.payload_codec import PayloadEncryption, is_encrypted
from standfast.hosting.encryption import SharedStore
from standfast.records.store import RecordStore
from tests.encryption.conftest import INCIDENT, OTHER

OLD, NEW = b"o" * 32, b"n" * 32
TITLE = Payload(metadata={"encoding": b"json/plain"}, data=b'"Payroll of Mr Smith is wrong"')


def codec(records: RecordStore, *keys: bytes, owner: str = INCIDENT) -> PayloadEncryption:
    """The codec of a process that has just started, for an incident."""
    ring = KeyRing(keys)
    keys_of = IncidentKeys(ring, SharedStore(lambda: records))
    return of(PayloadEncryption(ring, keys_of, encrypts=bool(keys)), owner)


def of(codec: PayloadEncryption, owner: str) -> PayloadEncryption:
    return codec.with_context(WorkflowSerializationContext("default", owner))


@pytest.mark.parametrize("owner", [INCIDENT, "something-else", ""])
async def test_it_comes_back_and_says_nothing_on_the_way(records: RecordStore, owner: str) -> None:
    [sealed] = await codec(records, OLD, owner=owner).encode([TITLE])
    assert b"Smith" not in sealed.SerializeToString()
    assert await codec(records, OLD, owner=owner).decode([sealed]) == [TITLE]
    assert len(sealed.SerializeToString()) - len(TITLE.SerializeToString()) < 160


async def test_what_is_plain_is_read_as_it_is(records: RecordStore) -> None:
    """Of an earlier version, or from `temporal workflow signal --input '{…}'`."""
    assert await codec(records, OLD).decode([TITLE]) == [TITLE]


async def test_each_incident_has_a_key_of_its_own(records: RecordStore) -> None:
    one = codec(records, OLD)
    [first], [again], [other] = (
        await one.encode([TITLE]),
        await codec(records, OLD).encode([TITLE]),
        await of(one, OTHER).encode([TITLE]),
    )
    assert first.metadata["incident-key"] == again.metadata["incident-key"]
    assert first.metadata["incident-key"] != other.metadata["incident-key"]
    assert first.data != again.data


@pytest.mark.parametrize("owner", [OTHER, "another-workflow"])
async def test_it_cannot_be_moved_to_another_incident(records: RecordStore, owner: str) -> None:
    here = codec(records, OLD)
    [sealed] = await here.encode([TITLE])
    with pytest.raises(EncryptionError, match=f"of {INCIDENT} was found in {owner}"):
        await of(here, owner).decode([sealed])
    # Nor with another name on it.
    sealed.metadata["incident"] = owner.encode()
    with pytest.raises(EncryptionError):
        await of(here, owner).decode([sealed])


async def test_the_keys_of_incidents_are_read_after_a_rotation(records: RecordStore) -> None:
    [sealed] = await codec(records, OLD).encode([TITLE])
    rotated = codec(records, NEW, OLD)
    assert await rotated.decode([sealed]) == [TITLE]
    with pytest.raises(MissingKey, match=f"key {KeyRing([OLD]).current} is missing"):
        await codec(records, NEW).decode([sealed])
    [stored] = records.incident_keys.not_wrapped_by(rotated.ring.current, 10)
    records.incident_keys.rewrap(rotated.keys.wrapped_anew(stored))
    assert await codec(records, NEW).decode([sealed]) == [TITLE]


async def test_without_a_key_nothing_is_encrypted_and_what_is_says_so(records: RecordStore) -> None:
    [sealed] = await codec(records, OLD).encode([TITLE])
    without = codec(records)
    assert await without.encode([TITLE]) == [TITLE]
    with pytest.raises(MissingKey, match="here: none"):
        await without.decode([sealed])


async def test_once_its_key_is_thrown_away_nobody_reads_it(records: RecordStore) -> None:
    before = codec(records, OLD)
    [sealed] = await before.encode([TITLE])
    records.incident_keys.retire([INCIDENT])
    [later] = await codec(records, OLD).encode([TITLE])
    assert records.incident_keys.throw_away([INCIDENT]) == 1
    with pytest.raises(KeyThrownAway, match=f"{INCIDENT} was erased"):
        await codec(records, OLD).decode([sealed])
    # The next episode has a key of its own.
    assert await codec(records, OLD).decode([later]) == [TITLE]


async def test_what_is_encrypted_is_not_encrypted_again(records: RecordStore) -> None:
    here = codec(records, OLD)
    sealed = await here.encode([TITLE, Payload(metadata={"encoding": b"binary/null"})])
    assert await here.encode(sealed) == sealed
    assert [is_encrypted(each) for each in sealed] == [True, False]
    assert json.loads((await here.decode(sealed))[0].data)
