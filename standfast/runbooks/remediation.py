"""Runs the runbook that fits an incident, proves that it helped, or undoes it.

The policy's guards are asked first, in one transaction with the admission, so that they hold over
all incidents and workers. An admitted run holds its target by a lease that it renews; every step's
intention is in the journal before it begins. What an attempt after a crash then does, and what it
never does, is in `executor.py`.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from standfast.decisions import automation, guards
from standfast.decisions.guards import PastRun
from standfast.incidents.resolution import (
    RemediationOutcome,
    RemediationRequest,
    RemediationResult,
)
from standfast.outgoing.secrets import NoSuchSecret
from standfast.policy import Policy
from standfast.policy.runbooks import Runbook
from standfast.policy_file.source import PolicySource
from standfast.programs.running import to_completion
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
from standfast.runbooks.cancellation import Cancellation
from standfast.runbooks.environment import ExecutionEnvironment, secrets_of
from standfast.runbooks.executor import WITHDRAWN, RunbookExecutor
from standfast.runbooks.lease import LEASE, TargetLease


class Remediation:
    """Runs runbooks for a worker; `attempt` makes one attempt at a request."""

    def __init__(
        self,
        policy: PolicySource,
        records: RecordStore,
        directories: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        lease: timedelta = LEASE,
    ) -> None:
        """Take where each run gets a directory of its own, and where secrets are looked up."""
        self.policy = policy
        self.remediations = records.remediations
        self.directories = directories
        self.environment = environment
        self.lease = lease

    def attempt(
        self, request: RemediationRequest, *, first: bool, cancelled_by: Callable[[], Cancellation]
    ) -> "Attempt":
        """One attempt at a request; `cancelled_by` is asked when it has been cancelled."""
        return Attempt(self, request, first, cancelled_by)


class Attempt:
    """One attempt at a request, the first or a later one. `doing` says in words how far it is."""

    def __init__(
        self,
        remediation: Remediation,
        request: RemediationRequest,
        first: bool,
        cancelled_by: Callable[[], Cancellation],
    ) -> None:
        self._policy = remediation.policy.current()
        self._beside_policy = remediation.policy.path.absolute().parent
        self._remediations = remediation.remediations
        self._directories = remediation.directories
        self._environment = remediation.environment
        self._lease = remediation.lease
        self._request = request
        self._first = first
        self._cancelled_by = cancelled_by
        self._executor: RunbookExecutor | None = None

    @property
    def doing(self) -> str:
        return self._executor.doing if self._executor else "waits for its target"

    async def run(self) -> RemediationResult:
        """Run the runbook; "yes" only when its check passes. A failed one is an answer, no error.

        Raises:
            LeaseLost, RecordsUnavailable, NoSuchSecret: another attempt may succeed.
        """
        admission = await self._admission()
        if isinstance(admission, Denied):
            return _refused(self._request, self._policy, admission.reason)
        if isinstance(admission, AlreadyFinished):
            return _as_it_ended(self._request, self._policy, admission)
        return await self._run(admission, TargetLease(self._remediations, admission, self._lease))

    async def _admission(self) -> Granted | Denied | AlreadyFinished:
        """Ask the guards, or continue what an earlier attempt has begun."""
        try:
            unrenewed = None
            while True:
                admission = await to_completion(asyncio.to_thread(self._admit, unrenewed))
                if not isinstance(admission, TargetBusy):
                    return admission
                await asyncio.sleep(admission.wait.total_seconds() + 0.01)
                unrenewed = admission.until if admission.wait >= self._lease else None
        except RecordsUnavailable as away:
            if self._first:
                return Denied(f"the guards cannot be asked: {away}")
            raise

    def _admit(self, unrenewed: datetime | None) -> Granted | Denied | TargetBusy | AlreadyFinished:
        request, policy = self._request, self._policy
        known = self._remediations.take_over(request.key, self._lease, unrenewed)
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

    async def _run(self, admitted: Granted, lease: TargetLease) -> RemediationResult:
        """Run what earlier attempts have left of the runbook."""
        request, policy = self._request, self._policy
        runbook = Runbook.model_validate_json(admitted.plan)
        try:
            secrets = secrets_of(runbook, self._environment)
        except NoSuchSecret:
            await lease.release()
            raise
        environment = ExecutionEnvironment(
            runbook,
            incident_id=request.incident_id,
            key=request.key,
            service=request.service if request.service in policy.services else "",
            secrets=secrets,
            hosts=policy.hosts,
            programs=self._beside_policy,
        )
        executor = self._executor = RunbookExecutor(
            runbook, environment.do_work, lease, admitted.lines, admitted.undoing_because
        )
        async with lease.renewed():
            with environment.open(self._directories):
                try:
                    if request.withdrawn:
                        await to_completion(executor.roll_back(WITHDRAWN))
                    outcome = await executor.run()
                except asyncio.CancelledError:
                    cancelled_by = self._cancelled_by()
                    if cancelled_by is Cancellation.HANDED_OVER:
                        await lease.release()
                    if cancelled_by is not Cancellation.WITHDRAWN:
                        raise
                    await to_completion(executor.roll_back(WITHDRAWN))
                    outcome = await executor.run()
        result = RemediationResult(
            answer="yes" if outcome is RemediationOutcome.SUCCEEDED else "no",
            reasons=tuple(executor.reasons),
            policy_version=policy.version,
            runbook=request.runbook,
            target=admitted.target,
            outcome=outcome,
            steps=tuple(executor.results),
            rolled_back=executor.rolled_back,
            left=tuple(executor.left),
        )
        await to_completion(lease.finish(outcome, result.model_dump_json()))
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
    """The result of an earlier attempt that Temporal did not get, or what is known without it."""
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
