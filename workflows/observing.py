"""Lets whoever runs workflows see how each incident stands after an activation, without a query.

Wraps the SDK's runner, sandboxed or not. A workflow offers its view by the extern function
`names.OFFER_VIEW`; where nobody observes it there is none.
"""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker._command_aware_visitor import CommandInfo
from temporalio.workflow import Info
from temporalio.workflow import _Definition as Definition

from standfast.incidents import names
from standfast.incidents.record import IncidentView

OfferedView = Callable[[], IncidentView]


class Decided(NamedTuple):
    """What a run has made of a workflow task, or of the part of one that an activation is.

    task: the id of the event with which the task started; at: that event's time.
    view: how the incident stands now; good until the run's next activation.
    """

    run_id: str
    task: int
    at: datetime
    replaying: bool
    view: OfferedView


class Observer(Protocol):
    """Is told of activations, in the threads that run them."""

    def queried(self, run_id: str, /) -> None:
        """A query is about to be answered by this run."""

    def decided(self, decided: Decided) -> None:
        """An activation has gone well and may have changed something."""

    def forgotten(self, run_id: str, /) -> None:
        """The run is about to be dropped from memory; what was decided still stands."""


class ObservedRunner(WorkflowRunner):
    """Runs workflows as another runner does, and tells an observer."""

    def __init__(self, inner: WorkflowRunner, observer: Observer) -> None:
        self._inner = inner
        self._observer = observer

    def prepare_workflow(self, defn: Definition) -> None:
        """As the other runner does."""
        self._inner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        """As the other runner does."""
        self._inner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """The other runner's instance, observed."""
        offered = _Offered()
        functions = {**det.extern_functions, names.OFFER_VIEW: offered.take}
        observable = dataclasses.replace(det, extern_functions=functions)
        return _ObservedInstance(self._inner.create_instance(observable), offered, self._observer)


class _Offered:
    """Where a workflow leaves its view."""

    def __init__(self) -> None:
        self.view: OfferedView | None = None

    def take(self, view: OfferedView) -> None:
        self.view = view


class _ObservedInstance(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance, offered: _Offered, observer: Observer) -> None:
        self._inner = inner
        self._offered = offered
        self._observer = observer

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        # The SDK keeps queries, and dropping a run, apart from all that changes something.
        queried = any(job.HasField("query_workflow") for job in act.jobs)
        forgotten = any(job.HasField("remove_from_cache") for job in act.jobs)
        if queried:
            self._observer.queried(act.run_id)
        if forgotten:
            self._observer.forgotten(act.run_id)
        completion = self._inner.activate(act)
        view = self._offered.view
        if not (queried or forgotten or view is None) and _changes(completion):
            at = act.timestamp.ToDatetime(tzinfo=UTC)
            self._observer.decided(
                Decided(act.run_id, act.history_length, at, act.is_replaying, view)
            )
        return completion

    def get_serialization_context(
        self, command_info: CommandInfo | None
    ) -> SerializationContext | None:
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(
        self, command_info: CommandInfo | None
    ) -> StorageDriverStoreContext:
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()


def _changes(completion: WorkflowActivationCompletion) -> bool:
    """Whether it went well and did more than refuse an update, which leaves no task behind."""
    if not completion.HasField("successful"):
        return False
    commands = completion.successful.commands
    refusals = [each for each in commands if each.update_response.HasField("rejected")]
    return not commands or len(refusals) < len(commands)
