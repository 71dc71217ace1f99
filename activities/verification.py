"""The issue_resolved and follow_up boxes: the evidence that machines can give."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio import activity

from activities.heartbeat import BEAT_EVERY, heartbeats
from activities.requests import EvidenceRequest, Gathered, Look
from standfast.decisions.follow_up import plans_for
from standfast.incidents.observation import Observation
from standfast.incidents.resolution import BY_MACHINES, Evidence, EvidenceKind, Plans
from standfast.logs import searching
from standfast.policy.services import Service
from standfast.policy_file.source import PolicySource
from standfast.probes import system_tests


class VerificationActivities:
    """Looks at the services that the policy describes, as it is in force now."""

    def __init__(self, policy: PolicySource, *, beat_every: timedelta = BEAT_EVERY) -> None:
        self._policy = policy
        self._beat_every = beat_every

    @activity.defn
    async def gather_evidence(self, request: EvidenceRequest) -> Gathered:
        """What the policy wants of machines now, one piece for each test and log of the service.

        Relative paths start in the directory of the policy file, as those of runbooks do.
        """
        policy = self._policy.current()
        plans = plans_for(policy, request.report)
        service, kinds = policy.services.get(request.report.service), _wanted(plans, request.look)
        if service is None or not kinds:
            return Gathered(plans=plans)
        beside_policy = self._policy.path.absolute().parent
        async with heartbeats(every=self._beat_every):
            tested, searched = await asyncio.gather(
                _run_tests(service, kinds, beside_policy, policy.hosts),
                _search_logs(service, kinds, request, beside_policy, policy.hosts),
            )
        at = activity.info().current_attempt_scheduled_time
        return Gathered(
            plans=plans,
            evidence=(
                *(_evidence(EvidenceKind.SYSTEM_TESTS, name, seen, at) for name, seen in tested),
                *(_evidence(EvidenceKind.LOG_ANALYSIS, name, seen, at) for name, seen in searched),
            ),
        )


def _wanted(plans: Plans, look: Look) -> tuple[EvidenceKind, ...]:
    by_look = {
        Look.VERIFICATION: plans.verification.needs,
        Look.SILENCE: plans.verification.at_silence,
        Look.WATCH: BY_MACHINES if plans.follow_up.probes else (),
    }
    return tuple(kind for kind in by_look[look] if kind in BY_MACHINES)


async def _run_tests(
    service: Service, kinds: Sequence[EvidenceKind], directory: Path, hosts: tuple[str, ...]
) -> list[tuple[str, Observation]]:
    if EvidenceKind.SYSTEM_TESTS not in kinds:
        return []
    tests = (system_tests.run(test, directory, hosts) for test in service.tests)
    seen = await asyncio.gather(*tests)
    return [(test.name, what) for test, what in zip(service.tests, seen, strict=True)]


async def _search_logs(
    service: Service,
    kinds: Sequence[EvidenceKind],
    request: EvidenceRequest,
    directory: Path,
    hosts: Sequence[str],
) -> list[tuple[str, Observation]]:
    if EvidenceKind.LOG_ANALYSIS not in kinds:
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
