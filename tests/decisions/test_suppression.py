"""Who is left in peace, and until when: by silences, and by the day of a person."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import ValidationError

from standfast.decisions.suppression import matches, suppression_of
from standfast.incidents.assessment import Assessed, Priority
from standfast.incidents.silence import Matcher, Silence, Suppression
from standfast.policy import Policy
from standfast.policy.quiet_hours import QuietHours
from standfast.time.time_range import TimeRangeState
from tests.decisions.small_policy import SMALL, small_policy
from tests.decisions.test_suppression_by_silences import assessed

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def silence(
    starts: timedelta,
    ends: timedelta,
    silence_id: str = "SIL-AAAAAA",
    *,
    ended: timedelta | None = None,
    by: str = "ana",
    reason: str = "upgrade",
    **matcher: Any,
) -> Silence:
    """From so long after noon to so long after noon, for the shop unless told otherwise."""
    return Silence(
        id=silence_id,
        matcher=Matcher(**(matcher or {"services": ["shop"]})),
        starts=NOON + starts,
        ends=NOON + ends,
        by=by,
        reason=reason,
        created_at=NOON - 99 * HOUR,
        ended_by="" if ended is None else "ben",
        ended_at=None if ended is None else NOON + ended,
    )


def asked(
    *silences: Silence,
    at: datetime = NOON,
    about: Assessed | None = None,
    on_call: str = "nia",
    policy: Policy | None = None,
) -> Suppression | None:
    about = about or assessed()
    return suppression_of(policy or small_policy(), about, "network", on_call, silences, at)


# Silences


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (-INSTANT, TimeRangeState.COMING),
        (timedelta(), TimeRangeState.RUNNING),
        (2 * HOUR - INSTANT, TimeRangeState.RUNNING),
        (2 * HOUR, TimeRangeState.OVER),
    ],
)
def test_a_silence_runs_from_its_start_up_to_its_end(at: timedelta, state: TimeRangeState) -> None:
    two_hours = silence(timedelta(), 2 * HOUR)
    assert two_hours.state(NOON + at) is state
    assert (asked(two_hours, at=NOON + at) is not None) == (state is TimeRangeState.RUNNING)


def test_ended_early_it_is_over_from_then_on() -> None:
    ended = silence(timedelta(), 2 * HOUR, ended=HOUR)
    assert ended.until == NOON + HOUR
    assert asked(ended, at=NOON + HOUR) is None
    before = asked(ended, at=NOON + HOUR - INSTANT)
    assert before
    assert before.until == NOON + HOUR


def test_ended_before_it_began_it_never_runs() -> None:
    called_off = silence(HOUR, 2 * HOUR, ended=timedelta())
    for at in (-MINUTE, timedelta(), MINUTE, 90 * MINUTE, 2 * HOUR):
        assert called_off.state(NOON + at) is TimeRangeState.OVER
        assert asked(called_off, at=NOON + at) is None


def test_it_says_who_gave_it_and_why() -> None:
    given = silence(-HOUR, HOUR, by="ana", reason="new\n  disks")
    assert asked(given) == Suppression(
        until=NOON + HOUR,
        why="silenced by ana until 2026-11-24 13:00:00 UTC (SIL-AAAAAA: new disks)",
        silence="SIL-AAAAAA",
        silences=("SIL-AAAAAA",),
    )


def test_a_long_reason_is_cut() -> None:
    told = asked(silence(-HOUR, HOUR, reason="word " * 399))
    assert told
    assert len(told.why) < 300
    assert told.why.endswith("…)")


CHAINS: list[tuple[str, list[Silence], float | None, str, str]] = [
    # what: silences, hours of quiet from noon on, the one that lasts longest now, all it rests on
    ("nothing", [], None, "", ""),
    ("starts later", [silence(HOUR, 2 * HOUR, "B")], None, "", ""),
    ("is over", [silence(-2 * HOUR, timedelta(), "A")], None, "", ""),
    ("one", [silence(-HOUR, HOUR, "A")], 1, "A", "A"),
    ("overlap", [silence(-HOUR, HOUR, "A"), silence(MINUTE, 3 * HOUR, "B")], 3, "A", "AB"),
    ("adjoin", [silence(-HOUR, HOUR, "A"), silence(HOUR, 3 * HOUR, "B")], 3, "A", "AB"),
    ("a gap", [silence(-HOUR, HOUR, "A"), silence(HOUR + INSTANT, 3 * HOUR, "B")], 1, "A", "A"),
    ("inside", [silence(-HOUR, 3 * HOUR, "A"), silence(-MINUTE, HOUR, "B")], 3, "A", "A"),
    ("around", [silence(-HOUR, HOUR, "A"), silence(-MINUTE, 3 * HOUR, "B")], 3, "B", "AB"),
    (
        "three in a row",
        [silence(HOUR, 2 * HOUR, "B"), silence(2 * HOUR, 5 * HOUR, "C"), silence(-HOUR, HOUR, "A")],
        5,
        "A",
        "ABC",
    ),
    (
        "the bridge was called off",
        [
            silence(-HOUR, HOUR, "A"),
            silence(HOUR, 2 * HOUR, "B", ended=timedelta()),
            silence(2 * HOUR, 3 * HOUR, "C"),
        ],
        1,
        "A",
        "A",
    ),
    (
        "the longer one was ended early",
        [silence(-HOUR, 5 * HOUR, "A", ended=HOUR), silence(-HOUR, 2 * HOUR, "B")],
        2,
        "B",
        "AB",
    ),
    (
        "the bridge is for something else",
        [
            silence(-HOUR, HOUR, "A"),
            silence(HOUR, 2 * HOUR, "B", services=["wiki"]),
            silence(2 * HOUR, 3 * HOUR, "C"),
        ],
        1,
        "A",
        "A",
    ),
    (
        "different matchers of one incident",
        [silence(-HOUR, HOUR, "A"), silence(HOUR, 2 * HOUR, "B", words=["disk"])],
        2,
        "A",
        "AB",
    ),
]


@pytest.mark.parametrize(
    ("silences", "hours", "longest", "all_of_them"),
    [row[1:] for row in CHAINS],
    ids=[row[0] for row in CHAINS],
)
def test_quiet_lasts_from_silence_to_silence(
    silences: list[Silence], hours: float | None, longest: str, all_of_them: str
) -> None:
    answer = asked(*silences)
    if hours is None:
        assert answer is None
        return
    assert answer
    assert answer.until == NOON + hours * HOUR
    assert answer.silence == longest
    assert answer.silences == tuple(all_of_them)
    assert answer == asked(*reversed(silences))


def test_a_long_chain_tells_its_first_three_and_its_end() -> None:
    chain = [silence(n * HOUR, (n + 1) * HOUR, f"SIL-{n}") for n in range(10)]
    answer = asked(*chain)
    assert answer
    assert answer.why.endswith(
        "then by ana until 2026-11-24 15:00:00 UTC (SIL-2: upgrade), "
        "then 7 more until 2026-11-24 22:00:00 UTC"
    )


def test_even_the_most_urgent_incident_is_silenced_by_a_silence() -> None:
    for priority in Priority:
        answer = asked(silence(-HOUR, HOUR), about=assessed(priority=priority))
        assert answer
        assert answer.silence


def test_a_night_in_which_the_clock_is_put_back_is_as_long_as_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 10, 24, 22, tzinfo=berlin)
    # From 02:30 for the first time to 02:15 for the second, by the clock on the wall backwards.
    change = silence(timedelta(), HOUR).model_dump() | {
        "starts": datetime(2026, 10, 25, 2, 30, tzinfo=berlin),
        "ends": datetime(2026, 10, 25, 2, 15, tzinfo=berlin, fold=1),
    }
    given = Silence.model_validate(change)
    at = datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1)
    assert asked(given, at=evening) is None
    answer = asked(given, at=at)
    assert answer
    assert answer.until - at.astimezone(UTC) == 5 * MINUTE
    ended_at = datetime(2026, 10, 25, 2, 40, tzinfo=berlin)
    ended = Silence.model_validate(change | {"ended_by": "ben", "ended_at": ended_at})
    assert ended.until == ended_at.astimezone(UTC)


def test_a_thousand_silences_with_words_are_looked_through_at_once() -> None:
    words = [f"word{n} *" if n % 2 else f"w{n}*" for n in range(40)]
    many = [silence(-HOUR, HOUR, f"SIL-{n}", words=words) for n in range(1000)]
    about = assessed("x " * 140, description="y" * 20_000)
    assert asked(*many, about=about) is None


# The day of a person


def with_day(**day: Any) -> Policy:
    people = {**SMALL["people"]}
    people["nia"] = people["nia"] | {"day": day}
    return small_policy(people=people)


BERLIN = with_day(opens="08:00", closes="18:00", time_zone="Europe/Berlin")
TUESDAY_NIGHT = datetime(2026, 11, 24, 17, tzinfo=UTC)
WEDNESDAY_MORNING = datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize("priority", ["P4", "P5"])
def test_what_can_wait_waits_for_the_day_of_who_is_on_call(priority: str) -> None:
    answer = asked(at=TUESDAY_NIGHT, policy=BERLIN, about=assessed(priority=Priority(priority)))
    assert answer == Suppression(
        until=WEDNESDAY_MORNING,
        why=f"{priority} waits for the day of nia, which begins 2026-11-25 08:00:00 CET",
    )


@pytest.mark.parametrize("priority", ["P1", "P2", "P3"])
def test_what_cannot_wait_wakes_people(priority: str) -> None:
    about = assessed(priority=Priority(priority))
    assert asked(at=TUESDAY_NIGHT, policy=BERLIN, about=about) is None


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        (TUESDAY_NIGHT - INSTANT, False),
        (TUESDAY_NIGHT, True),
        (WEDNESDAY_MORNING - INSTANT, True),
        (WEDNESDAY_MORNING, False),
    ],
)
def test_the_day_has_a_beginning_and_an_end(at: datetime, is_quiet: bool) -> None:
    assert (asked(at=at, policy=BERLIN) is not None) is is_quiet


def test_a_weekend_and_a_holiday_are_no_days() -> None:
    policy = with_day(holidays={"besides": ["2026-12-28"]})
    answer = asked(at=datetime(2026, 12, 25, 17, tzinfo=UTC), policy=policy)
    assert answer
    assert answer.until == datetime(2026, 12, 29, 9, tzinfo=UTC)


@pytest.mark.parametrize("on_call", ["noa", "nobody-of-the-policy", ""])
def test_who_has_no_day_is_paged_at_any_time(on_call: str) -> None:
    assert asked(at=TUESDAY_NIGHT, policy=BERLIN, on_call=on_call) is None


def test_the_policy_says_what_can_wait() -> None:
    nothing_waits = BERLIN.model_copy(update={"quiet_hours": QuietHours(priorities=())})
    assert asked(at=TUESDAY_NIGHT, policy=nothing_waits) is None
    p3_waits = BERLIN.model_copy(update={"quiet_hours": QuietHours(priorities=("P3",))})
    about = assessed(priority=Priority.P3)
    assert asked(at=TUESDAY_NIGHT, policy=p3_waits, about=about)


@pytest.mark.parametrize("named", ["P1", "P2"])
def test_the_policy_may_not_let_the_urgent_wait(named: str) -> None:
    with pytest.raises(ValidationError, match=f"{named} cannot wait for quiet hours to end"):
        small_policy(quiet_hours={"priorities": ["P5", named]})


def test_a_silence_comes_before_the_day_and_the_day_after_the_silence() -> None:
    evening = silence(4 * HOUR, 8 * HOUR)  # 16:00–20:00, the day ends at 17:00 UTC
    first = asked(evening, at=TUESDAY_NIGHT, policy=BERLIN)
    assert first
    assert (first.until, first.silence) == (NOON + 8 * HOUR, "SIL-AAAAAA")
    then = asked(evening, at=first.until, policy=BERLIN)
    assert then
    assert (then.until, then.silence) == (WEDNESDAY_MORNING, "")


# Any silences, any instant


SPANS = st.integers(-6, 6).map(lambda steps: steps * HOUR) | st.timedeltas(-6 * HOUR, 6 * HOUR)
MATCHERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"services": ["shop"]},
        {"services": ["wiki"]},
        {"priorities": ["P4"]},
        {"words": ["dis*"], "labels": {"host": "*"}},
        {"everything": True},
    ]
)


@st.composite
def silences(draw: st.DrawFn) -> Silence:
    starts = draw(SPANS)
    lasts = draw(st.integers(1, 5).map(lambda steps: steps * HOUR) | st.just(INSTANT))
    ended = draw(st.none() | st.none() | SPANS)
    name = draw(st.text("ABC", min_size=3, max_size=3))
    return silence(starts, starts + lasts, name, ended=ended, **draw(MATCHERS))


def running(given: Sequence[Silence], at: datetime, about: Assessed) -> bool:
    """Whether one that matches runs at `at`, as the documentation says it."""
    return any(
        matches(one.matcher, about, "network")
        and one.starts <= at < one.ends
        and (one.ended_at is None or at < one.ended_at)
        for one in given
    )


@given(
    st.lists(silences(), max_size=6),
    SPANS,
    st.sampled_from(Priority),
    st.sampled_from(["nia", "noa"]),
)
def test_quiet_is_exactly_what_is_silenced_or_outside_the_day(
    given: list[Silence], after_noon: timedelta, priority: Priority, on_call: str
) -> None:
    at, about = NOON + after_noon, assessed(priority=priority)
    answer = asked(*given, at=at, about=about, on_call=on_call, policy=BERLIN)
    local = at.astimezone(ZoneInfo("Europe/Berlin"))  # all of it lies on one Tuesday
    waits = on_call == "nia" and priority.number >= 4 and not 8 <= local.hour < 18
    silenced = running(given, at, about)
    event("silenced" if silenced else "waits" if waits else "paged")

    assert (answer is not None) == (silenced or waits)
    if answer is None:
        return
    assert answer.until > at
    assert bool(answer.silence) == silenced
    if not silenced:
        assert answer.until.astimezone(local.tzinfo).hour == 8
        return
    # The first instant at which nothing that matches runs: not there, and at no edge before.
    assert not running(given, answer.until, about)
    edges = {one.starts for one in given} | {one.until for one in given}
    for edge in edges:
        for near in (edge - INSTANT, edge):
            if at <= near < answer.until:
                assert running(given, near, about)
    assert answer.silence in answer.silences
    by_id = {one.id: one for one in given}
    if len(by_id) == len(given):
        rest = [by_id[name] for name in answer.silences]
        alone = asked(*rest, at=at, about=about, on_call=on_call, policy=BERLIN)
        assert alone == answer, "it rests on nothing else"
