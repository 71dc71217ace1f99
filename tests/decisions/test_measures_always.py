"""Any timeline whatsoever, against measures that are counted minute by minute."""

from collections import Counter
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.measures import Measures
from standfast.incidents.record import Outcome
from standfast.time.working_time import Hours
from tests.decisions.test_measures import Line, at, held, measures
from tests.examples import examples

PEOPLE = ["ana", "george", "petra"]
ENDS_HOLDING = ["unacknowledged", "reassigned", "resolved", "assign", "escalate", "withdrawn"]
OTHERS = ["page_sent", "comment", "held", "told", "target_missed", "an_event_of_next_year"]
EVENTS = st.sampled_from(["acknowledged"] * 4 + ENDS_HOLDING + OTHERS)
GAPS = st.sampled_from([0, 1, 30, 8 * 60, 24 * 60]) | st.integers(0, 10 * 60)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """What happens in an episode, its end last."""
    steps = draw(st.lists(st.tuples(GAPS, EVENTS, st.sampled_from(PEOPLE)), max_size=10))
    moments = accumulate((gap for gap, *_ in steps), initial=draw(GAPS))
    told = [(minute, *step[1:]) for minute, step in zip(moments, steps, strict=False)]
    end = (told[-1][0] if told else 0) + draw(GAPS)
    return [*told, (end, "closed", "")]


@settings(max_examples=examples(50))
@given(told=lines(), outcome=st.sampled_from(Outcome), hours=st.none() | st.just(Hours()))
def test_measures_are_what_counting_minutes_gives(
    told: list[Line], outcome: Outcome, hours: Hours | None
) -> None:
    found = measures(*told, outcome=outcome, hours=hours)
    end = told[-1][0]
    owners = Counter(_owner(told, minute) for minute in range(end))
    del owners[""]
    # Whoever gave it back in the same minute had it for no time.
    assert {who: for_ for who, for_ in held(found).items() if for_} == {
        who: 60 * minutes for who, minutes in owners.items()
    }
    assert [(page.person, page.at) for page in found.pages] == [
        (who, at(minute)) for minute, event, who in told if event == "page_sent"
    ]
    _is_in_order(found, end)
    first = {event: minute for minute, event, _ in reversed(told)}
    for name, event in (("to_page", "page_sent"), ("to_acknowledge", "acknowledged")):
        minute = first.get(event)
        assert getattr(found.calendar, name) == (None if minute is None else 60 * minute)
        assert getattr(found.working, name) == (
            None if minute is None else 60 * _working(minute, hours)
        )
    assert found.working.to_close == 60 * _working(end, hours)


def _owner(told: list[Line], minute: int) -> str:
    """Who has it in the minute that begins then: whoever acknowledged last, unless that ended."""
    for when, event, who in reversed(told):
        if when <= minute:
            if event == "acknowledged":
                return who
            if event in ENDS_HOLDING:
                return ""
    return ""


def _working(minutes: int, hours: Hours | None) -> int:
    """How many of the first minutes are in the working hours."""
    if hours is None:
        return minutes
    moments = map(at, range(minutes))
    return sum(one.weekday() < 5 and 9 <= one.hour < 17 for one in moments)


def _is_in_order(found: Measures, end: int) -> None:
    """Nothing took less than no time, or longer than the whole; working time is part of it."""
    for name, seconds in found.calendar:
        working = getattr(found.working, name)
        assert (working is None) is (seconds is None)
        if seconds is not None:
            assert 0 <= working <= seconds <= found.calendar.to_close == 60 * end
    assert sum(held(found).values()) <= found.calendar.to_close
    moments = [page.at for page in found.pages]
    assert moments == sorted(moments)
    times = found.calendar
    if times.to_acknowledge is not None:
        assert times.to_first_action is not None
        assert times.to_first_action <= times.to_acknowledge
