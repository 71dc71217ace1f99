"""Checks before a deploy whether this code can go on with open incidents and reviews, by replays.

A history is replayed as a worker would after a deploy. Where the code gives other commands than the
history has, it would be stuck until the code is fixed. No worker is needed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecution, WorkflowHistory
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from standfast.hosting.build import built_by
from standfast.hosting.connection import quiet_runtime
from standfast.hosting.plugin import pass_through
from standfast.incidents import names
from standfast.incidents.ids import incident_of_workflow
from standfast.lookup.replay_failure import difference
from workflows.registered import WORKFLOWS

_FETCHED_AHEAD = 4
"""Histories that are fetched while one is replayed; each may be some MB."""

_RPC_LIMIT = timedelta(seconds=30)
_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_BEHAVIOUR = SearchAttributeKey.for_keyword("TemporalWorkflowVersioningBehavior")
_VERSION = SearchAttributeKey.for_keyword("TemporalWorkerDeploymentVersion")


@dataclass(frozen=True)
class OpenRun:
    """An open incident or review: its latest run, and the build it is pinned to, if it is."""

    workflow_id: str
    run_id: str
    pinned_to: str = ""

    @property
    def incident_id(self) -> str:
        """Of the incident: this one, or the one that is reviewed."""
        return incident_of_workflow(self.workflow_id)


@dataclass(frozen=True)
class ReplayCheck:
    """What became of one history. `why` is empty where the code at hand goes on with it.

    `last_code` is the id of the code that it met last, empty for an older Standfast's.
    """

    run: OpenRun
    why: str = ""
    last_code: str = ""

    def would_stand_still(self, build_id: str | None) -> bool:
        """It differs, and would meet the code at hand, which is deployed as that build.

        What is pinned to another build stays there.
        """
        return bool(self.why) and self.run.pinned_to in ("", build_id)


async def open_runs(client: Client, task_queue: str) -> list[OpenRun]:
    """Every open incident and review of the task queue, in no particular order."""
    query = f'{names.RUNNING} AND TaskQueue = "{task_queue}"'
    return [_open_run(run) async for run in client.list_workflows(query, rpc_timeout=_RPC_LIMIT)]


def _open_run(run: WorkflowExecution) -> OpenRun:
    attributes = run.typed_search_attributes
    version = attributes.get(_VERSION) or ""
    pinned = attributes.get(_BEHAVIOUR) == "Pinned"
    return OpenRun(run.id, run.run_id, version.partition(":")[2] if pinned else "")


async def replay_runs(
    client: Client, runs: Sequence[OpenRun], workflows: Sequence[type] = WORKFLOWS
) -> AsyncIterator[ReplayCheck]:
    """Replay each of these, one after the other, in their order.

    Left out: what has been deleted meanwhile.

    Raises:
        RPCError: the server did not give a history.
    """
    replayer = Replayer(
        workflows=workflows,
        data_converter=client.data_converter,
        workflow_runner=pass_through(None),
        runtime=quiet_runtime(),
    )
    at_work: deque[tuple[OpenRun, WorkflowHistory]] = deque()

    async def begun() -> AsyncIterator[WorkflowHistory]:
        async for run, history in _fetched(client, runs):
            at_work.append((run, history))
            # The replayer waits for ever on a history in which no code has decided anything.
            if _last_code(history) is not None:
                yield history

    with _without_its_log():
        async with replayer.workflow_replay_iterator(begun()) as results:
            async for result in results:
                while at_work:
                    run, history = at_work.popleft()
                    failure = result.replay_failure if history is result.history else None
                    why = difference(failure) if failure else ""
                    yield ReplayCheck(run, why, _last_code(history) or "")
    for run, _ in at_work:
        yield ReplayCheck(run)


def _last_code(history: WorkflowHistory) -> str | None:
    """Whose code completed its last workflow task; None when none is completed yet."""
    completed = (event for event in reversed(history.events) if event.event_type == _COMPLETED)
    return next(map(built_by, completed), None)


async def _fetched(
    client: Client, runs: Sequence[OpenRun]
) -> AsyncIterator[tuple[OpenRun, WorkflowHistory]]:
    """Their histories, in that order, a few fetched ahead."""
    ahead: deque[tuple[OpenRun, asyncio.Task[WorkflowHistory | None]]] = deque()
    try:
        for run in runs:
            ahead.append((run, asyncio.create_task(history_of(client, run))))
            if len(ahead) > _FETCHED_AHEAD:
                first, task = ahead.popleft()
                if history := await task:
                    yield first, history
        while ahead:
            first, task = ahead.popleft()
            if history := await task:
                yield first, history
    finally:
        for _, task in ahead:
            task.cancel()


async def history_of(client: Client, run: OpenRun) -> WorkflowHistory | None:
    """Its history; None when it has been deleted meanwhile."""
    handle = client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
    try:
        return await handle.fetch_history(rpc_timeout=_RPC_LIMIT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


@contextmanager
def _without_its_log() -> Iterator[None]:
    """Each failure is in the answer; the SDK would log it with its traceback besides."""
    logger = logging.getLogger("temporalio.worker")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
