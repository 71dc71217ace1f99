"""What was heard last of alerts that have recovered."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.report import Report
from standfast.records.store import RecordStore

BEGAN = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(hours=1)
REPORT = Report(title="Node down", dedup_key="prom:a")


def in_a_while() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


def test_the_first_word_of_a_recovery_and_its_latest_start_are_kept(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN, "prom:b": BEGAN})
    first = store.recoveries.of(["prom:a", "prom:never"])
    assert list(first) == ["prom:a"]
    assert first["prom:a"].began == BEGAN
    store.recoveries.note({"prom:a": BEGAN})
    assert store.recoveries.of(["prom:a"]) == first
    store.recoveries.note({"prom:a": LATER})
    again = store.recoveries.of(["prom:a"])["prom:a"]
    assert again.began == LATER
    assert again.first_at > first["prom:a"].first_at


def test_news_of_what_was_not_open_begins_nothing(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN}, only_known=True)
    assert store.recoveries.of(["prom:a"]) == {}
    assert not store.recoveries.set_aside("prom:a", REPORT)
    store.recoveries.note({"prom:a": BEGAN})
    store.recoveries.note({"prom:a": LATER}, only_known=True)
    assert store.recoveries.of(["prom:a"])["prom:a"].began == BEGAN


def test_what_is_set_aside_waits_from_the_first_time_on(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN, "prom:b": BEGAN})
    assert store.recoveries.set_aside("prom:a", REPORT)
    between = store.now()
    assert store.recoveries.set_aside("prom:a", REPORT)
    assert store.recoveries.set_aside_before(between - timedelta(minutes=1)) == []
    [waits] = store.recoveries.set_aside_before(between)
    assert waits.report == REPORT
    store.recoveries.done(waits.key)
    assert store.recoveries.set_aside_before(in_a_while()) == []


def test_a_further_recovery_ends_what_was_set_aside(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN})
    store.recoveries.set_aside("prom:a", REPORT)
    store.recoveries.note({"prom:a": BEGAN}, only_known=True)
    assert store.recoveries.set_aside_before(in_a_while()) == []


def test_it_is_forgotten_with_the_webhooks(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN})
    assert store.webhooks.forget(in_a_while()) == 1
    assert store.recoveries.of(["prom:a"]) == {}
