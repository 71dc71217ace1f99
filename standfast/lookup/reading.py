"""How a run stands: by its projection where that is of its last task, else by its history.

The history is the truth, and Temporal's: reading it needs no worker and leaves nothing behind. The
projection in the record store only saves replaying it.
"""

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

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
from standfast.lookup.replaying import HistoryReader, Replayed
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Projection
from standfast.records.store import RecordStore
from workflows.state import Case
from workflows.view import taken_up, view_of

RPC_LIMIT = timedelta(seconds=10)

_PAGE = 20
"""Events read from a history's end at first: nearly always enough to find its last task."""

_KEPT = 200
"""Replayed views that are kept for further looks at them."""

_STORE_LEFT_ALONE_FOR = 5.0
"""Seconds without a look for projections once the store was away: a look may cost its patience."""


class Reading(NamedTuple):
    """How a run stood after its last task, which began `as_of`; before the first, task is 0."""

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
    """Reads open incidents and closed ones that are not on record."""

    def __init__(self, client: Client, records: RecordStore) -> None:
        self._client = client
        self._records = records
        self._reader: HistoryReader | None = None
        self._replayed: OrderedDict[tuple[str, int], Replayed] = OrderedDict()
        self._store_away_until = 0.0

    async def read(self, incident_id: str, run_id: str) -> Reading:
        """How the run stands, exactly as of its last task, or with a note that says what it is.

        Raises:
            Unavailable: this version of Standfast cannot follow its history, and no projection is
                there either.
            RPCError: Temporal does not know the run, or is away.
        """
        task = await self._last_task(incident_id, run_id)
        if task is None:
            return await self._not_taken_up(incident_id, run_id)
        projection = (await self.projections([incident_id])).get(incident_id)
        if projection and projection.run_id != run_id:
            projection = None
        if projection and projection.task == task.started and projection.as_of >= task.at:
            view = view_in(projection)
            if view:
                return Reading(view, run_id, task.started, projection.as_of)
        replayed = await self._replay(incident_id, run_id, task)
        if replayed.view and not replayed.differs:
            return Reading(replayed.view, run_id, task.started, task.at)
        return self._best_of(incident_id, run_id, task, projection, replayed)

    async def projections(self, incident_ids: list[str]) -> dict[str, Projection]:
        """What the record store has of them; nothing while it is away."""
        if time.monotonic() < self._store_away_until:
            return {}
        try:
            return await asyncio.to_thread(self._records.projections.of, incident_ids)
        except RecordsUnavailable:
            # Nothing is lost: whoever asks replays. What only the store has says so by itself.
            self._store_away_until = time.monotonic() + _STORE_LEFT_ALONE_FOR
            return {}

    def _best_of(
        self,
        incident_id: str,
        run_id: str,
        task: _Task,
        projection: Projection | None,
        replayed: Replayed,
    ) -> Reading:
        """What can be told of a run that this version of the code does not decide as it did."""
        kept = view_in(projection) if projection else None
        why = "its history cannot be followed to the end by this version of Standfast"
        if projection and kept:
            note = f"as it stood at {short(projection.as_of)}: {why}"
            return Reading(kept, run_id, projection.task, projection.as_of, (note,))
        if replayed.view:
            note = f"as it stood before {short(task.at)}, perhaps long before: {why}"
            return Reading(replayed.view, run_id, task.started, task.at, (note,))
        raise Unavailable(
            f"{incident_id} cannot be read: {why}; use the version that its worker has"
        )

    async def _replay(self, incident_id: str, run_id: str, task: _Task) -> Replayed:
        key = (run_id, task.started)
        found = self._replayed.get(key)
        if found is None:
            handle = self._client.get_workflow_handle(incident_id, run_id=run_id)
            history = await handle.fetch_history(rpc_timeout=RPC_LIMIT)
            if self._reader is None:
                self._reader = HistoryReader(self._client)
            found = self._replayed[key] = await self._reader.read(history, task.started)
            while len(self._replayed) > _KEPT:
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

    async def _not_taken_up(self, incident_id: str, run_id: str) -> Reading:
        """A run that has not decided anything yet, from what it was started with."""
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
        return Reading(view, run_id, 0, _at(event))


def view_in(projection: Projection) -> IncidentView | None:
    """The view that was kept; None where another version wrote it in a way that we cannot read."""
    try:
        return projection.view
    except ValidationError:
        return None


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)
