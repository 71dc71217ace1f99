"""The state of a run: from its projection if that is current, else by replaying its history.

The history is the source of truth: reading it needs no worker and changes nothing. The projection
in the record store only saves the replay.
"""

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError
from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client

from standfast.incidents.record import IncidentView
from standfast.intake.errors import Unavailable
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.lookup.history_replay import HistoryReader, ReplayResult
    from standfast.records.projections import Projection
    from standfast.records.store import RecordStore

RPC_LIMIT = timedelta(seconds=10)

_PAGE = 20
"""Events to read first from a history's end: nearly always enough to find its last task."""

_MOST_REMEMBERED = 200
"""Replayed views that are cached."""

_STORE_RETRY_AFTER = 5.0
"""Seconds without projections after the store failed: each try may take until its timeout."""


class RunSnapshot(NamedTuple):
    """A run's state after its last task, which started `as_of`; before the first, task is 0."""

    view: IncidentView
    run_id: str
    task: int
    as_of: datetime
    notes: tuple[str, ...] = ()


class _Task(NamedTuple):
    """The last completed workflow task of a run: the event with which it started, and when."""

    started: int
    at: datetime


class RunReader:
    """Reads open incidents, and closed ones that are not on record."""

    def __init__(self, client: Client, records: "RecordStore") -> None:
        self._client = client
        self._records = records
        self._reader: HistoryReader | None = None
        self._replayed: OrderedDict[tuple[str, int], ReplayResult] = OrderedDict()
        self._store_retry_at = 0.0

    async def read(self, incident_id: str, run_id: str) -> RunSnapshot:
        """The run's state as of its last task, or an older one, with a note that says so.

        Raises:
            Unavailable: this version of Standfast cannot replay its history, and there is no
                projection either.
            RPCError: Temporal does not know the run, or is unavailable.
        """
        task = await self._last_task(incident_id, run_id)
        if task is None:
            return await self._from_start_input(incident_id, run_id)
        projection = (await self.projections([incident_id])).get(incident_id)
        if projection and projection.run_id != run_id:
            projection = None
        if projection and projection.task == task.started and projection.as_of >= task.at:
            view = stored_view(projection)
            if view:
                return RunSnapshot(view, run_id, task.started, projection.as_of)
        replayed = await self._replay(incident_id, run_id, task)
        if replayed.view and not replayed.differs:
            return RunSnapshot(replayed.view, run_id, task.started, task.at)
        return self._best_known(incident_id, run_id, task, projection, replayed)

    async def projections(self, incident_ids: list[str]) -> "dict[str, Projection]":
        """Their stored projections; empty while the store is unavailable."""
        if time.monotonic() < self._store_retry_at:
            return {}
        try:
            return await asyncio.to_thread(self._records.projections.of, incident_ids)
        except RecordsUnavailable:
            # Callers replay instead. What only the store has raises its own error.
            self._store_retry_at = time.monotonic() + _STORE_RETRY_AFTER
            return {}

    def _best_known(
        self,
        incident_id: str,
        run_id: str,
        task: _Task,
        projection: "Projection | None",
        replayed: "ReplayResult",
    ) -> RunSnapshot:
        """The best known state of a run whose history this version cannot replay to the end."""
        kept = stored_view(projection) if projection else None
        why = "this version of Standfast cannot replay its history to the end"
        if projection and kept:
            note = f"state of {short(projection.as_of)}: {why}"
            return RunSnapshot(kept, run_id, projection.task, projection.as_of, (note,))
        if replayed.view:
            note = f"state before {short(task.at)}, perhaps long before: {why}"
            return RunSnapshot(replayed.view, run_id, task.started, task.at, (note,))
        raise Unavailable(
            f"{incident_id} cannot be read: {why}; use the version that its worker has"
        )

    async def _replay(self, incident_id: str, run_id: str, task: _Task) -> "ReplayResult":
        key = (run_id, task.started)
        found = self._replayed.get(key)
        if found is None:
            handle = self._client.get_workflow_handle(incident_id, run_id=run_id)
            history = await handle.fetch_history(rpc_timeout=RPC_LIMIT)
            if self._reader is None:
                # Most reads need no replay, and so none of the workflow's code.
                from standfast.lookup.history_replay import HistoryReader

                self._reader = HistoryReader(self._client)
            found = self._replayed[key] = await self._reader.read(history, task.started)
            while len(self._replayed) > _MOST_REMEMBERED:
                self._replayed.popitem(last=False)
        self._replayed.move_to_end(key)
        return found

    async def _last_task(self, incident_id: str, run_id: str) -> _Task | None:
        request = GetWorkflowExecutionHistoryReverseRequest(
            namespace=self._client.namespace,
            execution=Execution(workflow_id=incident_id, run_id=run_id),
            maximum_page_size=_PAGE,
        )
        started = 0
        while True:
            page = await self._client.workflow_service.get_workflow_execution_history_reverse(
                request, retry=True, timeout=RPC_LIMIT
            )
            for event in page.history.events:
                if event.HasField("workflow_task_completed_event_attributes") and not started:
                    started = event.workflow_task_completed_event_attributes.started_event_id
                elif event.event_id == started:
                    return _Task(started, _at(event))
            if not page.next_page_token:
                return None
            request.next_page_token = page.next_page_token
            request.maximum_page_size = 10 * _PAGE

    async def _from_start_input(self, incident_id: str, run_id: str) -> RunSnapshot:
        """A run before its first task, from its start input."""
        from workflows.case import Case
        from workflows.view import taken_up, view_of

        first = await self._client.workflow_service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(
                namespace=self._client.namespace,
                execution=Execution(workflow_id=incident_id, run_id=run_id),
                maximum_page_size=1,
            ),
            retry=True,
            timeout=RPC_LIMIT,
        )
        event = first.history.events[0]
        given = event.workflow_execution_started_event_attributes.input.payloads
        [case] = await self._client.data_converter.decode(given, [Case])
        view = view_of(case.opened(incident_id, _at(event)), taken_up(_at(event)))
        return RunSnapshot(view, run_id, 0, _at(event))


def stored_view(projection: "Projection") -> IncidentView | None:
    """The stored view; None where another version wrote it in a format that we cannot read."""
    try:
        return projection.view
    except ValidationError:
        return None


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)
