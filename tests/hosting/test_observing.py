"""Which queries make a run begin anew: those before which it may have gone ahead of its tasks."""

from collections.abc import Sequence
from typing import Any, NoReturn

import pytest
from temporalio.bridge.proto.workflow_activation import (
    FireTimer,
    InitializeWorkflow,
    QueryWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner

from workflows.observing import Decided, ObservedRunner

RUN = "a-run"
BEGIN = WorkflowActivationJob(initialize_workflow=InitializeWorkflow())
FIRE = WorkflowActivationJob(fire_timer=FireTimer(seq=1))
QUERY = WorkflowActivationJob(query_workflow=QueryWorkflow(query_id="legacy_query"))

REPLAYED = WorkflowActivation(run_id=RUN, jobs=[BEGIN], is_replaying=True, history_length=17)
DONE = WorkflowActivation(run_id=RUN, jobs=[FIRE], history_length=20)
ASKED = WorkflowActivation(run_id=RUN, jobs=[QUERY], is_replaying=True, history_length=20)


class Instance(WorkflowInstance):
    """Does nothing, and that well."""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return WorkflowActivationCompletion(run_id=act.run_id)

    def get_serialization_context(self, command_info: object) -> None:
        return None

    def get_external_store_context(self, command_info: object) -> NoReturn:
        raise NotImplementedError

    def get_info(self) -> NoReturn:
        raise NotImplementedError

    def get_thread_id(self) -> None:
        return None


class Runner(WorkflowRunner):
    def prepare_workflow(self, defn: Any) -> None:
        pass

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return Instance()

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        pass


class Observer:
    def __init__(self) -> None:
        self.times_queried = 0

    def queried(self, run_id: str, /) -> None:
        self.times_queried += 1

    def decided(self, decided: Decided) -> None:
        pass

    def forgotten(self, run_id: str, /) -> None:
        pass


@pytest.mark.parametrize(
    ("activations", "times"),
    [
        pytest.param([REPLAYED, DONE, ASKED], 1, id="ahead: a clock fired, for the query alone"),
        pytest.param([REPLAYED, ASKED], 0, id="nothing was due: as replayed as ever"),
        pytest.param([REPLAYED, ASKED, ASKED], 0, id="asked again and again: it stays in memory"),
        pytest.param([REPLAYED, ASKED, DONE, ASKED], 1, id="something was due only later"),
        pytest.param([DONE, ASKED], 1, id="after a task of its own, which looks the same"),
    ],
)
def test_what_tells_that_a_run_may_be_ahead(
    activations: list[WorkflowActivation], times: int
) -> None:
    observer = Observer()
    nothing: Any = None
    details = WorkflowInstanceDetails(
        payload_converter_factory=DefaultPayloadConverter,
        failure_converter_class=DefaultFailureConverter,
        interceptor_classes=[],
        defn=nothing,
        info=nothing,
        randomness_seed=0,
        extern_functions={},
        disable_eager_activity_execution=False,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=nothing,
        last_failure=None,
    )
    instance = ObservedRunner(Runner(), observer).create_instance(details)
    for activation in activations:
        instance.activate(activation)
    assert observer.times_queried == times
