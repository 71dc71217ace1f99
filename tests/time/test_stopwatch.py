"""What a target's clock has counted, whatever happens to the incident, and when it is due."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from standfast.time.stopwatch import Stopwatch
from standfast.time.working_time import Hours
from tests.examples import examples
from tests.time.anything import CHANGES, hours, minutes
from tests.time.reference import HOUR, MINUTE, SECOND, looks

OFFICE = Hours(opens=time(9), closes=time(17), time_zone="Europe/Berlin")
NIGHTS = Hours(opens=time(22), closes=time(6), time_zone="Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TUESDAY = utc("2026-11-24 09:00")
"""Ten o'clock in Berlin."""


def running(within: timedelta, opening_hours: Hours | None = None) -> Stopwatch:
    return Stopwatch.started(within, opening_hours, TUESDAY)


def test_it_is_due_when_its_time_has_passed() -> None:
    watch = running(4 * HOUR)
    assert watch.due == utc("2026-11-24 13:00")
    assert watch.elapsed(utc("2026-11-24 10:30")) == 1.5 * HOUR
    assert watch.elapsed(utc("2026-11-24 15:00")) == 6 * HOUR


def test_in_office_hours_the_night_does_not_count() -> None:
    watch = running(8 * HOUR, OFFICE)
    assert watch.due == utc("2026-11-25 09:00")
    assert watch.elapsed(utc("2026-11-24 23:00")) == 7 * HOUR


def test_a_hold_moves_the_end_by_as_long_as_it_lasted() -> None:
    held = running(4 * HOUR).paused(utc("2026-11-24 10:00"))
    assert held.due is None
    assert held.elapsed(utc("2026-11-29 10:00")) == HOUR
    assert held.resumed(utc("2026-11-24 18:00")).due == utc("2026-11-24 21:00")


def test_a_hold_across_the_weekend_costs_what_was_left_of_friday() -> None:
    friday = utc("2026-11-27 13:00")  # three hours before the office closes
    watch = Stopwatch.started(8 * HOUR, OFFICE, friday).paused(utc("2026-11-27 15:00"))
    monday = watch.resumed(utc("2026-11-30 09:00"))  # an hour after it opened
    assert monday.spent == 2 * HOUR
    assert monday.due == utc("2026-11-30 15:00")


def test_a_hold_while_the_office_is_closed_costs_nothing() -> None:
    watch = running(8 * HOUR, OFFICE)
    held = watch.paused(utc("2026-11-24 20:00")).resumed(utc("2026-11-25 05:00"))
    assert held.due == watch.due


def test_pauses_that_adjoin_are_one() -> None:
    first, between, last = (utc(f"2026-11-24 {hour}:00") for hour in (10, 12, 15))
    watch = running(4 * HOUR, OFFICE)
    twice = watch.paused(first).resumed(between).paused(between).resumed(last)
    assert twice == watch.paused(first).resumed(last)


def test_a_second_hold_and_a_second_resume_change_nothing() -> None:
    watch = running(4 * HOUR)
    held = watch.paused(utc("2026-11-24 10:00"))
    assert held.paused(utc("2026-11-24 12:00")) == held
    assert watch.resumed(utc("2026-11-24 12:00")) == watch


def test_a_shorter_target_takes_what_has_elapsed_with_it() -> None:
    watch = running(8 * HOUR).retargeted(4 * HOUR, None, utc("2026-11-24 12:00"))
    assert watch.due == utc("2026-11-24 13:00")


def test_a_target_that_is_exceeded_when_it_is_set_is_due_there_and_then() -> None:
    watch = running(8 * HOUR).retargeted(HOUR, None, utc("2026-11-24 12:00"))
    assert watch.due == utc("2026-11-24 12:00")
    assert watch.elapsed(utc("2026-11-24 13:00")) == 4 * HOUR


def test_a_longer_one_is_due_later_even_after_the_first_was_missed() -> None:
    watch = running(2 * HOUR).retargeted(8 * HOUR, None, utc("2026-11-24 14:00"))
    assert watch.due == utc("2026-11-24 17:00")


def test_a_new_target_on_hold_stays_on_hold() -> None:
    held = running(8 * HOUR).paused(utc("2026-11-24 10:00"))
    held = held.retargeted(4 * HOUR, None, utc("2026-11-24 11:00"))
    assert held.due is None
    assert held.resumed(utc("2026-11-24 12:00")).due == utc("2026-11-24 15:00")


def test_another_teams_hours_count_from_the_change_on() -> None:
    # Seven hours of the office, then the nights: an hour is left, from 22:00 in Berlin on.
    watch = running(8 * HOUR, OFFICE).retargeted(8 * HOUR, NIGHTS, utc("2026-11-24 18:00"))
    assert watch.spent == 7 * HOUR
    assert watch.due == utc("2026-11-24 22:00")


def test_a_night_in_which_the_clock_is_put_back_is_an_hour_longer() -> None:
    saturday = utc("2026-10-23 21:00")  # in Berlin 23:00 on Friday, whose night this is
    nights = NIGHTS.model_copy(update={"days": (*NIGHTS.days, "saturday")})
    watch = Stopwatch.started(15 * HOUR, nights, saturday)
    held = watch.paused(utc("2026-10-25 00:30")).resumed(utc("2026-10-25 01:30"))  # 02:30 twice
    assert held.spent == 11.5 * HOUR
    assert held.due == utc("2026-10-25 05:00")


def test_a_warning_is_due_when_a_share_of_it_is_spent() -> None:
    watch = running(4 * HOUR, OFFICE)
    assert watch.reaches(0.75 * watch.within) == utc("2026-11-24 12:00")
    assert watch.paused(TUESDAY).reaches(HOUR) is None


def test_a_moment_before_it_started_takes_nothing_away() -> None:
    late = utc("2026-11-24 08:00")
    assert running(4 * HOUR).paused(late).elapsed(late) == timedelta(0)
    assert running(4 * HOUR).retargeted(2 * HOUR, None, late).due == utc("2026-11-24 11:00")


def test_it_crosses_every_boundary_as_it_is() -> None:
    for watch in (running(4 * HOUR), running(HOUR, OFFICE).paused(TUESDAY + 1.3 * SECOND)):
        assert Stopwatch.model_validate_json(watch.model_dump_json()) == watch
    with pytest.raises(ValidationError):
        running(timedelta(0))


class Happening(NamedTuple):
    """Something that happens to a stopwatch, so many ticks after what happened before it."""

    after: int
    what: str
    within: int
    hours: int


class Story(NamedTuple):
    """A stopwatch's life. `within` is in ticks; hours are given by their place in `choices`."""

    tick: timedelta
    start: datetime
    choices: tuple[Hours | None, ...]
    within: int
    happenings: list[Happening]


@st.composite
def stories(draw: st.DrawFn, tick: timedelta, longest: int) -> Story:
    change = draw(st.sampled_from(CHANGES))
    near = change.at + draw(minutes(-30 * 60, 2 * 60) | minutes(-60, 20))
    within = st.integers(1, longest)
    happening = st.builds(
        Happening,
        after=st.integers(0, longest),
        what=st.sampled_from(["hold", "resume", "retarget"]),
        within=within,
        hours=st.integers(0, 2),
    )
    return Story(
        tick=tick,
        start=near,
        choices=(draw(hours(change)), draw(hours(change)), None),
        within=draw(within),
        happenings=draw(st.lists(happening, max_size=7)),
    )


def told(story: Story) -> Stopwatch:
    """The stopwatch at the end of its story."""
    at = story.start
    watch = Stopwatch.started(story.within * story.tick, story.choices[0], at)
    for happening in story.happenings:
        at += happening.after * story.tick
        watch = after(watch, story, happening, at)
    return watch


def after(watch: Stopwatch, story: Story, happening: Happening, at: datetime) -> Stopwatch:
    if happening.what == "hold":
        return watch.paused(at)
    if happening.what == "resume":
        return watch.resumed(at)
    return watch.retargeted(happening.within * story.tick, story.choices[happening.hours], at)


class Tally(NamedTuple):
    """What somebody finds who makes strokes; in ticks, `due` from the start of the story on."""

    spent: int
    runs: bool
    due: int | None


def tallied(story: Story, look_on: int) -> Tally:
    """A stroke for every tick that counts, until the last thing has happened.

    It is due at the first tick at which the strokes are enough, since it last started or got its
    target. For that the counting goes on, but no longer than so many ticks.
    """
    happenings, then = list(story.happenings), 0
    within, current, runs = story.within, 0, True
    strokes, due = 0, None
    spent = None
    looking = zip(*(looks(choice, story.start, story.tick) for choice in story.choices))  # noqa: B905
    for tick, is_open in enumerate(looking):
        while happenings and tick == then + happenings[0].after:
            then, happening = tick, happenings.pop(0)
            if happening.what == "hold":
                runs, due = False, None
            elif happening.what == "resume":
                runs = True
            elif happening.what == "retarget":
                within, current, due = happening.within, happening.hours, None
        if runs and due is None and strokes >= within:
            due = tick
        if not happenings:
            spent = strokes if spent is None else spent
            if not runs or due is not None or tick == then + look_on:
                return Tally(spent, runs, due)
        strokes += runs and is_open[current]
    raise AssertionError("somebody stopped looking")


def agree(story: Story, look_on: int) -> None:
    """The stopwatch says what the strokes say."""
    watch, tally = told(story), tallied(story, look_on)
    end = story.start + sum(happening.after for happening in story.happenings) * story.tick
    assert watch.elapsed(end) == tally.spent * story.tick
    assert (watch.since is not None) == tally.runs
    if tally.due is not None:
        assert watch.due == story.start + tally.due * story.tick
    elif watch.due is not None:
        assert watch.due > end + look_on * story.tick


@settings(max_examples=examples(150))
@given(stories(MINUTE, 400))
def test_it_agrees_with_somebody_who_makes_a_stroke_every_minute(story: Story) -> None:
    agree(story, look_on=2 * 24 * 60)


@settings(max_examples=examples(150))
@given(stories(SECOND, 400))
def test_and_with_one_who_makes_a_stroke_every_second(story: Story) -> None:
    agree(story, look_on=1_500)


@given(stories(MINUTE, 500), minutes(0, 500))
def test_a_pause_of_no_time_changes_nothing_before_it_is_due(
    story: Story, later: timedelta
) -> None:
    watch = told(story._replace(happenings=[]))
    at = story.start + later
    if watch.due and at <= watch.due:
        assert watch.paused(at).resumed(at).due == watch.due


@given(stories(MINUTE, 500), st.permutations(range(8)))
def test_in_any_order_of_moments_nothing_that_has_elapsed_is_lost(
    story: Story, order: list[int]
) -> None:
    watch = told(story._replace(happenings=[]))
    moments = [story.start]
    for happening in story.happenings:
        moments.append(moments[-1] + happening.after * MINUTE)
    before = timedelta(0)
    for place in order:
        if place < len(story.happenings):
            watch = after(watch, story, story.happenings[place], moments[place])
        assert watch.spent >= before
        before = watch.spent
    assert watch.elapsed(story.start) == watch.spent
