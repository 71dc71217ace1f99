"""Runs a runbook from wherever earlier attempts left it: its steps, its check, or the rollback.

Before anything is done its intention is in the journal, so an attempt after a crash knows what the
earlier one had finished and which one thing it was at. That one thing is not done again before a
check has said that it is not done:

- a step: its own check, or the runbook's where it is the only step. "Done" goes on with the next,
  "not done" runs it again, anything else means that nobody knows: the runbook goes no further.
- one of several steps without a check of its own: the runbook's check, when it passes, says that
  all is well; that it does not pass says nothing of one step.
- an undoing: the step's check again, the other way round: the effect gone means undone. Without
  one nobody knows, and it is not run a second time.
- a step, when the incident was withdrawn meanwhile: its check, as above, tells whether it has to be
  undone. Where nobody knows it is undone all the same.

What nobody knows, and what could not be undone, is `left` for a person to look at.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from standfast.incidents.resolution import RemediationOutcome, StepOutcome, StepResult
from standfast.policy.runbooks import Runbook, RunbookStep, Work
from standfast.programs.running import to_completion
from standfast.records.remediation import JournalLine, StepState
from standfast.runbooks.work_result import CheckResult, WorkResult

WITHDRAWN = "the incident was withdrawn"


class Journal(Protocol):
    """Where the executor writes before and after each thing it does."""

    async def intend(self, number: int, *, undoing: bool) -> None: ...
    async def ended(self, line: JournalLine) -> None: ...
    async def begin_undoing(self, because: str) -> None: ...


DoWork = Callable[[str, Work, timedelta], Awaitable[WorkResult]]
"""Do one piece of work: its name in keys (`step-2`, `undo-2`, `check`), and its time limit."""


class RunbookExecutor:
    """One attempt at a runbook: runs what the journal does not have as done.

    lines: written by earlier attempts. undoing_because: set if an earlier attempt began to undo.
    """

    def __init__(
        self,
        runbook: Runbook,
        do_work: DoWork,
        journal: Journal,
        lines: tuple[JournalLine, ...] = (),
        undoing_because: str | None = None,
    ) -> None:
        self._runbook = runbook
        self._do_work = do_work
        self._journal = journal
        self._lines = {(line.number, line.undoing): line for line in lines}
        self._undoing_because = undoing_because
        self._unwritten: JournalLine | None = None
        self._unknown = False
        self._undone = 0
        self._has_rolled_back = False
        self.doing = ""
        self.results = [line.result for line in lines if line.result]
        self.reasons = [line.words for line in lines if line.words]
        self.left: list[str] = []

    @property
    def rolled_back(self) -> bool | None:
        """None if nothing was undone, False if something is left."""
        if self.left:
            return False
        return True if self._undone else None

    async def run(self) -> RemediationOutcome:
        """Run the rest of it. Cancelled, it ends what runs and raises; `roll_back` may follow."""
        if self._undoing_because is None:
            if await self._forward():
                return RemediationOutcome.SUCCEEDED
            await to_completion(self.roll_back(self.reasons[-1]))
        else:
            await to_completion(self.roll_back(self._undoing_because))
        if self._undoing_because == WITHDRAWN:
            return RemediationOutcome.STOPPED
        return RemediationOutcome.UNKNOWN if self._unknown else RemediationOutcome.FAILED

    async def roll_back(self, because: str) -> None:
        """Undo what was started, in reverse order, each once, and never go forward again."""
        if self._has_rolled_back:
            return
        if self._undoing_because is None:
            await self._journal.begin_undoing(because)
            self._undoing_because = because
        if self._unwritten:
            self._lines[self._unwritten.number, False] = self._unwritten
            await self._journal.ended(self._unwritten)
        for number in range(len(self._runbook.steps), 0, -1):
            done = self._lines.get((number, False))
            if done and done.state is StepState.INTENDED and (number, True) not in self._lines:
                await self._settle(number, self._runbook.steps[number - 1])
                done = self._lines[number, False]
            if done is not None and done.state is not StepState.NOT_STARTED:
                await self._undo(number, done)
        self._has_rolled_back = True

    async def _forward(self) -> bool:
        """Run the steps in order, then the check. Whether all succeeded."""
        for number, step in enumerate(self._runbook.steps, start=1):
            line = self._lines.get((number, False))
            if line and line.state is StepState.INTENDED:
                as_check = await self._settle(number, step)
                if as_check is None:
                    self.reasons.append("an earlier attempt had done it: nothing was run again")
                    return True
                line = self._lines[number, False] if as_check is not CheckResult.FAILED else None
            if line is None:
                line = await self._step(number, step)
            if line.state is not StepState.DONE:
                return False
        return (await self._check("the check", self._runbook.check)).succeeded

    async def _step(self, number: int, step: RunbookStep) -> JournalLine:
        name = self._name(number)
        # Cancelled before it began there is nothing to undo; in its middle it may be half done.
        self._unwritten = JournalLine(number, False, StepState.NOT_STARTED, f"{name} had not begun")
        await self._journal.intend(number, undoing=False)
        self._unwritten = JournalLine(number, False, StepState.FAILED, f"{name} was cancelled")
        result = await self._do(name, f"step-{number}", step, step.within)
        if result.succeeded:
            state = StepState.DONE
        else:
            state = StepState.FAILED if result.started else StepState.NOT_STARTED
        return await self._ended(number, False, state, f"{name} {result.words}")

    async def _settle(self, number: int, step: RunbookStep) -> CheckResult | None:
        """Find out whether an interrupted step was done. None: the runbook's check passes."""
        name, forward = self._name(number), self._undoing_because is None
        # Whether all is well tells whether to try again, not whether there is something to undo.
        stands_in = forward and len(self._runbook.steps) == 1
        self.reasons.append(f"nobody saw {name} end, since its worker was lost")
        as_check, why = CheckResult.INCONCLUSIVE, "it has no check of its own"
        if step.check or forward:
            result = await self._check(f"the check of {name}", step.check or self._runbook.check)
            if step.check or stands_in:
                as_check, why = result.as_check, f"its check {result.words}"
            elif result.as_check is CheckResult.PASSED:
                return None
        if as_check is CheckResult.PASSED:
            await self._ended(number, False, StepState.DONE, f"{name} had been done")
        elif as_check is CheckResult.FAILED and forward:
            self.reasons.append(f"{name} had not been done, so it is run again")
        elif as_check is CheckResult.FAILED:
            await self._ended(number, False, StepState.NOT_STARTED, f"{name} had not been done")
        else:
            words = f"nobody knows whether {name} was done: {why}"
            await self._ended(number, False, StepState.UNKNOWN, words)
        return as_check

    async def _undo(self, number: int, done: JournalLine) -> None:
        step, name = self._runbook.steps[number - 1], self._name(number)
        self._unknown = self._unknown or done.state is StepState.UNKNOWN
        if step.undo is None:
            self._stays(done, name)
            return
        line = self._lines.get((number, True))
        if line and line.state is StepState.INTENDED:
            line = await self._settle_undoing(number, step)
        if line is None:
            await self._journal.intend(number, undoing=True)
            result = await self._do(f"undoing {name}", f"undo-{number}", step.undo, step.within)
            state = StepState.DONE if result.succeeded else StepState.FAILED
            line = await self._ended(number, True, state, f"undoing {name} {result.words}")
        if line.state is StepState.DONE:
            self._undone += 1
            if done.state is StepState.UNKNOWN:
                self.left.append(f"{done.words}; it was undone all the same")
        elif line.state is StepState.UNKNOWN:
            self._unknown = True
            self.left.append(line.words)
        else:
            self.left.append(f"{name} could not be undone: {line.words}")

    async def _settle_undoing(self, number: int, step: RunbookStep) -> JournalLine | None:
        """Find out whether an interrupted rollback of a step was done. None: it was not."""
        name = self._name(number)
        self.reasons.append(f"nobody saw the undoing of {name} end, since its worker was lost")
        why = "it has no check of its own"
        if step.check:
            result = await self._check(f"the check of {name}", step.check)
            if result.as_check is CheckResult.PASSED:
                self.reasons.append(f"{name} had not been undone, so its undoing is run again")
                return None
            if result.as_check is CheckResult.FAILED:
                words = f"{name} had been undone"
                return await self._ended(number, True, StepState.DONE, words)
            why = f"its check {result.words}"
        words = f"nobody knows whether {name} was undone: {why}"
        return await self._ended(number, True, StepState.UNKNOWN, words)

    def _stays(self, done: JournalLine, name: str) -> None:
        if done.state is StepState.UNKNOWN:
            self.left.append(done.words)
        else:
            self.reasons.append(f"{name} has no undo: it stays as it is")

    async def _check(self, name: str, check: Work) -> WorkResult:
        result = await self._do(name, "check", check, self._runbook.check_within)
        self.reasons.append(f"{name} {result.words}")
        return result

    async def _do(self, name: str, key: str, work: Work, within: timedelta) -> WorkResult:
        """Do one piece of work, and record how it ended."""
        self.doing = what = f"{name}: {in_words(work)}"
        try:
            result = await self._do_work(key, work, within)
        except asyncio.CancelledError:
            self.reasons.append(f"{name} was cancelled")
            self.results.append(StepResult(what=what, outcome=StepOutcome.CANCELLED))
            raise
        self.results.append(
            StepResult(
                what=what, outcome=result.outcome, exit_code=result.exit_code, output=result.output
            )
        )
        return result

    async def _ended(self, number: int, undoing: bool, state: StepState, words: str) -> JournalLine:
        result = None if state is StepState.UNKNOWN or not self.results else self.results[-1]
        line = JournalLine(number, undoing, state, words, result)
        self._lines[number, undoing] = line
        self.reasons.append(words)
        self._unwritten = line
        await self._journal.ended(line)
        self._unwritten = None
        return line

    def _name(self, number: int) -> str:
        return f"step {number} of {len(self._runbook.steps)}"


def in_words(work: Work) -> str:
    """A piece of work as shown to people: a command line, or method and URL."""
    if work.http:
        return f"{work.http.method} {work.http.url}"
    return shlex.join(work.run or ())
