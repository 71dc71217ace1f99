"""How an incident stands, read from its history alone: the workflow is replayed here.

No worker and no query takes part, and nothing is done again: a replay only decides anew.
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
from standfast.lookup.replay_loop import replaying
from workflows.incident import IncidentWorkflow
from workflows.observing import Decided, ObservedRunner, OfferedView

_NAMESPACE = "standfast-reading"

_UPDATES = (
    "workflow_execution_update_accepted_event_attributes",
    "workflow_execution_update_completed_event_attributes",
)


class Replayed(NamedTuple):
    """How an incident stands by its history, as far as that could be followed.

    view: None where not even its first task could be. differs: why the rest could not, or "".
    """

    view: IncidentView | None
    differs: str = ""


class HistoryReader:
    """Replays histories, one at a time."""

    def __init__(self, client: Client) -> None:
        self._catch = _Catch()
        # Pure by its tests, which run in the sandbox: to build one for each look costs too much.
        self._replayer = Replayer(
            workflows=[IncidentWorkflow],
            namespace=_NAMESPACE,
            data_converter=client.data_converter,
            workflow_runner=ObservedRunner(UnsandboxedWorkflowRunner(), self._catch),
            runtime=client.service_client.config.runtime,
        )
        self._free = asyncio.Lock()

    async def read(self, history: WorkflowHistory, task: int) -> Replayed:
        """How it stood after the completed task that started with this event, or as far as it goes.

        What has come since is left out: to decide that here, ahead of the workers, would count
        and log it as theirs.
        """
        return await replaying(self._read(history, task))

    async def _read(self, history: WorkflowHistory, task: int) -> Replayed:
        known = WorkflowHistory(history.workflow_id, _up_to(history.events, task))
        async with self._free:
            self._catch.begin()
            result = await self._replayer.replay_workflow(known, raise_on_replay_failure=False)
            failure = result.replay_failure
            return Replayed(self._catch.last, str(failure) if failure else "")


def _up_to(events: Sequence[HistoryEvent], task: int) -> list[HistoryEvent]:
    """The events up to the end of that task, with those that it made itself."""
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


class _Catch:
    """Keeps how the incident stood when the replay let go of it."""

    def __init__(self) -> None:
        self.last: IncidentView | None = None
        self._view: OfferedView | None = None

    def begin(self) -> None:
        """Another replay."""
        self.last = self._view = None

    def queried(self, _run_id: str, /) -> None:
        """A history holds no queries."""

    def decided(self, decided: Decided) -> None:
        self._view = decided.view

    def forgotten(self, _run_id: str, /) -> None:
        # Later is too late: what ends then goes through the workflow's own clean-up.
        if self._view:
            self.last = self._view()


class _NotOurs(logging.Filter):
    """Drops what the SDK logs of a failing replay: the reader says it, in its own words."""

    def filter(self, record: logging.LogRecord) -> bool:
        of = getattr(record, "temporal_workflow", {})
        return not (isinstance(of, dict) and of.get("namespace") == _NAMESPACE)


logging.getLogger("temporalio.worker._workflow_instance").addFilter(_NotOurs())
