"""Incidents that began under the recorded code go on under today's: the histories still replay."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from standfast.hosting.plugin import standfast_plugin
from standfast.incidents import names
from tests.histories.record import STORIES
from workflows.incident import IncidentWorkflow
from workflows.review import ReviewWorkflow

FOLDER = Path(__file__).parent
HISTORIES = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    return Replayer(
        workflows=[IncidentWorkflow, ReviewWorkflow],
        plugins=[standfast_plugin()],
        # Whole histories: on a busy machine one may take more than the two seconds of a deadlock.
        debug_mode=True,
    )


def test_every_path_has_its_history() -> None:
    assert {path.stem for path in HISTORIES} == {*STORIES}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_history_replays(replayer: Replayer, path: Path) -> None:
    history = WorkflowHistory.from_json("INC-GOLDEN", path.read_text())
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert result.replay_failure is None


async def test_what_was_refused_between_two_tiers_stays_refused(replayer: Replayer) -> None:
    """Recorded when an acknowledgement did not wait for the next tier."""
    path = FOLDER / "earlier" / "refused_between_tiers.json"
    await replayer.replay_workflow(WorkflowHistory.from_json("INC-EARLIER", path.read_text()))


async def test_a_changed_flow_is_noticed(replayer: Replayer) -> None:
    """The test that would fail: without its first decision the history does not fit."""
    text = json.loads((FOLDER / "human.json").read_text())
    started = text["events"][0]["workflowExecutionStartedEventAttributes"]
    assert started["workflowType"]["name"] == names.WORKFLOW
    text["events"] = [
        event for event in text["events"] if "timerStartedEventAttributes" not in event
    ]
    history = WorkflowHistory.from_json("INC-GOLDEN", json.dumps(text))
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert result.replay_failure is not None
