"""A world small enough to count what was done in it, and attempts that may die anywhere in it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from standfast.incidents.resolution import RemediationOutcome, StepOutcome
from standfast.policy.runbooks import Match, Runbook, RunbookStep, Work
from standfast.programs.running import to_completion
from standfast.records.remediation import JournalLine, StepState
from standfast.runbooks.executor import WITHDRAWN, RunbookExecutor
from standfast.runbooks.work_result import CheckResult, WorkResult

SUCCEEDED = WorkResult(StepOutcome.SUCCEEDED, "succeeded", CheckResult.PASSED)
SAYS_NO = WorkResult(StepOutcome.FAILED, "failed with exit code 1", CheckResult.FAILED, exit_code=1)
CANNOT_LOOK = WorkResult(
    StepOutcome.TIMED_OUT, "was not done within 30 s", CheckResult.INCONCLUSIVE
)
BROKE = WorkResult(StepOutcome.FAILED, "failed with exit code 9", CheckResult.FAILED, exit_code=9)
NO_PROGRAM = WorkResult(
    StepOutcome.FAILED,
    "could not be started: no such file",
    CheckResult.INCONCLUSIVE,
    started=False,
)


class Killed(BaseException):
    """The worker is gone."""


@dataclass(frozen=True)
class Step:
    """What one step is like.

    ends: `well`, `broken` after its effect, `idle` (broken before it), or `missing`.
    check: `sees` its effect, is `blind`, or `none`. undo: `works`, is `broken`, or `none`.
    """

    ends: str = "well"
    check: str = "sees"
    undo: str = "works"


@dataclass
class World:
    """A runbook, its journal, and what was really done.

    helps: whether the trouble is over once all effects are there; `early`: once the first is.
    done: everything that had an effect, in its order: `do-1`, `undo-1`.
    half_done: what was cut short, or broke before its effect, and may have had half of one.
    dies, cancelled: the next attempt dies, or is cancelled, at so manieth a point; None: it is not.
    """

    steps: tuple[Step, ...]
    helps: bool = True
    early: bool = False
    done: list[str] = field(default_factory=list)
    half_done: set[str] = field(default_factory=set)
    points: list[str] = field(default_factory=list)
    dies: int | str | None = None
    cancelled: int | str | None = None
    lines: dict[tuple[int, bool], JournalLine] = field(default_factory=dict)
    undoing_because: str | None = None

    @property
    def runbook(self) -> Runbook:
        return Runbook(
            title="Repair it",
            match=Match(services=("wiki",)),
            steps=tuple(
                RunbookStep(
                    run=(f"do-{number}",),
                    undo=None if step.undo == "none" else Work(run=(f"undo-{number}",)),
                    check=None if step.check == "none" else Work(run=(f"check-{number}",)),
                )
                for number, step in enumerate(self.steps, start=1)
            ),
            check=Work(run=("check",)),
        )

    def times(self, what: str) -> int:
        """How often it was done: `do-1`, `undo-1`."""
        return Counter(self.done)[what]

    def is_there(self, number: int) -> bool:
        """Is the effect of a step there?"""
        return self.times(f"do-{number}") > self.times(f"undo-{number}")

    def is_well(self) -> bool:
        """Is the trouble over?"""
        needed = 1 if self.early else len(self.steps)
        return self.helps and all(self.is_there(number) for number in range(1, needed + 1))

    async def do_work(self, key: str, work: Work, within: timedelta) -> WorkResult:
        """Part of the world's `DoWork`: do it, or look."""
        [program] = work.run or ()
        try:
            self.passes(f"{program}: before it")
            result = self._happens(program)
            self.passes(f"{program}: after it")
        except asyncio.CancelledError:
            self.half_done.add(program)
            raise
        return result

    def _happens(self, program: str) -> WorkResult:
        what, _, number = program.partition("-")
        if program == "check":
            return SUCCEEDED if self.is_well() else SAYS_NO
        step = self.steps[int(number) - 1]
        if what == "check":
            if step.check == "blind":
                return CANNOT_LOOK
            return SUCCEEDED if self.is_there(int(number)) else SAYS_NO
        if what == "do" and step.ends == "missing":
            return NO_PROGRAM
        if what == "do" and step.ends == "idle":
            self.half_done.add(program)
            return BROKE
        if what == "undo" and step.undo == "broken":
            return BROKE
        self.done.append(program)
        return BROKE if what == "do" and step.ends == "broken" else SUCCEEDED

    def passes(self, point: str) -> None:
        """A place at which an attempt may die or be cancelled."""
        self.points.append(point)
        if self.dies in (point, len(self.points)):
            raise Killed(point)
        # The way back is shielded from cancellation, so none is seen there.
        if self.cancelled in (point, len(self.points)) and self.undoing_because is None:
            self.cancelled = None
            raise asyncio.CancelledError(point)

    async def intend(self, number: int, *, undoing: bool) -> None:
        """Part of the journal."""
        name = f"{'undo' if undoing else 'do'}-{number}"
        self.passes(f"{name}: before its intention is written")
        self.lines[number, undoing] = JournalLine(number, undoing, StepState.INTENDED)
        self.passes(f"{name}: after its intention is written")

    async def ended(self, line: JournalLine) -> None:
        """Part of the journal."""
        name = f"{'undo' if line.undoing else 'do'}-{line.number}"
        self.passes(f"{name}: before its end is written")
        self.lines[line.number, line.undoing] = line
        self.passes(f"{name}: after its end is written")

    async def begin_undoing(self, because: str) -> None:
        """Part of the journal."""
        self.passes("undoing: before it is written")
        assert self.undoing_because is None, "undoing begins once"
        self.undoing_because = because
        self.passes("undoing: after it is written")

    def journal(self) -> tuple[JournalLine, ...]:
        """The lines as the record store gives them: steps, then their undoing backwards."""
        forward = sorted(line for line in self.lines.values() if not line.undoing)
        backward = sorted((line for line in self.lines.values() if line.undoing), reverse=True)
        return (*forward, *backward)

    async def attempt(
        self,
        *,
        dies: int | str | None = None,
        cancelled: int | str | None = None,
        withdrawn: bool = False,
    ) -> tuple[RunbookExecutor, RemediationOutcome]:
        """One attempt, as the activity makes it. Raises Killed when it dies."""
        self.points, self.dies, self.cancelled = [], dies, cancelled
        executor = RunbookExecutor(
            self.runbook, self.do_work, self, self.journal(), self.undoing_because
        )
        try:
            if withdrawn:
                await to_completion(executor.roll_back(WITHDRAWN))
            outcome = await executor.run()
        except asyncio.CancelledError:
            await to_completion(executor.roll_back(WITHDRAWN))
            outcome = await executor.run()
        return executor, outcome
