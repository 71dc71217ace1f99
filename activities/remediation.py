"""Automated resolution: run the runbook that fits, prove that it helped, or undo it.

What a runbook may rely on:

- Its commands are argument lists. `{service}`, `{incident}` and `{key}` are replaced inside their
  argument; no shell sees them, and no text of a reporter gets in.
- They run in the directory of the policy file, so that programs shipped beside it are named by a
  relative path: `runbooks/restart.sh`.
- Their environment is PATH, HOME, LANG, TZ and TMPDIR of the worker, and STANDFAST_INCIDENT,
  STANDFAST_SERVICE (empty when the report names none of the catalogue) and STANDFAST_KEY, which is
  the same for every attempt at the same remediation: a step that reaches an outside system passes
  it on, so that twice is once.
- What a command leaves running is ended with it. What is to stay is started by a service manager.
- `check` exits with 0 when the incident is resolved and with 1 to 125 when it is not. Anything
  else (126, 127, 128 + signal, out of time, not started) settles nothing and counts as no success.

When a step fails or is out of time, or the check does not pass, the `undo` of every step that was
started, the failed one included since it may be half done, runs once, in reverse order.

An attempt after the first does not know what the earlier one did (its worker died, which ended its
commands). So the check comes first: passed, nothing runs; not resolved, the runbook runs from its
first step; unsettled, nothing runs.

Cancelled by the workflow, or by a worker that shuts down and has waited out its grace: the running
command is ended, the started steps are undone, and only then the cancellation goes on. Temporal
retries after a shutdown, and finds all undone. The exception is an attempt that Temporal has given
up (timed out, or its workflow is gone): it ends its command and undoes nothing, since the next
attempt may be at work already.
"""

import asyncio
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio import activity

from activities.heartbeat import BEAT_EVERY, heartbeats
from activities.policy_source import PolicySource
from activities.requests import RemediationRequest
from incidents.message import words_of
from incidents.policy import Policy
from incidents.policy.runbooks import Runbook, RunbookStep, filled
from incidents.policy.section import Command
from incidents.resolution import RemediationResult, StepOutcome, StepResult
from programs.running import CannotStart, inherited_environment, run_leashed, unbroken

_OUTPUT_LIMIT = 2_000
_LAST_CONCLUSIVE = 125


class RemediationActivities:
    """The box `automated_resolution`."""

    def __init__(self, policy: PolicySource, *, beat_every: timedelta = BEAT_EVERY) -> None:
        self._policy = policy
        self._beat_every = beat_every

    @activity.defn
    async def remediate(self, request: RemediationRequest) -> RemediationResult:
        """Run a runbook; "yes" only when its check passes. A failed one is an answer, no error."""
        policy = self._policy.current()
        runbook = policy.runbooks.get(request.runbook)
        if runbook is None:
            reason = f"the policy has no runbook {request.runbook!r} any more"
            return _refused(request, policy, reason)
        # What stands in a report may be anything; only a name that the catalogue knows goes on.
        service = request.service if request.service in policy.services else None
        try:
            runbook = _filled_in(runbook, _values(request, service))
        except KeyError:
            reason = "the runbook needs a service of the catalogue, and the incident names none"
            return _refused(request, policy, reason)

        run = _Run(runbook, _environment(request, service), self._policy.path.absolute().parent)
        # Undoing, too, beats: it may take longer than the server waits for a lost worker.
        async with heartbeats(lambda: run.doing, self._beat_every):
            try:
                helped = await run.attempt(activity.info().attempt)
            except asyncio.CancelledError:
                if not _given_up():
                    await unbroken(run.undo())
                activity.logger.warning(
                    "runbook %s cancelled: %s", request.runbook, "; ".join(run.reasons)
                )
                raise
        return RemediationResult(
            answer="yes" if helped else "no",
            reasons=tuple(run.reasons),
            policy_version=policy.version,
            runbook=request.runbook,
            steps=tuple(run.results),
            rolled_back=run.rolled_back,
        )


@dataclass(frozen=True)
class _Ended:
    """How one command ended; `words` say so in a sentence that begins with its name."""

    result: StepResult
    words: str
    started: bool = True

    @property
    def succeeded(self) -> bool:
        return self.result.outcome is StepOutcome.SUCCEEDED

    @property
    def says_no(self) -> bool:
        """As the exit code of a check: does it say that the incident is not resolved?"""
        code = self.result.exit_code
        return code is not None and 0 < code <= _LAST_CONCLUSIVE


class _Run:
    """One attempt at a runbook: what has been done so far, and what would undo it."""

    def __init__(self, runbook: Runbook, environment: Mapping[str, str], directory: Path) -> None:
        self._runbook = runbook
        self._environment = environment
        self._directory = directory
        self._to_undo: list[tuple[str, RunbookStep]] = []
        self.doing = ""
        self.results: list[StepResult] = []
        self.reasons: list[str] = []
        self.rolled_back: bool | None = None

    async def attempt(self, number: int) -> bool:
        """Did it help? The number counts from 1."""
        if number > 1:
            before = await self._check(f"the check before attempt {number}")
            if before.succeeded:
                self.reasons.append("an earlier attempt had done it: nothing was run again")
                return True
            if not before.says_no:
                self.reasons.append(
                    "whether an earlier attempt had done it is not known: nothing was run again"
                )
                return False
        if await self._steps() and (await self._check("the check")).succeeded:
            return True
        # Once begun, undoing goes through; a cancellation could ask for no more than that.
        with suppress(asyncio.CancelledError):
            await unbroken(self.undo())
        return False

    async def undo(self) -> None:
        """Undo every step that was started, in reverse order, each once."""
        while self._to_undo:
            name, step = self._to_undo.pop()
            if step.undo is None:
                self.reasons.append(f"{name} has no undo: it stays as it is")
                continue
            ended = await self._run(f"undoing {name}", step.undo, step.within)
            self.rolled_back = ended.succeeded and self.rolled_back is not False

    async def _steps(self) -> bool:
        """Run the steps in order until one does not succeed; did all?"""
        for number, step in enumerate(self._runbook.steps, start=1):
            name = f"step {number} of {len(self._runbook.steps)}"
            self._to_undo.append((name, step))
            ended = await self._run(name, step.run, step.within)
            if not ended.started:
                self._to_undo.pop()
            if not ended.succeeded:
                return False
        return True

    async def _check(self, name: str) -> _Ended:
        return await self._run(name, self._runbook.check, self._runbook.check_within)

    async def _run(self, name: str, command: Command, within: timedelta) -> _Ended:
        """Run one command, and put on record how it ended."""
        self.doing = what = f"{name}: {shlex.join(command)}"
        try:
            ended = await self._how_it_ends(name, what, command, within)
        except asyncio.CancelledError:
            self.reasons.append(f"{name} was cancelled")
            self.results.append(StepResult(what=what, outcome=StepOutcome.CANCELLED))
            raise
        self.reasons.append(ended.words)
        self.results.append(ended.result)
        return ended

    async def _how_it_ends(
        self, name: str, what: str, command: Command, within: timedelta
    ) -> _Ended:
        try:
            ended = await run_leashed(
                command,
                within=within,
                env=self._environment,
                cwd=self._directory,
                output_limit=_OUTPUT_LIMIT,
            )
        except CannotStart as problem:
            failed = StepResult(what=what, outcome=StepOutcome.FAILED, output=problem.reason)
            return _Ended(failed, f"{name} could not be started: {problem.reason}", started=False)
        code = ended.exit_code
        if ended.timed_out:
            outcome, words = StepOutcome.TIMED_OUT, f"was not done within {words_of(within)}"
        elif code is None:
            outcome, words = StepOutcome.FAILED, "was killed from outside; nobody saw its exit code"
        elif code:
            outcome, words = StepOutcome.FAILED, f"failed with exit code {code}"
        else:
            outcome, words = StepOutcome.SUCCEEDED, "succeeded"
        result = StepResult(what=what, outcome=outcome, exit_code=code, output=ended.output)
        return _Ended(result, f"{name} {words}")


def _filled_in(runbook: Runbook, values: Mapping[str, str]) -> Runbook:
    """The runbook with its placeholders replaced; KeyError for one that has no value."""
    steps = tuple(
        step.model_copy(
            update={
                "run": filled(step.run, values),
                "undo": step.undo and filled(step.undo, values),
            }
        )
        for step in runbook.steps
    )
    return runbook.model_copy(update={"steps": steps, "check": filled(runbook.check, values)})


def _values(request: RemediationRequest, service: str | None) -> dict[str, str]:
    """What the placeholders of a runbook's commands stand for."""
    values = {"incident": request.incident_id, "key": request.key}
    return values if service is None else values | {"service": service}


def _environment(request: RemediationRequest, service: str | None) -> dict[str, str]:
    return inherited_environment() | {
        "STANDFAST_INCIDENT": request.incident_id,
        "STANDFAST_SERVICE": service or "",
        "STANDFAST_KEY": request.key,
    }


def _refused(request: RemediationRequest, policy: Policy, reason: str) -> RemediationResult:
    return RemediationResult(
        answer="no", reasons=(reason,), policy_version=policy.version, runbook=request.runbook
    )


def _given_up() -> bool:
    """Has Temporal let go of this attempt, so that another one may be at work?"""
    details = activity.cancellation_details()
    return details is not None and (details.not_found or details.timed_out)
