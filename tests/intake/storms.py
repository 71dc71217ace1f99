"""What the stories of repeats share: monitors' reports, their folding, and what it cost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from standfast.incidents import names
from standfast.incidents.actions import Action
from standfast.incidents.monitoring import Repeats
from standfast.incidents.report import Channel, Report
from standfast.intake.deduplication import Deduplication
from tests.stories.desk import Desk

MONITOR = "prom"

NEVER = (3600.0,)
"""A pause after the first telling that no test outlives."""

_REPEATED = (names.REPEATS, Action.REPORT_AGAIN.value)


def fires(key: str, **fields: Any) -> Report:
    """What a monitor would report of that problem."""
    given = {"title": "Wiki app crashed", "service": "wiki", "reporter": MONITOR, **fields}
    return Report(dedup_key=key, channel=Channel.MONITOR, **given)


@asynccontextmanager
async def deduplication(
    desk: Desk, client: Client | None = None, **how: Any
) -> AsyncIterator[Deduplication]:
    """One process that takes monitors' reports for this desk."""
    client = client or desk.client
    async with Deduplication(
        client, desk.records, desk.policy.current, desk.task_queue, **how
    ) as process:
        yield process


async def signals_of_repeats(handle: WorkflowHandle[Any, Any]) -> int:
    """How many signals told an incident that it came again, by its history."""
    signalled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    history = await handle.fetch_history()
    return sum(
        event.workflow_execution_signaled_event_attributes.signal_name in _REPEATED
        for event in history.events
        if event.event_type == signalled
    )


async def told_of_repeats(handle: WorkflowHandle[Any, Any]) -> list[Repeats]:
    """What signals told an incident of its repeats, by its history."""
    signalled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    signals = [
        event.workflow_execution_signaled_event_attributes
        for event in (await handle.fetch_history()).events
        if event.event_type == signalled
    ]
    return [
        Repeats.model_validate_json(signal.input.payloads[0].data)
        for signal in signals
        if signal.signal_name == names.REPEATS
    ]
