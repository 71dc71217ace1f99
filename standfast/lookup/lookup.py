"""What is known of an incident: as Temporal has it while it is open, else from the record store."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents import names
from standfast.incidents.record import IncidentView
from standfast.intake.errors import IntakeError, NoSuchIncident
from standfast.lookup.reading import RPC_LIMIT, Reading, RunReader
from standfast.lookup.stuck import is_flagged, why_stuck
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Projection
from standfast.records.store import RecordStore

TAKEN_UP_WITHIN = timedelta(seconds=10)
"""How long what has happened may wait for a worker before readers are told so."""


class Found(NamedTuple):
    """An incident, and what should be known beside it, such as a store that did not answer."""

    view: IncidentView
    notes: tuple[str, ...] = ()


class Lookup:
    """Finds incidents wherever they are: in Temporal, in the record store, or in both."""

    def __init__(
        self, client: Client, records: RecordStore, taken_up_within: timedelta = TAKEN_UP_WITHIN
    ) -> None:
        self._client = client
        self._taken_up_within = taken_up_within
        self._records = records
        self._runs = RunReader(client, records)

    async def find(self, incident_id: str, episode: int | None = None) -> Found:
        """An episode of an incident, the latest unless one is named. No worker is needed.

        A closed one is read from the record store; where that has nothing, from what Temporal
        still keeps of it.

        Raises:
            NoSuchIncident: neither knows it.
            Unavailable: this version of Standfast cannot read it.
            IntakeError: Temporal does not know it, and the record store is away.
        """
        run = await self._run(incident_id, episode)
        if run is not None and run.status is WorkflowExecutionStatus.RUNNING:
            reading = await self._runs.read(incident_id, run.run_id)
            notes = self._left_waiting(run)
            if is_flagged(run):
                notes = (*notes, await why_stuck(self._client, run))
            return await self._with_archive(reading, notes)
        wanted = episode or (run.typed_search_attributes.get(names.EPISODE) if run else None)
        try:
            view = await asyncio.to_thread(self._records.incidents.get, incident_id, wanted)
        except RecordsUnavailable as away:
            if run is None:
                raise IntakeError(
                    f"Temporal does not know {incident_id} (any more), and {away}"
                ) from None
            view, note = None, str(away)
        else:
            note = ""
        if view is not None:
            return Found(view)
        if run is None:
            which = f" with an episode {episode}" if episode else ""
            raise NoSuchIncident(f"there is no incident {incident_id}{which}")
        found = await self._with_archive(await self._runs.read(incident_id, run.run_id))
        return _ended(found, run, note)

    async def reading(self, incident_id: str) -> Reading | None:
        """How an open incident stood after its last task, its older timeline left out.

        None when it is not open any more. Raises Unavailable as `find` does.
        """
        run = await self._run(incident_id, None)
        if run is None or run.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return await self._runs.read(incident_id, run.run_id)

    async def projections(self, incident_ids: list[str]) -> dict[str, Projection]:
        """What the record store has of these open incidents, some perhaps a little behind.

        Nothing while the store is away.
        """
        return await self._runs.projections(incident_ids)

    async def _run(self, incident_id: str, episode: int | None) -> WorkflowExecution | None:
        """The latest run that Temporal still keeps, of that episode if one is named.

        Another workflow may have an id like an incident's; it is none.
        """
        try:
            run = await self._client.get_workflow_handle(incident_id).describe(
                rpc_timeout=RPC_LIMIT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        if run.workflow_type != names.WORKFLOW:
            return None
        if episode is None or run.typed_search_attributes.get(names.EPISODE) == episode:
            return run
        earlier = (
            f'WorkflowId = "{incident_id}" AND {names.EPISODE.name} = {episode}'
            ' AND ExecutionStatus != "ContinuedAsNew"'
        )
        async for listed in self._client.list_workflows(earlier, limit=1, rpc_timeout=RPC_LIMIT):
            return listed
        return None

    async def _with_archive(self, reading: Reading, notes: tuple[str, ...] = ()) -> Found:
        """Put the part of a long timeline that was moved to the record store before the rest."""
        view, notes = reading.view, (*reading.notes, *notes)
        if not view.timeline_archived:
            return Found(view, notes)
        try:
            archived = await asyncio.to_thread(
                self._records.timelines.archived, view.incident_id, view.episode
            )
        except RecordsUnavailable as away:
            missing = f"its first {view.timeline_archived} events are not shown: {away}"
            return Found(view, (*notes, missing))
        entries = {entry.number: entry for entry in (*archived, *view.timeline)}
        whole = tuple(entries[number] for number in sorted(entries))
        gone = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        changed = {"timeline": whole, "timeline_archived": gone}
        return Found(view.model_copy(update=changed), notes)

    def _left_waiting(self, run: WorkflowExecution) -> tuple[str, ...]:
        """Say when something has happened that no worker takes up."""
        if not isinstance(run, WorkflowExecutionDescription):
            return ()
        task = run.raw_description.pending_workflow_task
        if task.HasField("started_time") or task.attempt != 1:  # of a later one, workers have tried
            return ()
        since = task.original_scheduled_time.ToDatetime(tzinfo=UTC)
        if datetime.now(UTC) - since < self._taken_up_within:
            return ()
        return (f"no worker has taken up what happened at {short(since)}: is worker.py running?",)


def _ended(found: Found, run: WorkflowExecution, why_not_on_record: str) -> Found:
    """A run that is over but not on record: say how it ended; it waits for nothing."""
    status = run.status.name.lower().replace("_", " ") if run.status else "over"
    note = why_not_on_record or f"not on record: its run in Temporal is {status}"
    over = {
        "status": "closed",
        "waiting_for": (),
        "closed_at": found.view.closed_at or run.close_time,
    }
    return Found(found.view.model_copy(update=over), (*found.notes, note))
