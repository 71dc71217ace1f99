"""Finds where a history and this code differ, by a replay."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from standfast.incidents.finding import LONGEST
from standfast.lookup.replay_failure import difference
from standfast.lookup.replay_loop import in_replay_loop

_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_ACTIVITY_SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
_ACTIVITY_COMPLETED = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
_UPDATE_ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
_SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
_NAMED_EVENT = re.compile(r"HistoryEvent\(id: (\d+)")

BuiltBy = Callable[[HistoryEvent], str]
"""The id of the code that completed an event's workflow task; empty where it is unknown."""


class Fault(NamedTuple):
    """The first workflow task for which this code gives other commands than the history has.

    event_id: of its WorkflowTaskCompleted: after a reset to it, the task runs again.
    code: the id of the code that completed it; empty where that is not known.
    why: the replay's error message.
    again: the activities that completed after it and will run again, by name.
    said: the actions and signals that came after it and will be applied again, by name.
    """

    event_id: int
    code: str
    why: str
    again: Counter[str]
    said: Counter[str]


class DoesNotReplay(Exception):  # noqa: N818 - a state of a run
    """The replay fails for another reason than a difference; the text says why."""


async def fault_of(replayer: Replayer, history: WorkflowHistory, built_by: BuiltBy) -> Fault | None:
    """Where the history and this code differ; None when it replays.

    Raises:
        DoesNotReplay: the code fails on it, or there is no workflow task to go back to.
    """
    if not any(event.event_type == _TASK_COMPLETED for event in history.events):
        # The replayer would wait for ever for a first task.
        raise DoesNotReplay("no workflow task of it was ever completed")
    result = await in_replay_loop(replayer.replay_workflow(history, raise_on_replay_failure=False))
    if result.replay_failure is None:
        return None
    told = str(result.replay_failure)
    why = difference(result.replay_failure)[:LONGEST]
    if not isinstance(result.replay_failure, workflow.NondeterminismError):
        raise DoesNotReplay(why)
    named = _NAMED_EVENT.search(told)
    at = int(named.group(1)) if named else history.events[-1].event_id
    done = [
        event
        for event in history.events
        if event.event_type == _TASK_COMPLETED and event.event_id <= at
    ]
    if not done:
        raise DoesNotReplay(f"no workflow task was completed before it: {why}")
    task = await _last_with_a_history_that_replays(replayer, history, done)
    after = [event for event in history.events if event.event_id > task.event_id]
    again = _completed(history, after)
    return Fault(task.event_id, built_by(task), why, again, _said(after))


async def _last_with_a_history_that_replays(
    replayer: Replayer, history: WorkflowHistory, tasks: Sequence[HistoryEvent]
) -> HistoryEvent:
    """The last of these workflow tasks before which the history replays.

    A replay names no event where the history has something that this code does not do at all, such
    as a local activity: the difference may then be long before the end.
    """
    fits, differs = 0, len(tasks)  # nothing can differ before the first task
    middle = differs - 1  # the task of the event that the replay named is nearly always right
    while fits + 1 < differs:
        kept = [each for each in history.events if each.event_id < tasks[middle].event_id]
        result = await in_replay_loop(
            replayer.replay_workflow(
                WorkflowHistory(history.workflow_id, kept), raise_on_replay_failure=False
            )
        )
        if result.replay_failure is None:
            fits = middle
        else:
            differs = middle
        middle = (fits + differs) // 2
    return tasks[fits]


def _completed(history: WorkflowHistory, events: Sequence[HistoryEvent]) -> Counter[str]:
    names = {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == _ACTIVITY_SCHEDULED
    }
    return Counter(
        names[event.activity_task_completed_event_attributes.scheduled_event_id]
        for event in events
        if event.event_type == _ACTIVITY_COMPLETED
    )


def _said(events: Sequence[HistoryEvent]) -> Counter[str]:
    said: Counter[str] = Counter()
    for event in events:
        if event.event_type == _UPDATE_ACCEPTED:
            accepted = event.workflow_execution_update_accepted_event_attributes
            said[accepted.accepted_request.input.name] += 1
        elif event.event_type == _SIGNALED:
            said[event.workflow_execution_signaled_event_attributes.signal_name] += 1
    return said
