"""Evaluates a calendar in another process, with limits.

A recurrence rule may never match a day, and the library then searches for minutes. That must block
neither the other threads of a worker nor a decision.
"""

from datetime import timedelta

from pydantic import Field

from standfast.incidents.schedule import Shift
from standfast.messages.message import InUtc, Message
from standfast.on_call.ical import BadCalendar, read, shifts
from standfast.on_call.pace import AS_LONG_AS_IT_TAKES, Pace
from standfast.programs.parsers import PARSERS, Busy, Limits, TooCostly

WITHIN = timedelta(seconds=30)
_IN_ALL, _EACH = 0.5, 0.1
"""Of this time, within which what can be read is read; the rest is left out and said."""

_CPU_SECONDS = 30


class AskedTier(Message):
    """A tier that the calendar is for. `zone`: by the policy; empty where it gives none."""

    team: str
    tier: str
    zone: str


class Question(Message):
    """Who is on call by a calendar between two moments.

    people: keys, and their full names. addresses: keys, and mail addresses.
    """

    people: dict[str, str]
    addresses: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    tiers: tuple[AskedTier, ...]
    begins: InUtc
    ends: InUtc


class Answer(Message):
    """The shifts, and what could not be understood. `bad`: why it cannot be used at all.

    cut_off: the calendar stops before its end.
    """

    shifts: tuple[Shift, ...] = ()
    problems: tuple[str, ...] = ()
    cut_off: bool = False
    bad: str = ""


async def evaluate(content: bytes, question: Question, within: timedelta = WITHIN) -> Answer:
    """Evaluate a calendar.

    Raises:
        BadCalendar: it cannot be evaluated, or not even the beginning of it in that time.
    """
    seconds = within.total_seconds()
    limits = Limits(cpu_seconds=_CPU_SECONDS, seconds=seconds)
    try:
        answer = await PARSERS.run(limits, _answered, content, question, seconds)
    except TooCostly as costly:
        raise BadCalendar(f"it {costly}") from costly
    except Busy as busy:
        raise BadCalendar(f"it could not be evaluated: {busy}") from busy
    if answer.bad:
        raise BadCalendar(answer.bad)
    return answer


def answer(content: bytes, question: Question, pace: Pace = AS_LONG_AS_IT_TAKES) -> Answer:
    """The same in this process, without limits but that of `pace`."""
    found: list[Shift] = []
    problems: list[str] = []
    try:
        calendar = read(content)
        for asked in question.tiers:
            of_tier = shifts(
                calendar,
                question.people,
                team=asked.team,
                tier=asked.tier,
                zone=asked.zone,
                addresses=question.addresses,
                begins=question.begins,
                ends=question.ends,
                pace=pace,
            )
            found += of_tier.shifts
            problems += of_tier.problems
    except BadCalendar as bad:
        return Answer(bad=str(bad))
    return Answer(
        shifts=tuple(found),
        problems=tuple(dict.fromkeys(problems)),
        cut_off=calendar.cut_off,
    )


def _answered(content: bytes, question: Question, seconds: float) -> Answer:
    return answer(content, question, Pace(_EACH * seconds, _IN_ALL * seconds))
