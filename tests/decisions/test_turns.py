"""Turns of rotations, by the clock on the wall, through every change of that clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.turns import Turn, order, turn
from standfast.policy.schedules import Rotation
from standfast.time.wall_clock import WEEKDAYS

DAY, WEEK, HOUR = timedelta(days=1), timedelta(weeks=1), timedelta(hours=1)
BERLIN = Rotation(
    people=("ana", "ben", "cem"), starts=date(2026, 1, 5), at=time(9), time_zone="Europe/Berlin"
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def people(rotation: Rotation, moment: datetime) -> tuple[str, ...]:
    """Whose turn it is, and whose is next."""
    return order(rotation, turn(rotation, moment).number)


def hand_offs(rotation: Rotation, begins: datetime, ends: datetime) -> list[str]:
    """Every hand-off between two moments, as the clock on the wall shows it."""
    found, moment = [], turn(rotation, begins).until
    while moment.astimezone(UTC) < ends:
        found.append(f"{moment:%a %d %b %H:%M %z}")
        moment = turn(rotation, moment).until
    return found


@pytest.mark.parametrize(
    ("moment", "who"),
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
def test_the_pager_changes_hands_on_monday_at_nine_in_berlin(moment: str, who: str) -> None:
    assert people(BERLIN, at(moment))[0] == who


def test_after_the_one_on_call_come_those_whose_turn_is_next() -> None:
    assert people(BERLIN, at("2026-01-13T00:00Z")) == ("ben", "cem", "ana")


def test_somebody_with_several_weeks_in_turn_is_named_once() -> None:
    rotation = Rotation(people=("ana", "ana", "ben"))
    weeks = [datetime(2026, 1, 6, tzinfo=UTC) + timedelta(weeks=week) for week in range(4)]
    assert [people(rotation, moment) for moment in weeks] == [
        ("ana", "ben"),
        ("ana", "ben"),
        ("ben", "ana"),
        ("ana", "ben"),
    ]


def test_a_start_in_the_middle_of_a_week_means_the_week_around_it() -> None:
    thursday = BERLIN.model_copy(update={"starts": date(2026, 1, 8)})
    moment = at("2026-01-05T08:00Z")
    assert turn(thursday, moment) == turn(BERLIN, moment)
    assert turn(thursday, moment).number == 0


def test_a_turn_says_when_it_ends() -> None:
    week = turn(BERLIN, at("2026-03-25T00:00Z"))
    assert week.begins.isoformat() == "2026-03-23T09:00:00+01:00"
    assert week.until.isoformat() == "2026-03-30T09:00:00+02:00"


def rotation(every: str, zone: str = "Europe/Berlin", **fields: Any) -> Rotation:
    return Rotation.model_validate(
        {"people": ["ana", "ben", "cem"], "every": every, "time_zone": zone, **fields}
    )


TURNS = [
    # every, more of it, the first hand-offs after noon (UTC) of 5 January 2026, a Monday
    ("day", {}, ["Tue 06 Jan 09:00", "Wed 07 Jan 09:00", "Thu 08 Jan 09:00"]),
    ("day", {"at": "17:30"}, ["Mon 05 Jan 17:30", "Tue 06 Jan 17:30", "Wed 07 Jan 17:30"]),
    ("3d", {"starts": "2026-01-06"}, ["Tue 06 Jan 09:00", "Fri 09 Jan 09:00", "Mon 12 Jan 09:00"]),
    ("week", {"hand_off": "friday"}, ["Fri 09 Jan 09:00", "Fri 16 Jan 09:00", "Fri 23 Jan 09:00"]),
    ("7d", {"hand_off": "friday"}, ["Fri 09 Jan 09:00", "Fri 16 Jan 09:00", "Fri 23 Jan 09:00"]),
    ("2w", {}, ["Mon 19 Jan 09:00", "Mon 02 Feb 09:00", "Mon 16 Feb 09:00"]),
    ("2w", {"starts": "2026-01-13"}, ["Mon 12 Jan 09:00", "Mon 26 Jan 09:00", "Mon 09 Feb 09:00"]),
    ("12h", {"at": "06:00"}, ["Mon 05 Jan 18:00", "Tue 06 Jan 06:00", "Tue 06 Jan 18:00"]),
    ("8h", {"at": "06:00"}, ["Mon 05 Jan 14:00", "Mon 05 Jan 22:00", "Tue 06 Jan 06:00"]),
    ("90m", {"at": "06:00"}, ["Mon 05 Jan 13:30", "Mon 05 Jan 15:00", "Mon 05 Jan 16:30"]),
]


@pytest.mark.parametrize(("every", "fields", "expected"), TURNS)
def test_turns_of_every_length(every: str, fields: dict[str, Any], expected: list[str]) -> None:
    noon = at("2026-01-05T12:00Z")
    found = hand_offs(rotation(every, **fields), noon, noon + 60 * DAY)
    assert [moment.removesuffix(" +0100") for moment in found[:3]] == expected


def test_the_first_of_the_people_has_the_turn_that_begins_on_the_start() -> None:
    starts = {"starts": "2026-03-01", "at": "06:00"}
    for every in ("day", "3d", "12h", "8h"):
        begins = at("2026-03-01T06:00+01:00")
        assert people(rotation(every, **starts), begins)[0] == "ana"
        assert people(rotation(every, **starts), begins - HOUR)[0] == "cem"


def test_on_a_leap_day_somebody_has_a_turn_of_their_own() -> None:
    daily = rotation("day", starts="2028-02-28", zone="UTC")
    noons = [at(f"2028-{day}T12:00Z") for day in ("02-28", "02-29", "03-01")]
    assert [people(daily, noon)[0] for noon in noons] == ["ana", "ben", "cem"]


DST = [
    # zone, a turn's hours, the local time in which the clock changes, the hand-offs around it
    (
        "Europe/Berlin",
        "8h",
        "2026-03-29T00:00+01:00",
        ["Sun 29 Mar 06:00 +0200", "Sun 29 Mar 14:00 +0200", "Sun 29 Mar 22:00 +0200"],
    ),
    (
        "America/New_York",
        "12h",
        "2026-11-01T00:00-04:00",
        ["Sun 01 Nov 06:00 -0500", "Sun 01 Nov 18:00 -0500", "Mon 02 Nov 06:00 -0500"],
    ),
    (
        "Australia/Lord_Howe",  # by half an hour
        "day",
        "2026-10-03T12:00+10:30",
        ["Sun 04 Oct 06:00 +1100", "Mon 05 Oct 06:00 +1100"],
    ),
]


@pytest.mark.parametrize(("zone", "every", "begins", "expected"), DST)
def test_hand_offs_keep_to_the_clock_on_the_wall_when_it_changes(
    zone: str, every: str, begins: str, expected: list[str]
) -> None:
    found = hand_offs(rotation(every, zone, at="06:00"), at(begins), at(begins) + 2 * DAY)
    assert found[: len(expected)] == expected


def sunday_night(hand_off: time) -> Rotation:
    return Rotation(
        people=("ana", "ben"), hand_off="sunday", at=hand_off, time_zone="Europe/Berlin"
    )


def test_a_hand_off_in_the_hour_that_is_skipped_happens_when_the_clock_jumps() -> None:
    nightly = sunday_night(time(2, 30))
    jump = at("2026-03-29T01:00Z")
    assert turn(nightly, jump).begins == datetime(2026, 3, 29, 3, tzinfo=ZoneInfo("Europe/Berlin"))
    assert people(nightly, jump - timedelta(seconds=1)) == people(nightly, jump)[::-1]


def test_several_hand_offs_in_the_hour_that_is_skipped_leave_the_last_of_them() -> None:
    hourly = rotation("1h", at="00:00", starts="2026-03-29")
    found = hand_offs(hourly, at("2026-03-29T00:30+01:00"), at("2026-03-29T04:30+02:00"))
    assert found == ["Sun 29 Mar 01:00 +0100", "Sun 29 Mar 03:00 +0200", "Sun 29 Mar 04:00 +0200"]
    assert turn(hourly, at("2026-03-29T03:00+02:00")).number == 3, "nobody has the second hour"


def test_an_hour_that_comes_twice_hands_off_once() -> None:
    nightly = sunday_night(time(2, 30))
    hand_off = at("2026-10-25T00:30Z")  # 02:30 for the first time
    minutes = [hand_off + timedelta(minutes=minutes) for minutes in range(-120, 180)]
    owners = [people(nightly, minute)[0] for minute in minutes]
    assert owners[:120] == [owners[0]] * 120
    assert owners[120:] == [owners[-1]] * 180
    assert owners[0] != owners[-1]


def test_the_day_that_samoa_left_out_leaves_its_turn_the_hours_until_the_next() -> None:
    daily = rotation("day", "Pacific/Apia", starts="2011-12-29")
    found = hand_offs(daily, at("2011-12-29T00:00-10:00"), at("2012-01-01T12:00+14:00"))
    assert found == [
        "Thu 29 Dec 09:00 -1000",
        "Sat 31 Dec 00:00 +1400",  # instead of Friday at nine
        "Sat 31 Dec 09:00 +1400",
        "Sun 01 Jan 09:00 +1400",
    ]
    assert people(daily, at("2011-12-31T00:00+14:00"))[0] == "ben"
    assert people(daily, at("2011-12-31T09:00+14:00"))[0] == "cem"


def test_a_clock_that_is_put_back_over_midnight_does_not_hand_back() -> None:
    # In 2010 St. John's went from one minute past midnight back to 23:01 on Saturday.
    weekly = Rotation(
        people=("ana", "ben"), hand_off="sunday", at=time(0, 0), time_zone="America/St_Johns"
    )
    hand_off = at("2010-11-07T02:30Z")
    saturday_again = (hand_off + timedelta(minutes=1)).astimezone(ZoneInfo("America/St_Johns"))
    assert (saturday_again.day, saturday_again.hour) == (6, 23)
    owners = [people(weekly, hand_off + timedelta(minutes=n))[0] for n in range(-60, 90)]
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
LENGTHS = st.sampled_from(["week", "2w", "5w", "day", "3d", "10d", "12h", "8h", "6h", "1h", "90m"])
ROTATIONS = st.builds(
    rotation,
    LENGTHS,
    ZONES,
    people=st.sampled_from([("ana",), ("ana", "ben"), ("ana", "ben", "cem", "dot", "eli")]),
    starts=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    at=st.times().map(lambda time: time.replace(second=0, microsecond=0)),
)
MINUTES = st.datetimes(datetime(2009, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)


def latest_shown(moment: datetime, zone: str) -> datetime:
    """The latest time that the clock on the wall has shown up to a minute, without its zone.

    No clock of these zones was put back by more than two hours.
    """
    back = (moment - timedelta(minutes=minutes) for minutes in range(150))
    return max(minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in back)


@given(ROTATIONS, MINUTES)
def test_turns_are_counted_by_what_the_clock_has_shown(turns: Rotation, moment: datetime) -> None:
    since = latest_shown(moment, turns.time_zone) - turns.first_hand_off
    assert turn(turns, moment).number == since // turns.every


@given(ROTATIONS, MINUTES)
def test_a_turn_holds_its_moment_and_the_next_begins_where_it_ends(
    turns: Rotation, moment: datetime
) -> None:
    now = turn(turns, moment)
    assert now.begins.astimezone(UTC) <= moment < now.until.astimezone(UTC)
    following = turn(turns, now.until)
    assert following.begins == now.until
    assert following.number > now.number
    last = now.until.astimezone(UTC) - timedelta(microseconds=1)
    assert turn(turns, last) == now


@given(ROTATIONS, MINUTES, ZONES)
def test_it_does_not_matter_in_which_zone_the_moment_is_given(
    turns: Rotation, moment: datetime, zone: str
) -> None:
    assert turn(turns, moment) == turn(turns, moment.astimezone(ZoneInfo(zone)))


@given(st.sampled_from(WEEKDAYS), st.dates(date(2024, 1, 1), date(2026, 12, 31)), ZONES, MINUTES)
def test_whole_weeks_change_on_their_day(
    day: str, starts: date, zone: str, moment: datetime
) -> None:
    weekly = rotation("2w", zone, hand_off=day, starts=starts, at="12:00")
    found: Turn = turn(weekly, moment)
    assert WEEKDAYS[found.begins.weekday()] == day
    assert f"{found.begins:%H:%M}" == "12:00"
    first = turn(weekly, weekly.first_hand_off.replace(tzinfo=ZoneInfo(zone)))
    assert (first.number, first.begins.date() <= starts < first.until.date()) == (0, True)
