"""Counts of repeats on record: exact, whoever counts at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.report import Channel, Report
from standfast.records.repeats import Counted, WorseRepeat
from standfast.records.store import RecordStore

INCIDENT = "INC-AAAAAAAAAA"
SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def other(url: str) -> Iterator[RecordStore]:
    """Another process on the same database."""
    other = RecordStore(url)
    yield other
    other.close()


def report(title: str = "Disk full") -> Report:
    return Report(title=title, reporter="prom", channel=Channel.MONITOR, labels={"é": "'\"漢"})


def counted(times: int = 1, incident: str = INCIDENT, anew: bool = False) -> Counted:
    return Counted(incident, times, report(f"Disk full, {times} more"), anew)


def test_a_count_adds_up_and_keeps_the_latest_report(
    store: RecordStore, other: RecordStore
) -> None:
    assert store.repeats.line(INCIDENT) is None
    first = store.repeats.keep([counted(3), counted(1, "INC-BBBBBBBBBB")])[INCIDENT]
    again = other.repeats.keep([counted(4)])[INCIDENT]
    assert (first.total, again.total, again.told, again.untold) == (3, 7, 0, 7)
    assert again.counter == first.counter
    line = store.repeats.line(INCIDENT)
    assert line == again
    assert line is not None
    assert line.report == report("Disk full, 4 more")


def test_two_processes_that_count_at_once_lose_nothing(
    store: RecordStore, other: RecordStore
) -> None:
    names = [f"INC-{letter * 10}" for letter in "ABCD"]

    def count(which: int) -> None:
        keeper = (store, other)[which % 2]
        order = names if which % 3 else names[::-1]
        keeper.repeats.keep([counted(1 + which % 5, name) for name in order])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(60)))
    expected = sum(1 + which % 5 for which in range(60))
    assert [store.repeats.line(name).total for name in names] == [expected] * 4  # type: ignore[union-attr]


def test_what_is_told_goes_up_only_and_for_its_own_counter(store: RecordStore) -> None:
    line = store.repeats.keep([counted(10)])[INCIDENT]
    key = (INCIDENT, line.counter)
    for told in ({key: 6}, {key: 4}, {(INCIDENT, "another"): 9}):
        store.repeats.keep([], told)
        kept = store.repeats.line(INCIDENT)
        assert kept is not None
        assert (kept.total, kept.told) == (10, 6)
    assert [found.incident_id for found in store.repeats.untold()] == [INCIDENT]
    assert store.repeats.untold(before=datetime.now(UTC) - timedelta(minutes=5)) == []
    store.repeats.keep([], {key: 10})
    assert store.repeats.untold() == []


def test_a_count_begun_anew_has_only_what_was_not_told(store: RecordStore) -> None:
    line = store.repeats.keep([counted(10)])[INCIDENT]
    store.repeats.keep([], {(INCIDENT, line.counter): 7})
    anew = store.repeats.keep([counted(2, anew=True)])[INCIDENT]
    assert anew.counter != line.counter
    assert (anew.total, anew.told) == (5, 0)


def test_only_what_is_told_and_old_is_forgotten(store: RecordStore) -> None:
    line = store.repeats.keep([counted(2)])[INCIDENT]
    store.repeats.keep([counted(1, "INC-BBBBBBBBBB")])
    store.repeats.keep([], {(INCIDENT, line.counter): 2})
    assert store.repeats.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert store.repeats.forget(SOON) == 1
    assert store.repeats.line(INCIDENT) is None
    assert store.repeats.line("INC-BBBBBBBBBB") is not None


def worse(title: str, users: int = 1) -> WorseRepeat:
    said = report(title).model_copy(update={"users_affected": users})
    return WorseRepeat(title, said)


def test_what_is_worse_is_kept_until_it_was_told(store: RecordStore, other: RecordStore) -> None:
    kept = store.repeats.keep([Counted(INCIDENT, 2, report(), worse=(worse("lost"),))])[INCIDENT]
    assert kept.worse == (worse("lost"),)
    other.repeats.keep([Counted(INCIDENT, 1, report(), worse=(worse("lost", 70), worse("down")))])
    other.repeats.keep([Counted(INCIDENT, 1, report(), worse=(worse("lost", 9),))])
    line = store.repeats.line(INCIDENT)
    assert line is not None
    assert sorted(line.worse, key=lambda each: each.words) == [worse("down"), worse("lost", 70)]
    key = (INCIDENT, line.counter)
    store.repeats.keep([], {key: line.total}, {(INCIDENT, "lost", 1), (INCIDENT, "down", 1)})
    # The incident knows the count, and not yet that there are 70.
    (untold,) = other.repeats.untold()
    assert (untold.untold, untold.worse) == (0, (worse("lost", 70),))
    assert store.repeats.forget(SOON) == 0
    store.repeats.keep([], {}, {(INCIDENT, "lost", 70)})
    assert other.repeats.untold() == []
    assert store.repeats.forget(SOON) == 1


def test_each_line_has_its_own(store: RecordStore) -> None:
    store.repeats.keep(
        [Counted(INCIDENT, 1, report(), worse=(worse("a"),)), counted(1, "INC-BBBBBBBBBB")]
    )
    found = {line.incident_id: line.worse for line in store.repeats.untold()}
    assert found == {INCIDENT: (worse("a"),), "INC-BBBBBBBBBB": ()}
