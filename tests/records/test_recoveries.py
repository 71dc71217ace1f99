"""What was heard last of alerts that have recovered."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.alert import Alert, AlertAction, StaleAlert
from standfast.records.store import RecordStore

BEGAN = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(hours=1)
STALE = StaleAlert(
    source="prom",
    incident_id="INC-AAAAAAAAAA",
    alert=Alert(action=AlertAction.TRIGGER, dedup_key="a", by="prom"),
)


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
    assert store.recoveries.set_aside({"prom:a": STALE}) == set()
    store.recoveries.note({"prom:a": BEGAN})
    store.recoveries.note({"prom:a": LATER}, only_known=True)
    assert store.recoveries.of(["prom:a"])["prom:a"].began == BEGAN


def test_what_is_set_aside_waits_from_the_first_time_on(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN, "prom:b": BEGAN})
    assert store.recoveries.set_aside({"prom:a": STALE}) == {"prom:a"}
    between = store.now()
    assert store.recoveries.set_aside({"prom:a": STALE}) == {"prom:a"}
    assert store.recoveries.aside(between - timedelta(minutes=1)) == []
    [waits] = store.recoveries.aside(between)
    assert waits.stale == STALE
    assert store.recoveries.aside() == [waits]
    store.recoveries.counted(waits.key)
    assert store.recoveries.aside() == []


def test_a_further_recovery_ends_what_was_set_aside(store: RecordStore) -> None:
    for only_known in (True, False):
        store.recoveries.note({"prom:a": BEGAN})
        store.recoveries.set_aside({"prom:a": STALE})
        store.recoveries.note({"prom:a": BEGAN}, only_known=only_known)
        assert store.recoveries.aside() == []


def test_a_start_after_the_recovery_is_kept(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN})
    store.recoveries.fire_anew({"prom:a": LATER, "prom:never": LATER})
    assert store.recoveries.of(["prom:a"])["prom:a"].fired == LATER


def test_it_is_forgotten_in_time_but_for_what_is_set_aside(store: RecordStore) -> None:
    store.recoveries.note({"prom:a": BEGAN, "prom:b": BEGAN})
    store.recoveries.set_aside({"prom:a": STALE})
    assert store.recoveries.forget(store.now() - timedelta(minutes=5)) == 0
    assert store.recoveries.forget(in_a_while()) == 1
    assert list(store.recoveries.of(["prom:a", "prom:b"])) == ["prom:a"]


def test_thousands_at_once_are_a_few_statements(store: RecordStore) -> None:
    """Alertmanager sends a group of any size in one body."""
    many = {f"prom:{n}": BEGAN for n in range(2_100)}
    store.recoveries.note(many)
    assert len(store.recoveries.of(many)) == 2_100
    assert len(store.recoveries.set_aside(dict.fromkeys(many, STALE))) == 2_100
    store.recoveries.note(many, only_known=True)
    assert store.recoveries.aside() == []
