"""Reads an incident: from Temporal while it is open, else from the record store."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents import names
from standfast.incidents.record import LookupResult
from standfast.intake.errors import IntakeError, NoSuchIncident
from standfast.lookup.run_snapshot import RPC_LIMIT, RunReader, RunSnapshot
from standfast.lookup.stuck import is_failing, why_stuck
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.records.projections import Projection
    from standfast.records.store import RecordStore

TAKEN_UP_WITHIN = timedelta(seconds=10)
"""How long a workflow task may wait for a worker before a note says so."""


class Lookup:
    """Finds incidents wherever they are: in Temporal, in the record store, or in both."""

    def __init__(
        self, client: Client, records: "RecordStore", taken_up_within: timedelta = TAKEN_UP_WITHIN
    ) -> None:
        self._client = client
        self._taken_up_within = taken_up_within
        self._records = records
        self._runs = RunReader(client, records)

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        """An episode of an incident, the latest unless one is named. No worker is needed.

        A closed one is read from the record store; where that has nothing, from Temporal while it
        still keeps the run.

        Raises:
            NoSuchIncident: neither knows it.
            Unavailable: this version of Standfast cannot read it.
            IntakeError: Temporal does not know it, and the record store is unavailable.
        """
        run = await self._run(incident_id, episode)
        if run is not None and run.status is WorkflowExecutionStatus.RUNNING:
            snapshot = await self._runs.read(incident_id, run.run_id)
            notes = self._unworked_note(run)
            if is_failing(run):
                notes = (*notes, await why_stuck(self._client, run))
            return await self._with_archive(snapshot, notes)
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
            return LookupResult(view, in_temporal=run is not None)
        if not note:
            await self._not_erased(incident_id, wanted)
        if run is None:
            which = f" with an episode {episode}" if episode else ""
            raise NoSuchIncident(f"there is no incident {incident_id}{which}")
        found = await self._with_archive(await self._runs.read(incident_id, run.run_id))
        return _ended(found, run, note)

    async def _not_erased(self, incident_id: str, episode: int | None) -> None:
        """Temporal may still have a run of it for a minute, which nobody can read."""
        left = await asyncio.to_thread(self._records.erasing.tombstones, incident_id)
        for one in left:
            if episode in (None, one.episode):
                raise NoSuchIncident(
                    f"{incident_id} was erased {short(one.erased_at)} by {one.by}: {one.reason}"
                )

    async def snapshot(self, incident_id: str) -> RunSnapshot | None:
        """An open incident's state after its last task, without its archived timeline.

        None when it is not open any more. Raises Unavailable as `find` does.
        """
        run = await self._run(incident_id, None)
        if run is None or run.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return await self._runs.read(incident_id, run.run_id)

    async def projections(self, incident_ids: list[str]) -> "dict[str, Projection]":
        """The stored projections of these open incidents; some may be a little behind.

        Empty while the store is unavailable.
        """
        return await self._runs.projections(incident_ids)

    async def _run(self, incident_id: str, episode: int | None) -> WorkflowExecution | None:
        """The latest run that Temporal still keeps, of that episode if one is named.

        A workflow of another type is no incident, even with an id like one.
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

    async def _with_archive(
        self, snapshot: RunSnapshot, notes: tuple[str, ...] = ()
    ) -> LookupResult:
        """Add the archived part of a long timeline from the record store."""
        view, notes = snapshot.view, (*snapshot.notes, *notes)
        if not view.timeline_archived:
            return LookupResult(view, notes)
        try:
            archived = await asyncio.to_thread(
                self._records.timelines.archived, view.incident_id, view.episode
            )
        except RecordsUnavailable as away:
            missing = f"its first {view.timeline_archived} events are not shown: {away}"
            return LookupResult(view, (*notes, missing))
        entries = {entry.number: entry for entry in (*archived, *view.timeline)}
        whole = tuple(entries[number] for number in sorted(entries))
        gone = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        changed = {"timeline": whole, "timeline_archived": gone}
        return LookupResult(view.model_copy(update=changed), notes)

    def _unworked_note(self, run: WorkflowExecution) -> tuple[str, ...]:
        """A note when a workflow task waits for a worker."""
        if not isinstance(run, WorkflowExecutionDescription):
            return ()
        task = run.raw_description.pending_workflow_task
        if task.HasField("started_time") or task.attempt != 1:  # of a later one, workers have tried
            return ()
        since = task.original_scheduled_time.ToDatetime(tzinfo=UTC)
        if datetime.now(UTC) - since < self._taken_up_within:
            return ()
        return (f"no worker has picked up what happened at {short(since)}: is worker.py running?",)


def _ended(found: LookupResult, run: WorkflowExecution, why_not_on_record: str) -> LookupResult:
    """A run that has ended but is not on record: a note says how it ended."""
    status = run.status.name.lower().replace("_", " ") if run.status else "over"
    note = why_not_on_record or f"not on record: its run in Temporal is {status}"
    over = {
        "status": "closed",
        "waiting_for": (),
        "next_pages": (),
        "on_hold": None,
        "quiet_until": None,
        "closed_at": found.view.closed_at or run.close_time,
    }
    return LookupResult(found.view.model_copy(update=over), (*found.notes, note))
