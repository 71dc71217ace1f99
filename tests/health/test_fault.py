"""Where a history and this code differ: the last place from which this code goes on."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standfast.health.fault import fault_of
from standfast.hosting.build import built_by
from standfast.hosting.plugin import DATA_CONVERTER
from workflows.incident import IncidentWorkflow

HISTORIES = Path(__file__).parents[1] / "histories"
FIRST_TASK = 4
"""A run's first WorkflowTaskCompleted."""


@pytest.fixture
def replayer() -> Replayer:
    return Replayer(
        workflows=[IncidentWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


async def test_an_incident_of_the_version_with_local_activities_starts_again(
    replayer: Replayer,
) -> None:
    """Its history was recorded by that version. The replay names no event of it."""
    text = (HISTORIES / "earlier" / "human.json").read_text()
    history = WorkflowHistory.from_json("INC-GOLDEN", text)

    fault = await fault_of(replayer, history, built_by)

    assert fault
    assert (fault.event_id, fault.code) == (FIRST_TASK, "")
    assert "LocalActivity" in fault.why
    assert fault.said["acknowledge"] == 1
    assert fault.again["notify"] >= 1


async def test_an_incident_of_this_code_has_no_fault(replayer: Replayer) -> None:
    history = WorkflowHistory.from_json("INC-GOLDEN", (HISTORIES / "human.json").read_text())
    assert await fault_of(replayer, history, built_by) is None
