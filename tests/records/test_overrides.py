"""Overrides on record: none is lost or changed, and the last one made has the highest number."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from standfast.incidents.ids import is_override_id
from standfast.incidents.schedule import NewOverride, Override, PlannedOverrides
from standfast.records.store import RecordStore
from standfast.time.time_range import TimeRangeState

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def other(url: str) -> Iterator[RecordStore]:
    """Another process on the same database."""
    other = RecordStore(url)
    yield other
    other.close()


def new(person: str = "ana", starts: float = 0, ends: float = 8, **fields: Any) -> NewOverride:
    """An override by dev; its times are hours from `AT`."""
    return NewOverride.model_validate(
        {
            "team": "network",
            "tier": "L1",
            "person": person,
            "starts": AT + starts * HOUR,
            "ends": AT + ends * HOUR,
            "by": "dev",
            **fields,
        }
    )


def test_what_was_added_is_there_for_everybody(store: RecordStore, other: RecordStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    words = "é漢'\";--\\ dentist"
    made = store.overrides.add(new(reason=words, by="Dév"))
    assert is_override_id(made.id)
    assert (made.person, made.starts, made.ends) == ("ana", AT, AT + 8 * HOUR)
    assert (made.reason, made.by, made.swap, made.ended_at) == (words, "Dév", "", None)
    assert before < made.created_at < datetime.now(UTC) + timedelta(seconds=5)
    assert other.overrides.get(made.id) == made
    assert other.overrides.all() == [made]
    assert other.overrides.get("OVR-AAAAAA") is None


def test_times_come_back_as_the_moments_they_were(store: RecordStore) -> None:
    lisbon = timezone(timedelta(hours=-1))
    made = store.overrides.add(new(starts=0).model_copy(update={"starts": AT.astimezone(lisbon)}))
    found = store.overrides.get(made.id)
    assert found is not None
    assert (found.starts, found.starts.tzinfo) == (AT, UTC)


def test_they_survive_a_restart(url: str) -> None:
    first = RecordStore(url)
    made = first.overrides.add(new())
    first.close()
    again = RecordStore(url)
    assert again.overrides.all() == [made]
    again.close()


def test_the_one_made_last_has_the_highest_number(store: RecordStore, other: RecordStore) -> None:
    made = [one.overrides.add(new(str(number))) for number in range(3) for one in (store, other)]
    numbers = [each.number for each in made]
    assert numbers == sorted(set(numbers))
    assert store.overrides.all() == made
    assert len({each.id for each in made}) == 6


def test_many_at_once_are_all_there(store: RecordStore, other: RecordStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: (store, other)[n % 2].overrides.add(new()), range(24)))
    assert len({each.number for each in made}) == 24
    assert store.overrides.all() == sorted(made, key=lambda each: each.number)


TIMES = [
    # from, to, ended (hours from AT), which of the moments -1, 0, 4, 8 it runs at or comes after
    (0, 8, None, [-1, 0, 4]),
    (-2, 0, None, [-1]),
    (0, 8, 4, [-1, 0]),
    (0, 8, -3, []),
    (6, 8, 5, []),
]


@pytest.mark.parametrize(("starts", "ends", "ended", "moments"), TIMES)
def test_those_that_are_not_over_at_a_moment(
    store: RecordStore, starts: float, ends: float, ended: float | None, moments: list[int]
) -> None:
    made = store.overrides.add(new(starts=starts, ends=ends))
    if ended is not None:
        assert store.overrides.end(made.id, "eli", AT + ended * HOUR)
    found = [at for at in (-1, 0, 4, 8) if store.overrides.running_or_coming(AT + at * HOUR)]
    assert found == moments


def test_those_of_a_team(store: RecordStore) -> None:
    ours, theirs = store.overrides.add(new()), store.overrides.add(new(team="desk"))
    assert store.overrides.all("network") == [ours]
    assert store.overrides.running_or_coming(AT, "desk") == [theirs]
    assert store.overrides.running_or_coming(AT) == [ours, theirs]


def test_one_is_ended_once_and_by_one(store: RecordStore, other: RecordStore) -> None:
    made = store.overrides.add(new())
    assert store.overrides.end(made.id, "eli", AT + HOUR)
    assert not other.overrides.end(made.id, "fay", AT + 2 * HOUR)
    found = other.overrides.get(made.id)
    assert found is not None
    assert (found.ended_by, found.until, found.ends) == ("eli", AT + HOUR, made.ends)
    states = [found.state(AT + hours * HOUR) for hours in (-1, 0.5, 1)]
    assert states == [TimeRangeState.COMING, TimeRangeState.RUNNING, TimeRangeState.OVER]


def test_one_that_is_over_or_was_never_there_cannot_be_ended(store: RecordStore) -> None:
    made = store.overrides.add(new(ends=1))
    assert not store.overrides.end(made.id, "eli", AT + HOUR)
    assert not store.overrides.end("OVR-AAAAAA", "eli", AT)
    assert store.overrides.get(made.id) == made


def test_one_that_is_ended_before_its_start_never_holds(store: RecordStore) -> None:
    made = store.overrides.add(new(starts=5))
    assert store.overrides.end(made.id, "eli", AT)
    found = store.overrides.get(made.id)
    assert found is not None
    assert found.state(AT - HOUR) is TimeRangeState.OVER
    assert store.overrides.running_or_coming(AT - HOUR) == []


def test_a_swap_is_made_together(store: RecordStore, other: RecordStore) -> None:
    store.overrides.add(new())
    one, two = store.overrides.swap([new("ana"), new("ben", 8, 16)])
    assert (one.swap, two.swap) == (one.id, one.id)
    assert other.overrides.all()[1:] == [one, two]


def test_the_two_halves_of_a_swap_end_together(store: RecordStore, other: RecordStore) -> None:
    alone = store.overrides.add(new())
    one, two = store.overrides.swap([new("ana"), new("ben")])
    assert store.overrides.end(two.id, "eli", AT + HOUR)
    assert not other.overrides.end(one.id, "fay", AT + 2 * HOUR)
    assert [each.ended_by for each in other.overrides.all()] == ["", "eli", "eli"]
    assert other.overrides.running_or_coming(AT + HOUR) == [alone]


def once(on_record: Sequence[Override]) -> PlannedOverrides:
    """A swap, unless there is one."""
    if on_record:
        return PlannedOverrides(already=tuple(on_record))
    return PlannedOverrides(new=(new("ana", instead_of="ben"), new("ben", instead_of="ana")))


def test_what_several_enter_at_the_same_time_is_made_once(
    store: RecordStore, other: RecordStore
) -> None:
    """grafana/oncall#2787, by several processes at once."""
    with ThreadPoolExecutor(8) as pool:
        stores = [store, other] * 8
        found = list(pool.map(lambda each: each.overrides.make("network", AT, once), stores))
    assert sorted(each.already for each in found) == [False, *[True] * 15]
    assert {tuple(one.id for one in each.overrides) for each in found} == {
        tuple(each.id for each in store.overrides.all())
    }


def test_what_is_refused_changes_nothing(store: RecordStore) -> None:
    def refuse(on_record: Sequence[Override]) -> PlannedOverrides:
        raise ValueError("not that")

    with pytest.raises(ValueError, match="not that"):
        store.overrides.make("network", AT, refuse)
    assert store.overrides.all() == []


def test_of_a_swap_that_fails_half_way_nothing_is_on_record(store: RecordStore) -> None:
    broken = new("ben").model_copy(update={"person": None})
    with pytest.raises(Exception, match=r"(?i)null|person"):
        store.overrides.swap([new("ana"), broken])
    assert store.overrides.all() == []
