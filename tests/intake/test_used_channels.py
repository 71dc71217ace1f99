"""Which channels of their own people use now, also while the record store is away."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.intake.used_channels import Used, UsedChannels
from standfast.policy import Policy
from standfast.records.push_devices import DeviceOwner, Subscription
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records

POLICY = Policy.model_validate(SMALL | {"contact_methods": {"mail": "outbox://file/?to={address}"}})


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(empty_records(tmp_path / "records.db"))
    yield store
    store.close()


async def test_what_is_verified_counts_and_without_the_store_what_was_known_last(
    records: RecordStore, tmp_path: Path
) -> None:
    kept, used = records.own_channels, UsedChannels(records)
    first = kept.add("dee", "mail", "mail", "dee@fernhill.example")
    assert first
    assert await used.now(POLICY) == Used({"dee": ()})
    kept.open_code(first.id, "123456")
    kept.verify("dee", first.id, "123456")
    assert await used.now(POLICY) == Used({"dee": (first.id,)})
    assert await used.now(Policy.model_validate(SMALL)) == Used({"dee": ()}), "nobody may add any"
    subscription = Subscription("https://push.example/1", "key", "auth", "ours")
    owner = DeviceOwner("dee", "dee", session="", token="")
    phone = records.push_devices.add(owner, "phone", subscription, datetime.now(UTC))
    both = {"dee": (first.id, phone.id)}
    assert await used.now(POLICY) == Used(both)

    assert used.known(POLICY) == Used(both), "what is known is not asked for"
    records.close()
    for file in tmp_path.glob("records.db*"):
        file.unlink()
    (tmp_path / "records.db").mkdir()
    assert await used.now(POLICY) == Used(both, is_current=False)
    assert await UsedChannels(records).now(POLICY) == Used({}, is_current=False)
