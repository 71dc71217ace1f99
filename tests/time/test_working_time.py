"""Working time, by the clock on the wall: nights in which it is changed, weekends, holidays."""

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from standfast.messages.message import LONGEST_DURATION, parse_duration
from standfast.time.wall_clock import WEEKDAYS
from standfast.time.working_time import Hours, due, elapsed, is_open, opens_next
from tests.time.reference import DAY, MICROSECOND


def hours(text: str, *holidays: str, days: str = "mtwtf--", zone: str = "Europe/Berlin") -> Hours:
    """`hours("09:00-17:00")`; a day with `-` in place of its letter is closed."""
    opens, _, closes = text.partition("-")
    return Hours(
        days=tuple(day for day, letter in zip(WEEKDAYS, days, strict=True) if letter != "-"),
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        time_zone=zone,
        holidays=tuple(date.fromisoformat(day) for day in holidays),
    )


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    """When the clock there shows `2026-03-27 16:30`; `… 02:30 again` for the second time."""
    shown, again, _ = text.partition(" again")
    on_the_wall = datetime.fromisoformat(shown).replace(tzinfo=ZoneInfo(zone), fold=bool(again))
    return on_the_wall.astimezone(UTC)


EVERY_DAY = "mtwtfss"
OFFICE = hours("09:00-17:00")
NIGHTS = hours("22:00-06:00", days=EVERY_DAY)

STORIES = {
    # what: (hours, from, what passes, until)
    "a morning": (OFFICE, "2026-11-24 09:00", "3h", "2026-11-24 12:00"),
    "reported before it opens": (OFFICE, "2026-11-24 03:12", "1h", "2026-11-24 10:00"),
    "reported after it closed": (OFFICE, "2026-11-24 17:00", "1h", "2026-11-25 10:00"),
    "over the night": (OFFICE, "2026-11-24 16:30", "1h", "2026-11-25 09:30"),
    "to the very closing": (OFFICE, "2026-11-24 16:30", "30m", "2026-11-24 17:00"),
    "a second longer than that": (OFFICE, "2026-11-24 16:30", "30m1s", "2026-11-25 09:00:01"),
    "over the weekend": (OFFICE, "2026-11-27 16:30", "1h", "2026-11-30 09:30"),
    "reported on a Saturday": (OFFICE, "2026-11-28 13:00", "4h", "2026-11-30 13:00"),
    "five days are three weeks": (OFFICE, "2026-11-02 09:00", "5d", "2026-11-20 17:00"),
    "over a holiday on a Friday": (
        hours("09:00-17:00", "2026-12-25"),
        "2026-12-24 16:00",
        "2h",
        "2026-12-28 10:00",
    ),
    "holidays in a row, around a weekend": (
        hours("09:00-17:00", "2026-04-03", "2026-04-06"),  # Good Friday and Easter Monday
        "2026-04-02 16:30",
        "1h",
        "2026-04-07 09:30",
    ),
    "a holiday on a Saturday": (
        hours("09:00-17:00", "2026-10-03"),
        "2026-10-02 16:00",
        "2h",
        "2026-10-05 10:00",
    ),
    "over a leap day": (OFFICE, "2028-02-28 16:00", "10h", "2028-03-01 10:00"),
    "no leap day": (OFFICE, "2027-02-26 16:00", "10h", "2027-03-02 10:00"),
    "over New Year": (OFFICE, "2026-12-31 16:00", "2h", "2027-01-01 10:00"),
    "a week that is not from Monday to Friday": (
        hours("08:00-16:00", days="-twt-ss"),
        "2026-11-26 15:00",  # a Thursday
        "2h",
        "2026-11-28 09:00",
    ),
    "a shift over midnight": (NIGHTS, "2026-11-24 23:00", "3h", "2026-11-25 02:00"),
    "from one night to the next": (NIGHTS, "2026-11-25 05:00", "3h", "2026-11-26 00:00"),
    "the night to Saturday belongs to Friday": (
        hours("22:00-06:00"),
        "2026-11-27 23:00",
        "8h",
        "2026-11-30 23:00",
    ),
    "so does the night that follows a holiday's eve": (
        hours("22:00-06:00", "2026-11-25", days=EVERY_DAY),
        "2026-11-24 23:00",
        "8h",
        "2026-11-26 23:00",
    ),
    "whole days, no second lost at midnight": (
        hours("00:00-00:00"),
        "2026-11-26 23:59:59",
        "2s",
        "2026-11-27 00:00:01",
    ),
    "whole days, over the weekend": (
        hours("00:00-00:00"),
        "2026-11-27 12:00",
        "1d",
        "2026-11-30 12:00",
    ),
    "days that begin at eight adjoin": (
        hours("08:00-08:00", days=EVERY_DAY),
        "2026-11-24 07:00",
        "2d",
        "2026-11-26 07:00",
    ),
    "the office does not see that the clock was put forward": (
        OFFICE,
        "2026-03-27 16:00",
        "2h",
        "2026-03-30 10:00",
    ),
    "nor that it was put back": (OFFICE, "2026-10-23 16:00", "2h", "2026-10-26 10:00"),
    "the night in which it is put forward is an hour shorter": (
        NIGHTS,
        "2026-03-28 22:00",
        "8h",
        "2026-03-29 23:00",
    ),
    "the one in which it is put back is an hour longer": (
        NIGHTS,
        "2026-10-24 22:00",
        "9h",
        "2026-10-25 06:00",
    ),
    "an opening in the hour that is skipped waits for the jump": (
        hours("02:30-10:00", days=EVERY_DAY),
        "2026-03-29 00:00",
        "1h",
        "2026-03-29 04:00",
    ),
    "a closing in the hour that is skipped does too": (
        hours("22:00-02:30", days=EVERY_DAY),
        "2026-03-29 01:00",
        "2h",
        "2026-03-29 23:00",
    ),
    "an opening that is skipped as a whole does not take place": (
        hours("02:00-03:00", days=EVERY_DAY),
        "2026-03-28 02:30",
        "1h",
        "2026-03-30 02:30",
    ),
    "an opening in the hour that comes twice opens once": (
        hours("02:30-10:00", days=EVERY_DAY),
        "2026-10-25 01:00",
        "2h",
        "2026-10-25 03:30",
    ),
    "a closing in the hour that comes twice is the first": (
        hours("22:00-02:30", days=EVERY_DAY),
        "2026-10-25 01:30",
        "2h",
        "2026-10-25 23:00",
    ),
    "days that adjoin in the hour that comes twice count it twice, as it passes": (
        hours("02:30-02:30", days=EVERY_DAY),
        "2026-10-25 02:00",
        "2h",
        "2026-10-25 03:00",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_passes_from_then_until_then(story: str) -> None:
    opening_hours, start, within, until = STORIES[story]
    duration = parse_duration(within)
    assert due(opening_hours, local(start), duration) == local(until)
    assert elapsed(opening_hours, local(start), local(until)) == duration


@pytest.mark.parametrize(
    ("opening_hours", "start", "within", "until"),
    [
        # Lord Howe's clock jumps by half an hour: 02:00 → 02:30, and 02:00 → 01:30.
        (hours("02:10-10:00", days=EVERY_DAY), "2026-10-04 01:00", "1h", "2026-10-04 03:30"),
        (hours("00:00-06:00", days=EVERY_DAY), "2026-10-04 00:00", "5h", "2026-10-04 05:30"),
        (hours("00:00-06:00", days=EVERY_DAY), "2026-04-05 00:00", "6h30m", "2026-04-05 06:00"),
        (hours("00:00-01:45", days=EVERY_DAY), "2026-04-05 01:00", "1h", "2026-04-06 00:15"),
    ],
)
def test_a_clock_that_is_put_forward_by_half_an_hour(
    opening_hours: Hours, start: str, within: str, until: str
) -> None:
    there = "Australia/Lord_Howe"
    opening_hours = opening_hours.model_copy(update={"time_zone": there})
    assert due(opening_hours, local(start, there), parse_duration(within)) == local(until, there)


def test_a_day_that_does_not_take_place_has_no_working_time() -> None:
    # Apia went from Thursday 29 December 2011 to Saturday 31.
    there = "Pacific/Apia"
    office = hours("09:00-17:00", days=EVERY_DAY, zone=there)
    thursday, saturday = local("2011-12-29 16:00", there), local("2011-12-31 10:00", there)
    assert due(office, thursday, timedelta(hours=2)) == saturday
    nights = hours("22:00-06:00", days=EVERY_DAY, zone=there)
    morning = local("2011-12-31 03:00", there)
    assert elapsed(nights, local("2011-12-29 22:00", there), morning) == timedelta(hours=5)


@pytest.mark.parametrize(
    ("skipped", "there", "before", "opens"),
    [
        ("02:00-03:00", "Europe/Berlin", "2026-03-28 12:00", "2026-03-30 02:00"),
        ("09:00-17:00", "Pacific/Apia", "2011-12-29 20:00", "2011-12-31 09:00"),
    ],
)
def test_what_is_skipped_as_a_whole_does_not_open_for_no_time(
    skipped: str, there: str, before: str, opens: str
) -> None:
    opening_hours = hours(skipped, days=EVERY_DAY, zone=there)
    assert opens_next(opening_hours, local(before, there)) == local(opens, there)


def test_yesterdays_opening_is_still_on_when_in_utc_it_is_tomorrow() -> None:
    there = "America/New_York"
    shifts = hours("23:00-23:00", days="-t-----", zone=there)
    wednesday = local("2026-11-25 21:00", there)
    assert wednesday.day == 26
    assert is_open(shifts, wednesday)
    assert elapsed(shifts, wednesday, wednesday + DAY) == timedelta(hours=2)


def test_a_clock_that_is_put_back_over_midnight_does_not_open_friday_again() -> None:
    # St. John's went from Sunday 7 November 2010, 00:01, back to Saturday 23:01.
    there = "America/St_Johns"
    saturdays = hours("00:00-00:00", days="-----s-", zone=there)
    sunday = local("2010-11-07 00:00", there)
    again = local("2010-11-06 23:30 again", there)
    assert again > sunday
    assert is_open(saturdays, sunday - MICROSECOND)
    assert not is_open(saturdays, again)
    assert opens_next(saturdays, again) == local("2010-11-13 00:00", there)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-24 08:59:59", "2026-11-24 09:00"),
        ("2026-11-24 09:00", "2026-11-24 09:00"),
        ("2026-11-24 16:59:59", "2026-11-24 16:59:59"),
        ("2026-11-24 17:00", "2026-11-25 09:00"),
        ("2026-11-27 17:00", "2026-11-30 09:00"),
    ],
)
def test_it_opens_next(at: str, opens: str) -> None:
    assert opens_next(OFFICE, local(at)) == local(opens)
    assert is_open(OFFICE, local(at)) == (at == opens)


def test_without_hours_all_time_counts() -> None:
    night = local("2026-10-25 01:00")
    assert due(None, night, timedelta(hours=3)) == local("2026-10-25 03:00")
    assert elapsed(None, night, local("2026-10-25 03:00")) == timedelta(hours=3)
    assert is_open(None, night)
    assert opens_next(None, night) == night


@pytest.mark.parametrize("opening_hours", [None, OFFICE])
def test_moments_are_given_in_utc(opening_hours: Hours | None) -> None:
    at = local("2026-11-24 12:00")
    assert due(opening_hours, at, timedelta(0)).tzinfo is UTC
    assert due(opening_hours, at, timedelta(hours=1)).tzinfo is UTC
    assert opens_next(opening_hours, at).tzinfo is UTC


def test_what_is_due_at_once_is_due_even_while_it_is_closed() -> None:
    saturday = local("2026-11-28 12:00")
    assert due(OFFICE, saturday, timedelta(0)) == saturday


def test_an_end_before_the_start_counts_nothing() -> None:
    later, sooner = local("2026-11-24 12:00"), local("2026-11-24 11:00")
    assert elapsed(OFFICE, later, sooner) == elapsed(None, later, sooner) == timedelta(0)


def test_what_cannot_be_answered_is_refused() -> None:
    noon = local("2026-11-24 12:00")
    for opening_hours in (None, OFFICE):
        with pytest.raises(ValueError, match="cannot be due before it starts"):
            due(opening_hours, noon, -MICROSECOND)
        with pytest.raises(ValueError, match="has no time zone"):
            due(opening_hours, noon.replace(tzinfo=None), timedelta(hours=1))
    with pytest.raises(ValueError, match="behind the end of the calendar"):
        due(None, noon, timedelta(days=3_000_000))
    with pytest.raises(ValueError, match="behind the end of the calendar"):
        due(OFFICE, noon.replace(year=9900), timedelta(days=36_525))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": ()},
        {"days": ("someday",)},
        {"opens": "09:00", "closes": "09:30"},
        {"opens": "23:30", "closes": "00:00"},
        {"opens": "24:00"},
        {"opens": "09:00:30"},
        {"opens": 900},
        {"opens": time(9, tzinfo=UTC)},
        {"time_zone": "Berlin"},
    ],
)
def test_hours_that_never_open_or_that_nobody_can_read_are_refused(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        Hours.model_validate(wrong)


def test_hours_cross_every_boundary_as_they_are() -> None:
    opening_hours = hours("22:00-06:30", "2026-12-25", "2026-04-03", days="-twt-ss")
    assert Hours.model_validate_json(opening_hours.model_dump_json()) == opening_hours
    assert opening_hours.holidays == (date(2026, 4, 3), date(2026, 12, 25))


@pytest.mark.parametrize(
    "opening_hours", [hours("02:00-03:00"), hours("02:00-03:00", days="m------")]
)
def test_the_longest_duration_ends_within_the_calendar_and_is_found(opening_hours: Hours) -> None:
    start = local("2026-11-24 12:00")
    before = stopwatch.perf_counter()
    until = due(opening_hours, start, LONGEST_DURATION)
    assert stopwatch.perf_counter() - before < 10  # a loop without a bound has no end at all
    assert until.year < 9000


def test_a_month_is_found_in_no_time() -> None:
    start = local("2026-03-01 12:00")
    took = []
    for _ in range(20):
        before = stopwatch.perf_counter()
        due(OFFICE, start, timedelta(days=30) / 3)
        took.append(stopwatch.perf_counter() - before)
    assert min(took) < 0.005
