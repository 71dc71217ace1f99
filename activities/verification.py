"""The issue_resolved box: which evidence is needed, gathering it, and weighing it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio import activity

from activities.heartbeat import BEAT_EVERY, heartbeats
from activities.logs import searching
from activities.policy_source import PolicySource
from activities.probes import system_tests
from activities.probes.observation import Observation
from activities.requests import EvidenceRequest, VerificationRequest, WeighRequest
from incidents.decisions import verification as decisions
from incidents.policy.services import Service
from incidents.resolution import Evidence, EvidenceKind, Verification, VerificationPlan


class VerificationActivities:
    """Decides by the policy that is in force now, and looks at the services it describes."""

    def __init__(self, policy: PolicySource, *, beat_every: timedelta = BEAT_EVERY) -> None:
        self._policy = policy
        self._beat_every = beat_every

    @activity.defn
    def plan_verification(self, request: VerificationRequest) -> VerificationPlan:
        """The evidence that this incident needs and can have."""
        return decisions.plan(self._policy.current(), request.report)

    @activity.defn
    async def gather_evidence(self, request: EvidenceRequest) -> list[Evidence]:
        """One piece of evidence for each of the service's tests and log files.

        A kind that the service does not offer, or that machines cannot give, yields none. Relative
        paths start in the directory of the policy file, as those of runbooks do.
        """
        policy = self._policy.current()
        service, hosts = policy.services.get(request.report.service), policy.hosts
        if service is None:
            return []
        beside_policy = self._policy.path.absolute().parent
        async with heartbeats(every=self._beat_every):
            tested, searched = await asyncio.gather(
                _run_tests(service, request, beside_policy, policy.hosts),
                _search_logs(service, request, beside_policy, hosts),
            )
        at = activity.info().current_attempt_scheduled_time
        return [
            *(_evidence(EvidenceKind.SYSTEM_TESTS, name, seen, at) for name, seen in tested),
            *(_evidence(EvidenceKind.LOG_ANALYSIS, name, seen, at) for name, seen in searched),
        ]

    @activity.defn
    def weigh(self, request: WeighRequest) -> Verification:
        """One verdict from all the evidence."""
        return decisions.weigh(
            self._policy.current().version,
            evidence=request.evidence,
            needs=request.needs,
            silent=request.silent,
            silence_means=request.silence_means,
        )


async def _run_tests(
    service: Service, request: EvidenceRequest, directory: Path, hosts: tuple[str, ...]
) -> list[tuple[str, Observation]]:
    if EvidenceKind.SYSTEM_TESTS not in request.needs:
        return []
    tests = (system_tests.run(test, directory, hosts) for test in service.tests)
    seen = await asyncio.gather(*tests)
    return [(test.name, what) for test, what in zip(service.tests, seen, strict=True)]


async def _search_logs(
    service: Service, request: EvidenceRequest, directory: Path, hosts: Sequence[str]
) -> list[tuple[str, Observation]]:
    if EvidenceKind.LOG_ANALYSIS not in request.needs:
        return []
    incident = searching.incident_of(
        request.began_at or request.fixed_at, request.fixed_at, datetime.now(UTC)
    )
    error = request.report.error_message
    found = await searching.search(service.logs, error, incident, directory, hosts)
    return [(source, seen) for source, seen in found]


def _evidence(kind: EvidenceKind, source: str, seen: Observation, at: datetime) -> Evidence:
    """`at` is by the server's clock, as is the moment of the fix that it is compared with."""
    return Evidence(kind=kind, source=source, says=seen.says, detail=seen.detail, at=at)
