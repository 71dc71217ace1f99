"""A rotation gives turns by duties: each time in which its layer has somebody, not each day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.decisions.on_call import on_call_between
from standfast.policy.schedules import Tier
from tests.decisions.schedules import ALL_DAYS, TEAM, WEEKEND, at, layer, tier
from tests.examples import examples

FOURTEEN = tuple(f"p{number:02}" for number in range(1, 15))
WORKDAYS = {"opens": "09:00", "closes": "17:00"}
NIGHTS = {"opens": "22:00", "closes": "06:00"}
TWO_WINDOWS = {"spans": {"mon-fri": ["09:00-12:00", "14:00-20:00"]}}
LONDON = {"zone": "Europe/London", "starts": "2026-11-30"}
MONDAY = at("2026-11-30")


def days(of: Tier, weeks: int = 6, begins: datetime = MONDAY) -> list[tuple[str, str]]:
    """Who is on call from which moment on, one after the other; nobody is left out."""
    return [
        (f"{period.begins:%a %H:%M}", period.who.on_call)
        for period in on_call_between(of, TEAM, begins, begins + timedelta(weeks=weeks))
        if period.who.on_call
    ]


def turns(of: Tier, weeks: int = 6, begins: datetime = MONDAY) -> list[str]:
    """Who has a turn, one after the other."""
    return [who for who, _ in groupby(who for _, who in days(of, weeks, begins))]


def daily(*people: str, hours: Any = WORKDAYS, **rotation: Any) -> Tier:
    every = {"every": "day", **LONDON, **rotation}
    return tier(layers=[layer(*people, hours=hours, **every)], gaps="allowed")


@pytest.mark.parametrize("count", range(1, 15))
def test_each_of_any_number_has_a_day_in_turn(count: int) -> None:
    """target/goalert#4447, #55: of fourteen, some were never on call from Monday to Friday."""
    people = FOURTEEN[:count]
    found = [who for _, who in days(daily(*people))]
    assert found == [people[day % count] for day in range(30)]


DAILY = [
    # name, hours, more of the rotation, the first five who have a turn, from Monday on
    ("two windows a day", TWO_WINDOWS, {}, "a b c a b"),
    ("nights", NIGHTS, {}, "a b c a b"),
    ("begun before the hand-off", {"opens": "08:00", "closes": "18:00"}, {}, "a b c a b"),
    ("nights, hand-off at midnight", NIGHTS, {"at": "00:00"}, "a b c a b"),
    ("a short Saturday", {"spans": {"mon-fri": "09:00-17:00", "sat": "10:00-12:00"}}, {}, "a b c"),
    ("at weekends", {**WORKDAYS, "days": WEEKEND}, {}, "a b c a b"),
    ("on Tuesdays", {**WORKDAYS, "days": ["tuesday"]}, {}, "a b c a b"),
    ("twelve hours, of which one half is open", WORKDAYS, {"every": "12h"}, "a b c a b"),
    ("eight hours", {"opens": "06:00", "closes": "22:00"}, {"every": "8h", "at": "06:00"}, "a b c"),
    ("an hour each", {"opens": "09:00", "closes": "12:00"}, {"every": "1h"}, "a b c a b"),
    ("three days of work each", WORKDAYS, {"every": "3d"}, "a b c a b"),
    ("ten days of work each", WORKDAYS, {"every": "10d"}, "a b c"),
    ("a week each", WORKDAYS, {"every": "week"}, "a b c a b"),
    ("from a Saturday on", WORKDAYS, {"starts": "2026-11-28"}, "a b c a b"),
    ("from a Wednesday on", WORKDAYS, {"starts": "2026-12-02"}, "b c a b c"),
    ("long ago", WORKDAYS, {"starts": "2026-01-05"}, "b c a b c"),
    ("later", WORKDAYS, {"starts": "2027-01-04"}, "c a b c a"),
    ("in another zone", {**WORKDAYS, "time_zone": "America/New_York"}, {}, "a b c a b"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "more", "first"), [case[1:] for case in DAILY],
                         ids=[case[0] for case in DAILY])  # fmt: skip
def test_turns_follow_each_other_whatever_is_left_out(
    hours: Any, more: dict[str, Any], first: str
) -> None:
    found = turns(daily("a", "b", "c", hours=hours, **more), weeks=8)
    expected = first.split()
    assert found[: len(expected)] == expected


def test_a_piece_that_a_hand_off_cuts_off_is_no_duty_of_its_own() -> None:
    early = daily(*"abcdef", hours={"opens": "08:00", "closes": "18:00"})
    week = [
        ("Mon 08:00", "a"),
        *[("Tue 08:00", "a"), ("Tue 09:00", "b"), ("Wed 08:00", "b"), ("Wed 09:00", "c")],
        *[("Thu 08:00", "c"), ("Thu 09:00", "d"), ("Fri 08:00", "d"), ("Fri 09:00", "e")],
    ]
    assert days(early, weeks=1) == week
    late = {"opens": "07:00", "closes": "15:00"}
    of = daily("a", "b", "c", hours=late, every="8h", at="06:00", zone="UTC")
    assert days(of, weeks=1) == [
        *[("Mon 07:00", "a"), ("Tue 07:00", "b"), ("Wed 07:00", "c")],
        *[("Thu 07:00", "a"), ("Fri 07:00", "b")],
    ]


def test_a_turn_of_some_days_has_that_many_days_of_work() -> None:
    found = Counter(who for _, who in days(daily("a", "b", "c", every="3d"), weeks=9))
    assert found == {"a": 15, "b": 15, "c": 15}


def test_a_holiday_takes_its_turn_with_it_and_moves_nobody() -> None:
    free = {**WORKDAYS, "holidays": {"besides": ["2026-12-02"]}}
    with_it, without = days(daily("a", "b", "c", hours=free)), days(daily("a", "b", "c"))
    assert with_it == [each for index, each in enumerate(without) if index != 2]


def test_the_clock_changes_nothing() -> None:
    for change in ("2026-03-23", "2026-10-19"):
        found = turns(daily("a", "b", "c", starts=change), weeks=3, begins=at(change))
        assert found == ["a", "b", "c"] * 5


def test_a_layer_below_counts_only_what_the_layers_above_leave_it() -> None:
    weekdays = layer("x", "y", hours={"opens": "00:00", "closes": "00:00"}, **LONDON)
    rest = layer(*FOURTEEN, every="day", at="00:00", **LONDON)
    both = tier(layers=[weekdays, rest])
    weekends = [who for when, who in days(both, weeks=7) if who.startswith("p")]
    assert weekends == list(FOURTEEN)


def test_before_its_start_a_rotation_counts_backwards() -> None:
    before = turns(daily("a", "b", "c", starts="2027-01-04"), weeks=5)
    assert before[-3:] == ["a", "b", "c"]


HOURS = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(ALL_DAYS), min_size=1, unique=True),
        "opens": st.sampled_from(["00:00", "06:00", "09:00", "18:30", "22:00"]),
        "closes": st.sampled_from(["00:00", "05:00", "12:00", "17:00", "23:00"]),
    }
)


@settings(max_examples=examples(40))
@given(
    st.lists(HOURS, min_size=1, max_size=2),
    st.sampled_from(["day", "2d", "12h", "8h", "week", "90m"]),
    st.integers(1, 9),
    st.dates(date(2026, 1, 1), date(2027, 6, 1)),
)
def test_everybody_comes_up_as_often_as_everybody_else(
    hours: list[dict[str, Any]], every: str, count: int, starts: Any
) -> None:
    of = daily(*FOURTEEN[:count], hours=hours, every=every, starts=starts, zone="UTC", at="08:00")
    (counted,) = of.duties
    first = datetime.combine(starts, datetime.min.time(), UTC)
    found = turns(of, weeks=4 if every != "week" else 20, begins=first + timedelta(days=7))
    following = dict(zip(FOURTEEN[:count], [*FOURTEEN[1:count], FOURTEEN[0]], strict=True))
    assert all(following[one] == other for one, other in pairwise(found))
    for duty in range(-20, 20):
        last = counted.last_part(duty)
        assert (counted.of(last), counted.of(last + 1)) == (duty, duty + 1)
