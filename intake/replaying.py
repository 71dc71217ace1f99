"""How an incident stands, read from its history alone: the workflow is replayed here.

No worker and no query takes part, and nothing is done again: a replay only decides anew.
"""

import asyncio
import logging
from typing import NamedTuple

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from incidents.record import IncidentView
from workflows.incident import IncidentWorkflow
from workflows.observing import Decided, ObservedRunner, OfferedView

_NAMESPACE = "standfast-reading"


class Replayed(NamedTuple):
    """How an incident stands by its history, as far as that could be followed.

    view: None where not even its first task could be. differs: why the rest could not, or "".
    """

    view: IncidentView | None
    differs: str = ""


class HistoryReader:
    """Replays histories, one at a time; from several tasks, but one event loop."""

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
        """How it stood after the task that started with this event, or as far as it goes."""
        async with self._free:
            self._catch.begin(task)
            result = await self._replayer.replay_workflow(history, raise_on_replay_failure=False)
            failure = result.replay_failure
            return Replayed(self._catch.last, str(failure) if failure else "")


class _Catch:
    """Keeps how the incident stood after one task, or when the replay let go of it before."""

    def __init__(self) -> None:
        self.last: IncidentView | None = None
        self._view: OfferedView | None = None
        self._task = 0

    def begin(self, task: int) -> None:
        """Another replay."""
        self.last = self._view = None
        self._task = task

    def queried(self, _run_id: str, /) -> None:
        """A history holds no queries."""

    def decided(self, decided: Decided) -> None:
        # The replay goes on to what no worker has taken up yet, and decides it ahead of them.
        if decided.task <= self._task:
            self._view = decided.view
        if decided.task == self._task:
            self.last = decided.view()

    def forgotten(self, _run_id: str, /) -> None:
        # Later is too late: what ends then goes through the workflow's own clean-up.
        if self._view and not self.last:
            self.last = self._view()


class _NotOurs(logging.Filter):
    """Drops what the SDK logs of a failing replay: the reader says it, in its own words."""

    def filter(self, record: logging.LogRecord) -> bool:
        of = getattr(record, "temporal_workflow", {})
        return not (isinstance(of, dict) and of.get("namespace") == _NAMESPACE)


logging.getLogger("temporalio.worker._workflow_instance").addFilter(_NotOurs())
