"""What the policy no longer keeps is erased once a day, and the log says what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.encryption.incident_keys import IncidentKeys
from standfast.encryption.key_ring import KeyRing
from standfast.encryption.payload_codec import PayloadEncryption
from standfast.erasure.retention import Retention
from standfast.hosting.encryption import SharedStore
from standfast.policy import Policy
from standfast.policy.retention import RetentionRules
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.erasing import Tombstone
from standfast.records.push_devices import DeviceOwner, Subscription
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.records.samples import incident

OLD, NEW = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"
OPEN_AGAIN = "INC-CCCCCCCCCC"
NOW = datetime.now(UTC)


class Erased:
    """Erases on record only, and knows what is open."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def closed_of(self, incident_ids: list[str]) -> list[str]:
        return [each for each in incident_ids if each != OPEN_AGAIN]

    async def erase(
        self, incident_ids: list[str], by: str, reason: str, *, write_anew: bool
    ) -> list[Tombstone]:
        assert not write_anew, "it would keep everybody from writing, at whatever hour"
        return [
            one for each in incident_ids for one in self._records.erasing.erase(each, by, reason)
        ]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(empty_records(tmp_path / "records.db"))
    for incident_id, days in ((OLD, 40), (OPEN_AGAIN, 35), (NEW, 5)):
        store.incidents.save(incident(incident_id, closed_at=NOW - timedelta(days=days)))
    store.audit.record(AuditEvent(AuditKind.SIGNED_IN, by="ana"))
    yield store
    store.close()


def policy(**rules: timedelta) -> Policy:
    shipped = load_policy(SHIPPED_POLICY)
    return shipped.model_copy(update={"retention": RetentionRules(**rules)})


async def test_by_default_everything_is_kept(records: RecordStore) -> None:
    assert await Retention(policy, records, Erased(records), None).purge() == ""
    assert records.incidents.get(OLD)


async def test_what_is_older_goes_and_what_is_open_again_stays(records: RecordStore) -> None:
    kept = timedelta(days=30)
    job = Retention(lambda: policy(records=kept, audit=kept), records, Erased(records), None)
    assert await job.purge() == "retention removed 1 incidents"
    assert records.incidents.get(OLD) is None
    assert records.incidents.get(NEW)
    assert records.incidents.get(OPEN_AGAIN)
    [left] = records.erasing.tombstones(OLD)
    assert (left.by, left.reason) == ("retention", "older than the policy keeps")


async def test_own_channels_and_devices_go_with_whoever_leaves_the_policy(
    records: RecordStore,
) -> None:
    there = next(iter(policy().people))
    for person in (there, "gone"):
        assert records.own_channels.add(person, "sms", "sms", "+49301234567")
        owner = DeviceOwner(person, person, "", "")
        phone = Subscription(f"https://push.example/{person}", "", "", "")
        records.push_devices.add(owner, "phone", phone, datetime.now(UTC))
    job = Retention(policy, records, Erased(records), None)
    removed = await job.purge()
    assert "1 channel of people whom the policy does not have any more" in removed
    assert "1 device of people whom" in removed
    assert list(records.own_channels.all()) == [there]
    assert records.push_devices.counted(datetime.now(UTC)) == {there: 1}
    kinds = [each.kind for each in records.audit.newest(2)]
    assert kinds == [AuditKind.DEVICE_ENDED, AuditKind.CHANNEL_REMOVED]
    assert await job.purge() == ""


def test_less_than_a_day_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must be at least 1d"):
        RetentionRules(records=timedelta(hours=1))


async def test_keys_are_wrapped_by_the_current_key_of_the_ring(records: RecordStore) -> None:
    def process(*keys: bytes) -> PayloadEncryption:
        ring = KeyRing(keys)
        return PayloadEncryption(ring, IncidentKeys(ring, SharedStore(lambda: records)))

    old, new = b"o" * 32, b"n" * 32
    made = await process(old).keys.to_encrypt(OLD)
    assert made
    job = Retention(policy, records, Erased(records), process(new, old))
    assert (await job.look_after_keys()).startswith("1 keys of incidents were wrapped anew by")
    assert await job.look_after_keys() == ""
    assert (await process(new).keys.to_decrypt(OLD, made.key_id)).key_id == made.key_id
