"""Repairs a stuck run: resets it to before the fault. Later signals and updates are reapplied."""

import asyncio
from typing import NamedTuple

from temporalio.api.common.v1 import Payloads
from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.workflowservice.v1 import (
    ResetWorkflowExecutionRequest,
    SignalWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.converter import WorkflowSerializationContext
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from standfast.health.fault import BuiltBy, DoesNotReplay, Fault, fault_of
from standfast.health.limits import REPAIR_LEASE, REPAIRS_BY_ITSELF, RPC_LIMIT
from standfast.incidents import names
from standfast.incidents.repair import Repaired
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.records.repairs import Begun
from standfast.records.store import RecordStore

WATCHDOG = "watchdog"
"""The actor of automatic repairs."""


class Diagnosis(NamedTuple):
    """Where a run's history and this code differ. `ours`: this code completed that task itself."""

    incident_id: str
    episode: int
    run_id: str
    events: int
    fault: Fault
    ours: bool

    @property
    def key(self) -> str:
        """Identifies the repair: the same whoever does it."""
        return f"{self.run_id}:{self.fault.event_id}"


class Repairer:
    """Finds where a run's history and this code differ, and resets the run to before that."""

    def __init__(
        self, client: Client, records: RecordStore, replayer: Replayer, code: str, built_by: BuiltBy
    ) -> None:
        """`code`: the id of the code that `replayer` runs; `built_by` reads it from a history."""
        self._client = client
        self._records = records
        self._replayer = replayer
        self._code = code
        self._built_by = built_by

    async def diagnose(self, incident_id: str, run_id: str | None = None) -> Diagnosis | None:
        """Where an open incident's history and this code differ; None when it replays.

        Raises:
            NoSuchIncident: Temporal does not know it.
            Refused: it is not open.
            DoesNotReplay: the code fails on its history for another reason.
        """
        handle = self._client.get_workflow_handle(incident_id, run_id=run_id)
        run = await self._described(incident_id, run_id)
        if run.status is not WorkflowExecutionStatus.RUNNING:
            raise Refused(f"{incident_id} is not open: there is nothing to repair")
        handle = self._client.get_workflow_handle(incident_id, run_id=run.run_id)
        history = await handle.fetch_history()
        fault = await fault_of(self._replayer, history, self._built_by)
        if fault is None:
            return None
        return Diagnosis(
            incident_id=incident_id,
            episode=run.typed_search_attributes.get(names.EPISODE) or 1,
            run_id=run.run_id,
            events=len(history.events),
            fault=fault,
            ours=bool(fault.code) and fault.code == self._code,
        )

    async def repair(self, found: Diagnosis, by: str = WATCHDOG) -> Begun:
        """Reset the run to before its fault, unless another repair runs, and record it there.

        The watchdog resets an episode only so often; people may do it without limit.
        """
        most = REPAIRS_BY_ITSELF if by == WATCHDOG else None
        begun = await asyncio.to_thread(
            self._records.repairs.begin,
            found.key,
            found.incident_id,
            found.episode,
            by,
            REPAIR_LEASE,
            most,
        )
        if begun is not Begun.YES:
            return begun
        try:
            new_run = await self._reset(found, by)
        except BaseException:
            await asyncio.to_thread(self._records.repairs.failed, found.key)
            raise
        await asyncio.to_thread(self._records.repairs.done, found.key, new_run)
        return begun

    async def _reset(self, found: Diagnosis, by: str) -> str:
        run = await self._described(found.incident_id, found.run_id)
        if run.status is not WorkflowExecutionStatus.RUNNING:
            # Another worker reset it and died before it could record that.
            return (await self._described(found.incident_id)).run_id
        detail = (
            f"its workflow task failed again and again: {found.fault.why}. Run {found.run_id} was "
            f"reset to event {found.fault.event_id} of {found.events}; what people and systems "
            "said since then was applied again"
        )
        # Signalled before the reset, which reapplies it with the other signals: so the note cannot
        # be lost.
        await self._note(found, Repaired(by=by, detail=detail))
        answer = await self._client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self._client.namespace,
                workflow_execution=Execution(workflow_id=found.incident_id, run_id=found.run_id),
                reason=f"replay differs from the history ({by})",
                workflow_task_finish_event_id=found.fault.event_id,
                request_id=found.key,
            ),
            timeout=RPC_LIMIT,
        )
        return answer.run_id

    async def _note(self, found: Diagnosis, note: Repaired) -> None:
        """Signal it to the run, once, however often the reset is tried."""
        converter = self._client.data_converter.with_context(
            WorkflowSerializationContext(self._client.namespace, found.incident_id)
        )
        await self._client.workflow_service.signal_workflow_execution(
            SignalWorkflowExecutionRequest(
                namespace=self._client.namespace,
                workflow_execution=Execution(workflow_id=found.incident_id, run_id=found.run_id),
                signal_name=names.REPAIRED,
                input=Payloads(payloads=await converter.encode([note])),
                request_id=found.key,
            ),
            timeout=RPC_LIMIT,
        )

    async def _described(self, incident_id: str, run_id: str | None = None) -> WorkflowExecution:
        handle = self._client.get_workflow_handle(incident_id, run_id=run_id)
        try:
            return await handle.describe(rpc_timeout=RPC_LIMIT)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NoSuchIncident(f"there is no open incident {incident_id}") from None
            raise


__all__ = ["WATCHDOG", "Diagnosis", "DoesNotReplay", "Repairer"]
