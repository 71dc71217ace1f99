"""What holds for any opening hours at any moment, and agrees with whoever looks at the clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.time.working_time import Hours, due, elapsed, is_open, opens_next
from tests.examples import examples
from tests.time.anything import CHANGES, Change, long_stories, minutes, openings
from tests.time.reference import DAY, MICROSECOND, MINUTE, SECOND, counted


@settings(max_examples=examples(300))
@given(openings(), minutes(0, 72 * 60))
def test_it_agrees_with_a_patient_person_who_looks_at_the_clock(
    opening: tuple[Hours, datetime], span: timedelta
) -> None:
    opening_hours, start = opening
    expected = counted(opening_hours, start, start + span, MINUTE)
    assert elapsed(opening_hours, start, start + span) == expected


@settings(max_examples=examples(200))
@given(openings(), st.booleans(), st.integers(-90, 90), st.integers(0, 1200))
def test_and_with_one_who_looks_every_second(
    opening: tuple[Hours, datetime], at_closing: bool, seconds: int, span: int
) -> None:
    opening_hours, near = opening
    start = opens_next(opening_hours, near) + seconds * SECOND
    if at_closing:
        start += usual_length(opening_hours)
    end = start + span * SECOND
    assert elapsed(opening_hours, start, end) == counted(opening_hours, start, end, SECOND)
    first_second = counted(opening_hours, start, start + SECOND, SECOND)
    assert is_open(opening_hours, start) == (first_second == SECOND)


def usual_length(opening_hours: Hours) -> timedelta:
    """From opening to closing, on days on which the clock is left alone."""
    opens, closes = (
        timedelta(hours=at.hour, minutes=at.minute)
        for at in (opening_hours.opens, opening_hours.closes)
    )
    return (closes - opens - MICROSECOND) % DAY + MICROSECOND


MOMENTS = openings() | long_stories()
SPANS = minutes(0, 72 * 60) | st.timedeltas(timedelta(0), timedelta(hours=1_000))


@settings(max_examples=examples(200))
@given(MOMENTS, SPANS)
def test_when_it_is_due_exactly_that_has_passed_and_not_a_moment_sooner(
    opening: tuple[Hours, datetime], within: timedelta
) -> None:
    opening_hours, start = opening
    until = due(opening_hours, start, within)
    assert elapsed(opening_hours, start, until) == within
    if within:
        assert elapsed(opening_hours, start, until - MICROSECOND) == within - MICROSECOND


@settings(max_examples=examples(200))
@given(MOMENTS, SPANS, SPANS)
def test_time_that_adjoins_adds_up(
    opening: tuple[Hours, datetime], first: timedelta, second: timedelta
) -> None:
    opening_hours, start = opening
    between, end = start + first, start + first + second
    parts = elapsed(opening_hours, start, between), elapsed(opening_hours, between, end)
    assert sum(parts, timedelta(0)) == elapsed(opening_hours, start, end)
    halfway = due(opening_hours, start, first)
    assert due(opening_hours, halfway, second) == due(opening_hours, start, first + second)


@settings(max_examples=examples(200))
@given(MOMENTS, SPANS, SPANS, SPANS)
def test_later_and_longer_is_never_due_sooner(
    opening: tuple[Hours, datetime], later: timedelta, within: timedelta, longer: timedelta
) -> None:
    opening_hours, start = opening
    until = due(opening_hours, start, within)
    assert due(opening_hours, start + later, within) >= until
    assert due(opening_hours, start, within + longer) >= until + longer


@settings(max_examples=examples(200))
@given(MOMENTS)
def test_until_it_opens_next_nothing_passes_and_then_everything(
    opening: tuple[Hours, datetime],
) -> None:
    opening_hours, at = opening
    opens = opens_next(opening_hours, at)
    assert is_open(opening_hours, opens)
    assert elapsed(opening_hours, at, opens) == timedelta(0)
    assert due(opening_hours, at, MICROSECOND) == opens + MICROSECOND
    assert is_open(opening_hours, at) == (opens == at)


@settings(max_examples=examples(200))
@given(MOMENTS, SPANS, st.sampled_from(CHANGES))
def test_it_does_not_matter_in_which_zone_a_moment_is_given(
    opening: tuple[Hours, datetime], within: timedelta, elsewhere: Change
) -> None:
    opening_hours, start = opening
    there = start.astimezone(ZoneInfo(elsewhere.time_zone))
    until = due(opening_hours, start, within)
    assert due(opening_hours, there, within) == until
    assert elapsed(opening_hours, there, until.astimezone(there.tzinfo)) == within
    assert is_open(opening_hours, there) == is_open(opening_hours, start)
