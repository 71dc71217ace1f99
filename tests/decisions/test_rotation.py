"""Weekly rotations, by the clock on the wall, through every change of that clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.decisions.rotation import on_call, week_of
from incidents.policy.teams import Rotation

BERLIN = Rotation(
    people=("ana", "ben", "cem"), starts=date(2026, 1, 5), at=time(9), time_zone="Europe/Berlin"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-01-05T08:00:00+00:00", "ana"),
        ("2026-01-05T07:59:59+00:00", "cem"),  # the week before `starts`
        ("2026-01-12T07:59:59+00:00", "ana"),
        ("2026-01-12T08:00:00+00:00", "ben"),
        ("2026-01-25T12:00:00+00:00", "cem"),
        ("2026-01-26T08:00:00+00:00", "ana"),
        # Summer time began on 29 March: nine o'clock in Berlin is now seven in UTC.
        ("2026-03-30T06:59:59+00:00", "cem"),
        ("2026-03-30T07:00:00+00:00", "ana"),
        ("2025-12-15T08:00:00+00:00", "ana"),
    ],
)
def test_the_pager_changes_hands_on_monday_at_nine_in_berlin(at: str, who: str) -> None:
    assert on_call(BERLIN, datetime.fromisoformat(at))[0] == who


def test_after_the_one_on_call_come_those_whose_turn_is_next() -> None:
    assert on_call(BERLIN, datetime(2026, 1, 13, tzinfo=UTC)) == ("ben", "cem", "ana")


def test_somebody_with_several_weeks_in_turn_is_named_once() -> None:
    rotation = Rotation(people=("ana", "ana", "ben"))
    weeks = [datetime(2026, 1, 6, tzinfo=UTC) + timedelta(weeks=week) for week in range(4)]
    assert [on_call(rotation, at) for at in weeks] == [
        ("ana", "ben"),
        ("ana", "ben"),
        ("ben", "ana"),
        ("ana", "ben"),
    ]


def test_a_start_in_the_middle_of_a_week_means_the_week_around_it() -> None:
    thursday = BERLIN.model_copy(update={"starts": date(2026, 1, 8)})
    moment = datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert week_of(thursday, moment) == week_of(BERLIN, moment)
    assert week_of(thursday, moment).number == 0


def test_the_week_says_when_it_ends() -> None:
    week = week_of(BERLIN, datetime(2026, 3, 25, tzinfo=UTC))
    assert week.begins.isoformat() == "2026-03-23T09:00:00+01:00"
    assert week.until.isoformat() == "2026-03-30T09:00:00+02:00"


def sunday_night(at: time) -> Rotation:
    return Rotation(people=("ana", "ben"), hand_off="sunday", at=at, time_zone="Europe/Berlin")


def test_a_hand_off_in_the_hour_that_is_skipped_happens_when_the_clock_has_jumped() -> None:
    rotation = sunday_night(time(2, 30))
    assert week_of(rotation, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).begins == datetime(
        2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Berlin")
    )
    before, after = (
        on_call(rotation, datetime(2026, 3, 29, 1, minute, tzinfo=UTC))[0] for minute in (29, 30)
    )
    assert before != after


def test_an_hour_that_comes_twice_hands_off_once() -> None:
    rotation = sunday_night(time(2, 30))
    hand_off = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 for the first time
    minutes = [hand_off + timedelta(minutes=minutes) for minutes in range(-120, 180)]
    owners = [on_call(rotation, at)[0] for at in minutes]
    assert owners[:120] == [owners[0]] * 120
    assert owners[120:] == [owners[-1]] * 180
    assert owners[0] != owners[-1]


def test_a_clock_that_is_put_back_over_midnight_does_not_hand_back() -> None:
    # In 2010 St. John's went from one minute past midnight back to 23:01 on Saturday.
    rotation = Rotation(
        people=("ana", "ben"), hand_off="sunday", at=time(0, 0), time_zone="America/St_Johns"
    )
    hand_off = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    saturday_again = (hand_off + timedelta(minutes=1)).astimezone(ZoneInfo("America/St_Johns"))
    assert (saturday_again.day, saturday_again.hour) == (6, 23)
    owners = [
        on_call(rotation, hand_off + timedelta(minutes=minutes))[0] for minutes in range(-60, 90)
    ]
    assert owners[:60] == [owners[0]] * 60
    assert owners[60:] == [owners[-1]] * 90
    assert owners[0] != owners[-1]


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Asuncion",
        "America/Havana",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
)
ROTATIONS = st.builds(
    Rotation,
    people=st.sampled_from([("ana",), ("ana", "ben"), ("ana", "ben", "cem", "dot", "eli")]),
    starts=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    hand_off=st.sampled_from(WEEKDAYS),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    time_zone=ZONES,
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def hand_offs(rotation: Rotation) -> list[tuple[datetime, int]]:
    """Every hand-off of five years, one after the other, as a calendar on the wall lists them."""
    zone = ZoneInfo(rotation.time_zone)
    day, found = date(2023, 6, 1), []
    while day < date(2028, 7, 1):
        if WEEKDAYS[day.weekday()] == rotation.hand_off:
            found.append((day, datetime.combine(day, rotation.at, tzinfo=zone).astimezone(UTC)))
        day += timedelta(days=1)
    first = sum(day <= rotation.starts for day, _ in found) - 1
    return [(moment, number - first) for number, (_, moment) in enumerate(found)]


@given(ROTATIONS, MOMENTS)
def test_it_agrees_with_a_calendar_on_the_wall(rotation: Rotation, at: datetime) -> None:
    calendar = hand_offs(rotation)
    begins, number = [entry for entry in calendar if entry[0] <= at][-1]
    until, _ = next(entry for entry in calendar if entry[0] > at)
    assert week_of(rotation, at) == (number, begins, until)
    assert on_call(rotation, at)[0] == rotation.people[number % len(rotation.people)]


@given(ROTATIONS, MOMENTS, st.sampled_from([-1, 0]))
def test_it_agrees_at_the_very_moment_of_hand_off(
    rotation: Rotation, near: datetime, microseconds: int
) -> None:
    hand_off = week_of(rotation, near).until.astimezone(UTC)
    before = week_of(rotation, near).number
    at = hand_off + timedelta(microseconds=microseconds)
    assert week_of(rotation, at).number == before + (1 if microseconds == 0 else 0)


@given(ROTATIONS, MOMENTS, ZONES)
def test_it_does_not_matter_in_which_zone_the_moment_is_given(
    rotation: Rotation, at: datetime, zone: str
) -> None:
    assert on_call(rotation, at) == on_call(rotation, at.astimezone(ZoneInfo(zone)))
