"""Groups of alerts on record, and webhooks that were taken."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from standfast.records.store import RecordStore

HOUR = timedelta(hours=1)
SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def other(url: str) -> Iterator[RecordStore]:
    """Another process on the same database."""
    other = RecordStore(url)
    yield other
    other.close()


def test_alerts_of_one_group_are_in_the_incident_of_its_first(store: RecordStore) -> None:
    assert store.groups.join("shop/software", "a", HOUR) == "a"
    assert store.groups.join("shop/software", "b", HOUR) == "a"
    assert store.groups.join("shop/network", "c", HOUR) == "c"
    assert store.groups.incident_of("b") == "a"
    assert store.groups.incident_of("never seen") == "never seen"


def test_a_group_recovers_with_the_last_of_its_alerts(store: RecordStore) -> None:
    for alert in ("a", "b"):
        store.groups.join("shop", alert, HOUR)
    assert store.groups.leave("a") == ("a", False)
    assert store.groups.leave("a") == ("a", False)
    assert store.groups.leave("b") == ("a", True)
    assert store.groups.leave("alone") == ("alone", True)


def test_after_the_window_a_group_is_another_incident(store: RecordStore) -> None:
    at_once = timedelta(0)
    assert store.groups.join("shop", "a", at_once) == "a"
    assert store.groups.join("shop", "b", at_once) == "b"
    # One that fires still stays where it is; one that comes back goes where the others go now.
    assert store.groups.join("shop", "a", HOUR) == "a"
    store.groups.leave("a")
    assert store.groups.join("shop", "a", HOUR) == "b"


def test_alerts_that_come_at_the_same_moment_make_one_group(
    store: RecordStore, other: RecordStore
) -> None:
    def join(which: int) -> str:
        return (store, other)[which % 2].groups.join("shop", f"alert-{which}", HOUR)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(join, range(40)))) == 1


def test_of_alerts_that_recover_at_the_same_moment_one_is_the_last(
    store: RecordStore, other: RecordStore
) -> None:
    """keephq/keep#5325: an incident whose last two alerts end together must end too."""

    def leave(alert: str) -> bool:
        return (store, other)[int(alert[-1]) % 2].groups.leave(alert)[1]

    with ThreadPoolExecutor(8) as threads:
        for group in range(5):
            alerts = [f"{group}-{n}" for n in range(6)]
            for alert in alerts:
                store.groups.join(f"shop-{group}", alert, HOUR)
            assert any(threads.map(leave, alerts))


def test_what_was_not_heard_of_for_long_is_forgotten(store: RecordStore) -> None:
    store.groups.join("shop", "a", HOUR)
    assert store.groups.forget(datetime.now(UTC) - HOUR) == 0
    assert store.groups.forget(SOON) == 1
    assert store.groups.join("shop", "b", HOUR) == "b"


def test_a_webhook_is_known_by_source_and_id(store: RecordStore, other: RecordStore) -> None:
    assert store.webhooks.answer("sentry", "msg_1") is None
    store.webhooks.note("sentry", "msg_1", "an answer")
    other.webhooks.note("sentry", "msg_1", '{"results": []}')
    other.webhooks.note("sentry", "\ud800" + "x" * 10_000, "long")
    assert store.webhooks.answer("sentry", "msg_1") == '{"results": []}'
    assert store.webhooks.answer("sentry", "msg_1", datetime.now(UTC) - HOUR) is not None
    assert store.webhooks.answer("sentry", "msg_1", SOON) is None
    assert store.webhooks.answer("pingdom", "msg_1") is None
    assert store.webhooks.forget(datetime.now(UTC) - HOUR) == 0
    assert store.webhooks.forget(SOON) == 2
    assert other.webhooks.answer("sentry", "msg_1") is None
