"""Evaluates a calendar in a process of its own, with limits.

A recurrence rule may never match a day, and the library then searches for minutes. That must block
neither the other threads of a worker nor a decision.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from pydantic import Field, ValidationError

from standfast import CODE
from standfast.incidents.schedule import Shift
from standfast.messages.message import InUtc, Message, words_of
from standfast.on_call.ical import BadCalendar, read, shifts
from standfast.on_call.pace import AS_LONG_AS_IT_TAKES, Pace
from standfast.programs.running import (
    CannotStart,
    ResourceLimits,
    inherited_environment,
    limit_reached,
    run_program,
)

WITHIN = timedelta(seconds=30)
_IN_ALL, _EACH = 0.5, 0.1
"""Of this time, within which what can be read is read; the rest is left out and said."""

_LIMITS = ResourceLimits(cpu_seconds=30, memory_bytes=2_000_000_000)
_QUESTION, _CALENDAR, _ANSWER = "question.json", "calendar.ics", "answer.json"


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
    with tempfile.TemporaryDirectory(prefix="standfast-calendar-") as name:
        directory = Path(name)
        (directory / _QUESTION).write_text(question.model_dump_json(), encoding="utf-8")
        (directory / _CALENDAR).write_bytes(content)
        try:
            result = await run_program(
                [sys.executable, "-m", __name__, str(directory), str(within.total_seconds())],
                within=within,
                env={**inherited_environment(), "PYTHONPATH": str(CODE)},
                cwd=directory,
                limits=_LIMITS,
            )
        except CannotStart as error:
            raise BadCalendar(f"it could not be evaluated: {error.reason}") from error
        if result.timed_out:
            raise BadCalendar(f"it takes longer than {words_of(within)} to evaluate")
        if not result.succeeded:
            why = limit_reached(result.exit_code) or f"exit code {result.exit_code}"
            raise BadCalendar(f"it could not be evaluated: {why}")
        try:
            answer = Answer.model_validate_json((directory / _ANSWER).read_bytes())
        except (OSError, ValidationError) as error:
            raise BadCalendar("it could not be evaluated: there is no answer") from error
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


if __name__ == "__main__":
    here, seconds = Path(sys.argv[1]), float(sys.argv[2])
    asked = Question.model_validate_json((here / _QUESTION).read_bytes())
    given = answer((here / _CALENDAR).read_bytes(), asked, Pace(_EACH * seconds, _IN_ALL * seconds))
    (here / _ANSWER).write_text(given.model_dump_json(), encoding="utf-8")
