"""Every recorded history is read at each of its tasks, with all that came later left out."""

import json
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from standfast.hosting.connection import quiet_runtime
from standfast.hosting.plugin import DATA_CONVERTER
from standfast.incidents import names
from standfast.lookup.history_replay import HistoryReader
from tests.histories.test_replay import FOLDER, HISTORIES

_FIRED = EventType.EVENT_TYPE_TIMER_FIRED


@pytest.fixture(scope="module")
async def reader() -> HistoryReader:
    nobody = await Client.connect(
        "127.0.0.1:9", lazy=True, data_converter=DATA_CONVERTER, runtime=quiet_runtime()
    )
    return HistoryReader(nobody)


def _golden(name: str) -> WorkflowHistory:
    text = (FOLDER / f"{name}.json").read_text()
    return WorkflowHistory.from_json("INC-GOLDEN", text)


def _tasks(history: WorkflowHistory) -> list[int]:
    return [
        event.workflow_task_completed_event_attributes.started_event_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]


def _is_of_an_incident(path: Path) -> bool:
    started = json.loads(path.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
    return bool(started["workflowType"]["name"] == names.WORKFLOW)


INCIDENTS = [path for path in HISTORIES if _is_of_an_incident(path)]


@pytest.mark.parametrize("path", INCIDENTS, ids=lambda path: path.stem)
async def test_history_is_read_at_each_task(reader: HistoryReader, path: Path) -> None:
    history = _golden(path.stem)
    tasks = _tasks(history)
    seen = [await reader.read(history, task) for task in tasks]
    assert {each.differs for each in seen} == {""}
    views = [each.view for each in seen if each.view]
    assert len(views) == len(tasks)
    assert views[-1].status == "closed"
    lengths = [len(view.timeline) + view.timeline_archived for view in views]
    assert lengths == sorted(lengths)


async def test_what_has_come_since_is_not_decided_ahead(reader: HistoryReader) -> None:
    """A clock has run out that no worker has noticed yet: the reader does not notice it either."""
    history = _golden("nobody_acknowledges")
    fired = next(e.event_id for e in history.events if e.event_type == _FIRED)
    before = max(task for task in _tasks(history) if task < fired)
    first = await reader.read(history, before)
    cut = WorkflowHistory("INC-GOLDEN", [e for e in history.events if e.event_id <= fired])
    assert await reader.read(cut, before) == first
    after = await reader.read(history, min(task for task in _tasks(history) if task > fired))
    assert after != first


async def test_what_differs_is_read_up_to_there_without_a_traceback(
    reader: HistoryReader, capfd: pytest.CaptureFixture[str]
) -> None:
    text = json.loads((FOLDER / "human.json").read_text())
    text["events"] = [
        event for event in text["events"] if "timerStartedEventAttributes" not in event
    ]
    history = WorkflowHistory.from_json("INC-GOLDEN", json.dumps(text))
    read = await reader.read(history, _tasks(history)[-1])
    assert read.differs
    assert read.view
    assert read.view.status == "open"
    assert "Traceback" not in "".join(capfd.readouterr())
