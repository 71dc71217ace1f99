"""What is known of an incident: asked of the open workflow, or read from the record store."""

import asyncio
from datetime import timedelta
from typing import Any, NamedTuple

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.service import RPCError, RPCStatusCode

from incidents import names
from incidents.record import IncidentView
from intake.errors import IntakeError, NoAnswer, NoSuchIncident
from records.store import RecordStore, RecordsUnavailable

ANSWER_WITHIN = 5.0
"""Seconds for a worker to answer a question."""

_LOOKS_WHILE_IT_DECIDES, _BETWEEN_LOOKS = 10, 0.1
_RPC_LIMIT = timedelta(seconds=10)

NO_WORKER = "No worker answered for {incident} within {seconds:.0f} s: is worker.py running?"


class Found(NamedTuple):
    """An incident, and what should be known beside it, such as a store that did not answer."""

    view: IncidentView
    notes: tuple[str, ...] = ()


class Lookup:
    """Finds incidents wherever they are: in Temporal, in the record store, or in both."""

    def __init__(
        self, client: Client, records: RecordStore, answer_within: float = ANSWER_WITHIN
    ) -> None:
        self._client = client
        self._records = records
        self._answer_within = answer_within

    async def find(self, incident_id: str, episode: int | None = None) -> Found:
        """An episode of an incident, the latest unless one is named.

        An open one answers itself. A closed one is read from the record store; where that has
        nothing, a worker replays what Temporal still keeps of it.

        Raises:
            NoSuchIncident: neither knows it.
            NoAnswer: only a worker could tell, and none answered.
        """
        run = await self._run(incident_id, episode)
        if run is not None and run.status is WorkflowExecutionStatus.RUNNING:
            return await self._with_archive(await self.ask(incident_id))
        wanted = episode or (run.typed_search_attributes.get(names.EPISODE) if run else None)
        try:
            view = await asyncio.to_thread(self._records.get, incident_id, wanted)
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
        found = await self._with_archive(await self.ask(incident_id, run.run_id))
        return _ended(found, run, note)

    async def ask(self, incident_id: str, run_id: str | None = None) -> IncidentView:
        """What the workflow itself says. A worker answers, also for a closed one."""
        handle = self._client.get_workflow_handle(incident_id, run_id=run_id)
        try:
            async with asyncio.timeout(self._answer_within):
                await _let_it_decide(handle)
                view: IncidentView = await handle.query(
                    names.QUERY_INCIDENT, result_type=IncidentView
                )
                return view
        except TimeoutError:
            raise NoAnswer(
                NO_WORKER.format(incident=incident_id, seconds=self._answer_within)
            ) from None
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise NoAnswer(f"the worker could not tell about {incident_id}: {error}") from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NoSuchIncident(f"there is no incident {incident_id}") from None
            raise NoAnswer(f"{incident_id} could not be asked: {error.message}") from None

    async def _run(self, incident_id: str, episode: int | None) -> WorkflowExecution | None:
        """The latest run that Temporal still keeps, of that episode if one is named."""
        try:
            run = await self._client.get_workflow_handle(incident_id).describe(
                rpc_timeout=_RPC_LIMIT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        if episode is None or run.typed_search_attributes.get(names.EPISODE) == episode:
            return run
        earlier = (
            f'WorkflowId = "{incident_id}" AND {names.EPISODE.name} = {episode}'
            ' AND ExecutionStatus != "ContinuedAsNew"'
        )
        async for listed in self._client.list_workflows(earlier, limit=1, rpc_timeout=_RPC_LIMIT):
            return listed
        return None

    async def _with_archive(self, view: IncidentView) -> Found:
        """Put the part of a long timeline that was moved to the record store before the rest."""
        if not view.timeline_archived:
            return Found(view)
        try:
            archived = await asyncio.to_thread(
                self._records.archived_timeline, view.incident_id, view.episode
            )
        except RecordsUnavailable as away:
            return Found(
                view, (f"its first {view.timeline_archived} events are not shown: {away}",)
            )
        entries = {entry.number: entry for entry in (*archived, *view.timeline)}
        whole = tuple(entries[number] for number in sorted(entries))
        missing = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        return Found(view.model_copy(update={"timeline": whole, "timeline_archived": missing}))


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


async def _let_it_decide(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait a moment for a workflow task that runs now.

    A query that comes between splits the task: that costs one more, and makes the order of what
    happens at once harder to find again in replay.
    """
    for _ in range(_LOOKS_WHILE_IT_DECIDES):
        run = await handle.describe(rpc_timeout=_RPC_LIMIT)
        if not run.raw_description.HasField("pending_workflow_task"):
            return
        await asyncio.sleep(_BETWEEN_LOOKS)
