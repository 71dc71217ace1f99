"""Automated resolution: run the runbook that fits, prove that it helped, or undo it.

The policy's guards are asked first, in one transaction with the admission, so that they hold over
all incidents and workers. An admitted run holds its target by a lease that it renews; every step's
intention is in the journal before it begins. What an attempt after a crash then does, and what it
never does, is in `activities.runbooks.walk`.

Cancelled, an attempt ends its running command, and then:

- the incident was withdrawn: the started steps are undone, and the result says what is left;
- the worker shuts down, or an operator pauses the activity: the rest is the next attempt's, which
  goes on by the journal;
- Temporal has given the attempt up, or the lease is lost: it touches nothing more, for another one
  may be at work.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import BEAT_EVERY, heartbeats
from activities.requests import RemediationRequest
from standfast.decisions import automation, guards
from standfast.decisions.guards import PastRun
from standfast.incidents.resolution import RemediationOutcome, RemediationResult
from standfast.outgoing.secrets import NoSuchSecret
from standfast.policy import Policy
from standfast.policy.runbooks import Runbook
from standfast.policy_file.source import PolicySource
from standfast.programs.running import unbroken
from standfast.records.errors import RecordsUnavailable
from standfast.records.remediation import (
    AlreadyFinished,
    Denied,
    Granted,
    RunRequest,
    StepState,
    TargetBusy,
)
from standfast.records.store import RecordStore
from standfast.runbooks.environment import ExecutionEnvironment, secrets_of
from standfast.runbooks.executor import WITHDRAWN, RunbookExecutor
from standfast.runbooks.lease import LEASE, LeaseLost, TargetLease


class RemediationActivities:
    """The box `automated_resolution`."""

    def __init__(
        self,
        policy: PolicySource,
        records: RecordStore,
        workplaces: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        beat_every: timedelta = BEAT_EVERY,
        lease: timedelta = LEASE,
    ) -> None:
        """Take where each run gets a directory of its own, and where secrets are looked up."""
        self._policy = policy
        self._remediations = records.remediations
        self._workplaces = workplaces
        self._environment = environment
        self._beat_every = beat_every
        self._lease = lease

    @activity.defn
    async def remediate(self, request: RemediationRequest) -> RemediationResult:
        """Run a runbook; "yes" only when its check passes. A failed one is an answer, no error.

        Fails with LeaseLost, RecordsUnavailable and NoSuchSecret, to be tried again.
        """
        policy = self._policy.current()
        doing: list[Callable[[], str]] = [lambda: "waits for its target"]
        async with heartbeats(lambda: doing[-1](), self._beat_every):
            admission = await self._admission(policy, request)
            if isinstance(admission, Denied):
                return _refused(request, policy, admission.reason)
            if isinstance(admission, AlreadyFinished):
                return _as_it_ended(request, policy, admission)
            hold = TargetLease(self._remediations, admission, self._lease)
            try:
                return await self._run(policy, request, admission, hold, doing.append)
            except LeaseLost as lost:
                raise ApplicationError(str(lost), type="LeaseLost") from None

    async def _admission(
        self, policy: Policy, request: RemediationRequest
    ) -> Granted | Denied | AlreadyFinished:
        """Ask the guards, or go on with what an earlier attempt has begun."""
        try:
            while True:
                admission = await unbroken(asyncio.to_thread(self._admit, policy, request))
                if not isinstance(admission, TargetBusy):
                    return admission
                await asyncio.sleep(admission.wait.total_seconds() + 0.01)
        except RecordsUnavailable as away:
            if activity.info().attempt == 1:
                return Denied(f"the guards cannot be asked: {away}")
            raise ApplicationError(str(away), type="RecordsUnavailable") from None

    def _admit(
        self, policy: Policy, request: RemediationRequest
    ) -> Granted | Denied | TargetBusy | AlreadyFinished:
        known = self._remediations.take_over(request.key, self._lease)
        if known is not None:
            return known
        if request.withdrawn:
            return Denied("the incident was withdrawn before anything had run")
        plan = automation.plan(policy, request)
        if isinstance(plan, automation.NotPlanned):
            return Denied(plan.reason)
        try:
            secrets_of(plan.runbook, self._environment)
        except NoSuchSecret as missing:
            return Denied(f"{request.runbook} cannot run here: {missing}")

        def guarded(past: Sequence[PastRun], now: datetime) -> str | None:
            return guards.held_back(
                policy.guards, runbook=request.runbook, target=plan.target, past=past, now=now
            )

        wanted = RunRequest(
            key=request.key,
            incident_id=request.incident_id,
            runbook=request.runbook,
            target=plan.target,
            plan=plan.runbook.model_dump_json(),
        )
        return self._remediations.admit(wanted, guarded, policy.guards.remember, self._lease)

    async def _run(
        self,
        policy: Policy,
        request: RemediationRequest,
        admitted: Granted,
        hold: TargetLease,
        tell: Callable[[Callable[[], str]], None],
    ) -> RemediationResult:
        """Walk the runbook to its end, from where earlier attempts have left it."""
        runbook = Runbook.model_validate_json(admitted.plan)
        try:
            secrets = secrets_of(runbook, self._environment)
        except NoSuchSecret as missing:
            await hold.release()
            raise ApplicationError(str(missing), type="NoSuchSecret") from None
        shop = ExecutionEnvironment(
            runbook,
            incident_id=request.incident_id,
            key=request.key,
            service=request.service if request.service in policy.services else "",
            secrets=secrets,
            hosts=policy.hosts,
            programs=self._policy.path.absolute().parent,
        )
        walk = RunbookExecutor(
            runbook, shop.carry_out, hold, admitted.lines, admitted.undoing_because
        )
        tell(lambda: walk.doing)
        async with hold.kept():
            with shop.opened(self._workplaces):
                try:
                    if request.withdrawn:
                        await unbroken(walk.back(WITHDRAWN))
                    outcome = await walk.to_its_end()
                except asyncio.CancelledError:
                    if not _is_withdrawn():
                        if not _is_given_up():
                            await hold.release()
                        raise
                    await unbroken(walk.back(WITHDRAWN))
                    outcome = await walk.to_its_end()
        result = RemediationResult(
            answer="yes" if outcome is RemediationOutcome.SUCCEEDED else "no",
            reasons=tuple(walk.reasons),
            policy_version=policy.version,
            runbook=request.runbook,
            target=admitted.target,
            outcome=outcome,
            steps=tuple(walk.results),
            rolled_back=walk.rolled_back,
            left=tuple(walk.left),
        )
        await unbroken(hold.finish(outcome, result.model_dump_json()))
        return result


def _refused(request: RemediationRequest, policy: Policy, reason: str) -> RemediationResult:
    return RemediationResult(
        answer="no",
        reasons=(reason,),
        policy_version=policy.version,
        runbook=request.runbook,
        outcome=RemediationOutcome.REFUSED,
    )


def _as_it_ended(
    request: RemediationRequest, policy: Policy, ended: AlreadyFinished
) -> RemediationResult:
    """The result that an earlier attempt could not hand over, or what is known without it."""
    if ended.result is not None:
        return RemediationResult.model_validate_json(ended.result)
    open_ends = [line for line in ended.lines if line.state is StepState.INTENDED]
    words = [
        f"nobody knows whether {'undoing ' if line.undoing else ''}step {line.number} was done"
        for line in open_ends
    ]
    reason = f"{request.runbook} was given up half way: no worker went on with it in time"
    return RemediationResult(
        answer="no",
        reasons=(reason, *(line.words for line in ended.lines if line.words)),
        policy_version=policy.version,
        runbook=request.runbook,
        outcome=RemediationOutcome.UNKNOWN,
        left=(reason, *words),
    )


def _is_withdrawn() -> bool:
    """Has the workflow cancelled it, and still listens?"""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested and not _is_given_up()


def _is_given_up() -> bool:
    """Has Temporal let go of this attempt, so that another one may be at work?"""
    details = activity.cancellation_details()
    return details is not None and (details.not_found or details.timed_out or details.reset)
