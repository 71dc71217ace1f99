"""The people of the crash story: they look at their incident and do the next thing, undeterred."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError

from standfast.incidents.actions import ActionResult
from standfast.incidents.flowchart import Box
from standfast.incidents.names import TASK_QUEUE
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.policy import Policy
from standfast.records.store import RecordStore
from tests.durability.cases import EVENT, REPORTER, SAFE_AS_SIGNAL, Case, Step

_LOOKS_AT_ONCE = 4
_ANSWER_WITHIN = 4.0
"""Seconds until people take an action for lost, and look whether it was."""


class People:
    """Everybody, and what they know.

    views: each incident as it was last seen. accepted: what people were told has been done, as
    (incident, event, how many of these it makes).
    """

    def __init__(
        self, client: Client, policy: Policy, records: RecordStore, chance: random.Random
    ) -> None:
        self.views: dict[str, IncidentView] = {}
        self.cases: dict[str, Case] = {}
        self.accepted: set[tuple[str, str, int]] = set()
        self.troubles: Counter[str] = Counter()
        self._client = client
        self._policy = policy
        self._records = records
        self._chance = chance
        self._lookup = Lookup(client, records)
        self._looking = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def live_through(self, case: Case, after: float) -> None:
        """Report an incident after so many seconds, and see it through to its close."""
        await asyncio.sleep(after)
        result = await report_incident(
            self._client,
            Report(reporter=REPORTER, **case.report),
            now=datetime.now(UTC),
            policy=self._policy,
            records=self._records.incidents,
            task_queue=TASK_QUEUE,
        )
        self.cases[result.incident_id] = case
        refused = 0
        while (view := await self._look(result.incident_id)) is None or view.status == "open":
            step = case.next_step(view) if view else None
            if step:
                refused += await self._try(result.incident_id, step, case, refused)
            await asyncio.sleep(self._chance.uniform(0.5, 1.0))

    def where(self) -> str:
        """How many open incidents stand in which box."""
        stages = Counter(view.stage for view in self.views.values() if view.status == "open")
        return ", ".join(f"{stages[box]} in {box}" for box in Box if stages[box]) or "none open"

    async def _look(self, incident_id: str) -> IncidentView | None:
        async with self._looking:
            try:
                found = await self._lookup.find(incident_id)
            except RPCError as away:
                self.troubles[f"look: {type(away).__name__}"] += 1
                return None
        self.views[incident_id] = found.view
        return found.view

    async def _try(self, incident_id: str, step: Step, case: Case, refused: int) -> bool:
        """Send it; whether it was refused. What comes of an unanswered one, the next look tells.

        An unanswered update is sent again under its own id, so that it is done once; after a
        refusal it is another one, for the server would give the old answer.
        """
        handle = self._client.get_workflow_handle(incident_id)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                if case.signals and step.action in SAFE_AS_SIGNAL:
                    await handle.signal(step.action.value, step.payload)
                    return False
                await handle.execute_update(
                    step.action.value,
                    step.payload,
                    id=f"{step.mark}-{refused}",
                    result_type=ActionResult,
                )
        except WorkflowUpdateFailedError:
            self.troubles["act: refused"] += 1
            return True
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as away:
            self.troubles[f"act: {type(away).__name__}"] += 1
            return False
        event = EVENT[step.action]
        self.accepted.add((incident_id, event, int(step.mark.rpartition("-")[2])))
        return False
