"""The issue_resolved and follow_up boxes: the evidence that machines can give."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio import activity

from activities.heartbeat import BEAT_EVERY, heartbeats
from activities.requests import EvidenceRequest, Gathered, Look
from standfast.decisions.follow_up import plans_for
from standfast.incidents.observation import Observation
from standfast.incidents.resolution import BY_MACHINES, Evidence, EvidenceKind, Plans
from standfast.logs.windows import Incident
from standfast.policy.log_sources import LogSource
from standfast.policy.system_tests import SystemTest

if TYPE_CHECKING:
    from standfast.policy_file.source import PolicySource

RunTest = Callable[[SystemTest, Path, tuple[str, ...]], Awaitable[Observation]]
"""Runs a test, from the directory of the policy file, of hosts that may be reached."""

SearchLogs = Callable[
    [Sequence[LogSource], str, Incident, Path, Sequence[str]],
    Awaitable[Sequence[tuple[str, Observation]]],
]
"""Searches logs for an error message, in the times of an incident; the rest as for `RunTest`."""


class VerificationActivities:
    """Looks at the services that the policy describes, as it is in force now."""

    def __init__(
        self,
        policy: "PolicySource",
        run_test: RunTest,
        search_logs: SearchLogs,
        *,
        beat_every: timedelta = BEAT_EVERY,
    ) -> None:
        self._policy = policy
        self._run_test = run_test
        self._search_logs = search_logs
        self._beat_every = beat_every

    @activity.defn
    async def gather_evidence(self, request: EvidenceRequest) -> Gathered:
        """What the policy wants of machines now, one piece for each test and log of the service.

        Relative paths start in the directory of the policy file, as those of runbooks do.
        """
        policy, report = self._policy.current(), request.report
        plans = plans_for(policy, report)
        service, kinds = policy.services.get(report.service), _wanted(plans, request.look)
        if service is None or not kinds:
            return Gathered(plans=plans)
        tests = service.tests if EvidenceKind.SYSTEM_TESTS in kinds else ()
        logs = service.logs if EvidenceKind.LOG_ANALYSIS in kinds else ()
        beside_policy, hosts = self._policy.path.absolute().parent, policy.hosts
        times = Incident.between(
            request.began_at or request.fixed_at, request.fixed_at, datetime.now(UTC)
        )
        async with heartbeats(every=self._beat_every):
            tested, searched = await asyncio.gather(
                asyncio.gather(*(self._run_test(test, beside_policy, hosts) for test in tests)),
                self._search_logs(logs, report.error_message, times, beside_policy, hosts),
            )
        # By the server's clock, as is the moment of the fix that it is compared with.
        at = activity.info().current_attempt_scheduled_time
        named = zip((test.name for test in tests), tested, strict=True)
        return Gathered(
            plans=plans,
            evidence=(
                *(_evidence(EvidenceKind.SYSTEM_TESTS, name, seen, at) for name, seen in named),
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


def _evidence(kind: EvidenceKind, source: str, seen: Observation, at: datetime) -> Evidence:
    return Evidence(kind=kind, source=source, says=seen.says, detail=seen.detail, at=at)
