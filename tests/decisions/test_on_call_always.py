"""Who is on call, for any schedule and any instant: one answer, which holds as long as it says."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from standfast.decisions.on_call import gaps, on_call_at, on_call_between
from standfast.decisions.turns import order, turn
from standfast.incidents.schedule import DatedShifts
from standfast.policy.schedules import Tier
from standfast.time.working_time import is_open
from tests.decisions.schedules import ALL_DAYS, DAY, TEAM, at, override, tier
from tests.examples import examples

WEEK = timedelta(weeks=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
PEOPLE = st.lists(st.sampled_from(["ana", "ben", "cem", "dot"]), min_size=1, max_size=4)
TIMES = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
HOLIDAYS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"every_year": ["01-01", "02-29", "12-24"]}]
)
HOURS = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(ALL_DAYS), min_size=1, unique=True) | st.just(ALL_DAYS),
        "opens": TIMES,
        "closes": TIMES,
        "time_zone": st.sampled_from(ZONES),
        "holidays": HOLIDAYS,
    }
).filter(lambda hours: hours["opens"] == hours["closes"] or abs(_minutes(hours)) >= 60)
ROTATIONS = st.fixed_dictionaries(
    {
        "people": PEOPLE,
        "every": st.sampled_from(["week", "2w", "day", "3d", "12h", "8h", "1h"]),
        "at": TIMES,
        "time_zone": st.sampled_from(ZONES),
    }
)
LAYER = st.fixed_dictionaries(
    {"rotation": ROTATIONS}, optional={"hours": st.lists(HOURS, min_size=1, max_size=3)}
)
TIERS = st.lists(LAYER, min_size=1, max_size=4).map(
    lambda layers: tier(layers=layers, gaps="allowed")
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
OVERRIDES = st.lists(
    st.tuples(
        st.sampled_from(["ana", "eli", "fay"]),
        st.integers(-72, 200),
        st.integers(1, 100),
        st.none() | st.integers(-80, 300),
        st.sampled_from(["", "", "ana", "ben"]),
    ),
    max_size=4,
)


def _minutes(hours: dict[str, Any]) -> int:
    opens, closes = (int(hours[end][:2]) * 60 + int(hours[end][3:]) for end in ("opens", "closes"))
    return (closes - opens) % (24 * 60)


def made(around: datetime, drawn: Sequence[tuple[str, int, int, int | None, str]]) -> DatedShifts:
    """Overrides around a moment, by hours."""
    hour = timedelta(hours=1)
    return DatedShifts(
        overrides=tuple(
            override(
                number,
                person,
                (around + starts * hour).isoformat(),
                (around + (starts + lasts) * hour).isoformat(),
                ended_at=None if ended is None else around + ended * hour,
                instead_of=instead_of,
            )
            for number, (person, starts, lasts, ended, instead_of) in enumerate(drawn)
        )
    )


def plainly(of: Tier, moment: datetime, dated: DatedShifts) -> str:
    """Who is on call, found without looking ahead."""
    on_call = ""
    for each, duties in zip(of.every_layer, of.duties, strict=True):
        hours = each.hours_around(moment)
        if not hours or any(is_open(one, moment) for one in hours):
            on_call = order(each.rotation, turn(each.rotation, moment, duties).number)[0]
            break
    for one in dated.overrides:
        holds = one.starts <= moment < one.ends and not (one.ended_at and moment >= one.ended_at)
        if holds and one.instead_of in ("", on_call):
            on_call = one.person
    return on_call


@given(TIERS, MOMENTS, OVERRIDES, st.lists(st.floats(0, 0.999), min_size=3, max_size=6))
def test_there_is_one_answer_and_it_holds_exactly_as_long_as_it_says(
    of: Tier, moment: datetime, drawn: Any, shares: list[float]
) -> None:
    dated = made(moment, drawn)
    found = on_call_at(of, TEAM, moment, dated)
    assert found.on_call == plainly(of, moment, dated)
    assert (found.people[0] if found.on_call else "") == found.on_call
    assert len(set(found.people)) == len(found.people)
    lasts = (found.until.astimezone(UTC) if found.until else moment + 365 * DAY) - moment
    for share in shares:
        assert plainly(of, moment + share * lasts, dated) == found.on_call
    if found.until:
        until = found.until.astimezone(UTC)
        assert plainly(of, until - timedelta(microseconds=1), dated) == found.on_call
        assert plainly(of, until, dated) == found.then != found.on_call
        assert str(found.until.tzinfo) == of.zone


@settings(max_examples=examples(50))
@given(
    TIERS,
    MOMENTS,
    OVERRIDES,
    st.booleans(),
    st.lists(st.floats(0, 0.999), min_size=5, max_size=20),
)
def test_the_answers_over_a_window_are_those_at_every_instant_of_it(
    of: Tier, begins: datetime, drawn: Any, by_reason: bool, shares: list[float]
) -> None:
    dated, ends = made(begins, drawn), begins + 20 * DAY
    found = list(on_call_between(of, TEAM, begins, ends, dated, by_reason=by_reason))
    assert found[0].begins == begins
    assert all(one.until == other.begins for one, other in pairwise(found))
    assert found[-1].until is None or found[-1].until.astimezone(UTC) >= ends
    for share in shares:
        moment = begins + share * (ends - begins)
        (held,) = (
            each
            for each in found
            if each.begins.astimezone(UTC) <= moment
            and (each.until is None or moment < each.until.astimezone(UTC))
        )
        exactly = on_call_at(of, TEAM, moment, dated)
        assert (held.who.on_call, held.who.until) == (exactly.on_call, exactly.until)
        assert not by_reason or held.who.because == exactly.because


@settings(max_examples=examples(40))
@given(st.lists(LAYER, min_size=1, max_size=3), st.lists(MOMENTS, min_size=5, max_size=10))
def test_without_a_gap_that_is_allowed_there_is_none(
    layers: list[dict[str, Any]], moments: list[datetime]
) -> None:
    try:
        whole = tier(layers=layers)
    except ValidationError as refused:
        holed = tier(layers=layers, gaps="allowed")
        words = refused.errors()[0]["msg"]
        assert "nobody is on call" in words
        begins = at("2026-01-05")
        if "every week" not in words:
            # Value error, nobody is on call from 2026-12-24 08:00 to … (Europe/Berlin); …
            wall = datetime.fromisoformat(words.split(" from ")[1][:16])
            begins = wall.replace(tzinfo=ZoneInfo(words.split("(")[1].split(")")[0]))
        assert gaps(holed, TEAM, begins, begins + 2 * WEEK, DatedShifts())
    else:
        assert all(on_call_at(whole, TEAM, moment).on_call for moment in moments)
