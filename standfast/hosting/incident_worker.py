"""The worker that runs incidents and reviews.

It projects each decision of incidents, and makes queries harmless.

It uses a private part of Temporal's SDK: evicting a run from the worker's
cache. For a query, Core replays a run beyond its last completed task, and that state must not be
used for the next task; so a run that answered a query is evicted and replayed from its history.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from standfast.hosting.errors import HostingError
from standfast.hosting.payload_walks import skip_idle_walks
from standfast.hosting.plugin import pass_through
from standfast.hosting.projector import Projector
from workflows.observing import Decided, ObservedRunner
from workflows.registered import WORKFLOWS

_log = logging.getLogger(__name__)


def incident_worker(
    client: Client,
    activities: Sequence[Callable[..., Any]],
    *,
    task_queue: str,
    projector: Projector | None = None,
    evict_after_queries: bool = True,
    sandboxed: bool = False,
    **tuning: Any,
) -> Worker:
    """A worker for incidents, not running yet; `tuning` are more arguments of Temporal's `Worker`.

    projector: writes the views of incidents; without one, readers replay histories.
    evict_after_queries: off only in tests that show what it is for.
    sandboxed: run in Temporal's sandbox, which finds nondeterminism. Tests and replays of histories
        use it; in service it would import `workflows/` again for each incident, which took two
        fifths of a worker's time.

    Raises:
        HostingError: this release of the SDK cannot evict a run.
    """
    skip_idle_walks()
    observer = _Observer(projector)
    runner = pass_through(SandboxedWorkflowRunner()) if sandboxed else UnsandboxedWorkflowRunner()
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        workflow_runner=ObservedRunner(runner, observer),
        **tuning,
    )
    if evict_after_queries:
        observer.evict = _eviction_of(worker)
    return worker


async def at_work(worker: Worker) -> None:
    """Return once it polls. The SDK has no event for that, so it is asked again and again."""
    while not worker.is_running:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class _Observer:
    def __init__(self, projector: Projector | None) -> None:
        self.evict: Callable[[str], None] | None = None
        self._projector = projector

    def queried(self, run_id: str, /) -> None:
        # Asked for while the query's activation is under way, so that no task comes in between.
        if self.evict:
            self.evict(run_id)

    def decided(self, decided: Decided) -> None:
        if self._projector is None or decided.replaying:
            return
        try:
            view = decided.view()
        except Exception:
            # The decision stands; whoever reads it replays its history, and meets this error too.
            _log.exception("the view of run %s cannot be computed", decided.run_id)
            return
        self._projector.update(view, decided.run_id, decided.task, decided.at)

    def forgotten(self, _run_id: str, /) -> None:
        """Nothing is held of it here."""


def _eviction_of(worker: Worker) -> Callable[[str], None]:
    bridge = getattr(worker, "_bridge_worker", None)
    evict = getattr(bridge, "request_workflow_eviction", None)
    if evict is None:
        raise HostingError(
            "this release of temporalio cannot be asked to drop a run from a worker's memory, so "
            "queries from outside could harm incidents: install the release that Standfast names"
        )
    return evict  # type: ignore[no-any-return]
