"""Reads an incident's state from its history, by replaying the workflow in this process.

It needs no worker and no query, and runs no activity again.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standfast.incidents.record import IncidentView
from standfast.lookup.replay_loop import in_replay_loop
from workflows.incident import IncidentWorkflow
from workflows.observing import Decided, ObservedRunner, OfferedView

_NAMESPACE = "standfast-reading"

_UPDATES = (
    "workflow_execution_update_accepted_event_attributes",
    "workflow_execution_update_completed_event_attributes",
)


class ReplayResult(NamedTuple):
    """An incident's state, as far as its history could be replayed.

    view: None where not even the first task could be. differs: why the rest could not, or "".
    """

    view: IncidentView | None
    differs: str = ""


class HistoryReader:
    """Replays histories, one at a time."""

    def __init__(self, client: Client) -> None:
        self._capture = _ViewCapture()
        # The tests run in the sandbox and show that the workflow is pure; here it costs too much.
        self._replayer = Replayer(
            workflows=[IncidentWorkflow],
            namespace=_NAMESPACE,
            data_converter=client.data_converter,
            workflow_runner=ObservedRunner(UnsandboxedWorkflowRunner(), self._capture),
            runtime=client.service_client.config.runtime,
            # Activates in the loop's own thread, without the limit of two seconds after which the
            # SDK interrupts an activation: on a busy machine it struck half-way, and then the SDK
            # tries for ever to forget the run, and no history can be read any more.
            debug_mode=True,
        )
        self._free = asyncio.Lock()

    async def read(self, history: WorkflowHistory, task: int) -> ReplayResult:
        """The state after the completed task that started with this event, or as far as it goes.

        Later events are left out: replaying them here, ahead of the workers, would count and log
        as if a worker had done it.
        """
        return await in_replay_loop(self._read(history, task))

    async def _read(self, history: WorkflowHistory, task: int) -> ReplayResult:
        known = WorkflowHistory(history.workflow_id, _up_to(history.events, task))
        async with self._free:
            self._capture.begin()
            result = await self._replayer.replay_workflow(known, raise_on_replay_failure=False)
            failure = result.replay_failure
            return ReplayResult(self._capture.last, str(failure) if failure else "")


def _up_to(events: Sequence[HistoryEvent], task: int) -> list[HistoryEvent]:
    """The events up to the end of that task, with the events that it caused."""
    ended = next(
        number
        for number, event in enumerate(events)
        if event.workflow_task_completed_event_attributes.started_event_id == task
    )
    made = takewhile(_is_made_by_a_task, events[ended + 1 :])
    return [*events[: ended + 1], *made]


def _is_made_by_a_task(event: HistoryEvent) -> bool:
    kind = event.WhichOneof("attributes")
    return kind in _UPDATES or hasattr(
        getattr(event, str(kind)), "workflow_task_completed_event_id"
    )


class _ViewCapture:
    """Keeps the last view that the replay gives."""

    def __init__(self) -> None:
        self.last: IncidentView | None = None
        self._view: OfferedView | None = None

    def begin(self) -> None:
        """Start another replay."""
        self.last = self._view = None

    def queried(self, _run_id: str, /) -> None:
        """Histories hold no queries."""

    def decided(self, decided: Decided) -> None:
        self._view = decided.view

    def forgotten(self, _run_id: str, /) -> None:
        # Later would be too late: the workflow's clean-up changes the view.
        if self._view:
            self.last = self._view()


class _DropReplayLogs(logging.Filter):
    """Drops the SDK's log of a failing replay: the reader reports it itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        of = getattr(record, "temporal_workflow", {})
        return not (isinstance(of, dict) and of.get("namespace") == _NAMESPACE)


logging.getLogger("temporalio.worker._workflow_instance").addFilter(_DropReplayLogs())
