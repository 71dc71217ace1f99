"""Repairs a stuck run. That of an incident is reset to before the fault, and later signals and
updates are reapplied; that of a review is ended, and another goes on from what is on record.
"""

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
from standfast.incidents.finding import LONGEST
from standfast.incidents.ids import episode_reviewed, incident_of_workflow, is_incident_id
from standfast.incidents.repair import Repaired
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.records.repairs import Begun
from standfast.records.store import RecordStore

WATCHDOG = "watchdog"
"""The actor of automatic repairs."""


class Diagnosis(NamedTuple):
    """Where a run's history and this code differ. `ours`: this code completed that task itself."""

    workflow_id: str
    episode: int
    run_id: str
    events: int
    fault: Fault
    ours: bool

    @property
    def is_review(self) -> bool:
        """Whether it is of a review, and not of the incident itself."""
        return not is_incident_id(self.workflow_id)

    @property
    def incident_id(self) -> str:
        """The incident that it is of, itself or by its review."""
        return incident_of_workflow(self.workflow_id) or self.workflow_id

    @property
    def key(self) -> str:
        """Identifies the repair: the same whoever does it."""
        return f"{self.run_id}:{self.fault.event_id}"


class Repairer:
    """Finds where a run's history and this code differ, and has it go on."""

    def __init__(
        self, client: Client, records: RecordStore, replayer: Replayer, code: str, built_by: BuiltBy
    ) -> None:
        """`code`: the id of the code that `replayer` runs; `built_by` reads it from a history."""
        self._client = client
        self._records = records
        self._replayer = replayer
        self._code = code
        self._built_by = built_by

    async def begin_again(self, incident_id: str, episode: int) -> bool:
        """Have a run begin for a review that has none, with what is on record; False where that
        has changed meanwhile.
        """
        review = await asyncio.to_thread(self._records.reviews.get, incident_id, episode)
        if review is None:
            return False
        newer = review.model_copy(update={"revision": review.revision + 1})
        return await asyncio.to_thread(self._records.reviews.begin_again, newer)

    async def diagnose(self, workflow_id: str, run_id: str | None = None) -> Diagnosis | None:
        """Where the history of an open incident or review and this code differ; None when it
        replays.

        Raises:
            NoSuchIncident: Temporal does not know it.
            Refused: it is not open.
            DoesNotReplay: the code fails on its history for another reason.
        """
        run = await self._described(workflow_id, run_id)
        if run.status is not WorkflowExecutionStatus.RUNNING:
            raise Refused(f"{workflow_id} is not open: there is nothing to repair")
        handle = self._client.get_workflow_handle(workflow_id, run_id=run.run_id)
        history = await handle.fetch_history()
        fault = await fault_of(self._replayer, history, self._built_by)
        if fault is None:
            return None
        return Diagnosis(
            workflow_id=workflow_id,
            episode=episode_reviewed(workflow_id)
            or run.typed_search_attributes.get(names.EPISODE)
            or 1,
            run_id=run.run_id,
            events=len(history.events),
            fault=fault,
            ours=bool(fault.code) and fault.code == self._code,
        )

    async def repair(self, found: Diagnosis, by: str = WATCHDOG) -> Begun:
        """Have the run go on, unless another repair runs.

        The watchdog repairs an episode only so often; people may do it without limit.
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
        run = await self._described(found.workflow_id, found.run_id)
        if run.status is not WorkflowExecutionStatus.RUNNING:
            # Another worker did it and died before it could record that.
            return (await self._described(found.workflow_id)).run_id
        if found.is_review:
            await self._begin_again_after(found, by)
            return f"after {found.run_id}"
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
                workflow_execution=Execution(workflow_id=found.workflow_id, run_id=found.run_id),
                reason=f"replay differs from the history ({by})",
                workflow_task_finish_event_id=found.fault.event_id,
                request_id=found.key,
            ),
            timeout=RPC_LIMIT,
        )
        return answer.run_id

    async def _begin_again_after(self, found: Diagnosis, by: str) -> None:
        """End the run of a review and have another begin. A reset run would write what is older
        than the record, which refuses that.
        """
        await self.begin_again(found.incident_id, found.episode)
        handle = self._client.get_workflow_handle(found.workflow_id, run_id=found.run_id)
        reason = f"it was stuck, and begins again from the record ({by}): {found.fault.why}"
        await handle.terminate(reason=reason[:LONGEST], rpc_timeout=RPC_LIMIT)

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

    async def _described(self, workflow_id: str, run_id: str | None = None) -> WorkflowExecution:
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        try:
            return await handle.describe(rpc_timeout=RPC_LIMIT)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                noun = "incident" if is_incident_id(workflow_id) else "review"
                raise NoSuchIncident(f"there is no open {noun} {workflow_id}") from None
            raise


__all__ = ["WATCHDOG", "Diagnosis", "DoesNotReplay", "Repairer"]
