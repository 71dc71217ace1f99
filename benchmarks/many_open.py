"""Many open incidents, cheaply: what Temporal's lists and the record store have of each.

The workflows are real, with the search attributes and the memo that an incident has, on a task
queue that nobody polls. The projections are written as the worker writes them, from views of
incidents that did run.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from temporalio.client import Client
from temporalio.common import (
    Priority as TaskPriority,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
)

from standfast.incidents import names
from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from workflows.case import Case

_NOBODY_POLLS = "many-open"

_AT_ONCE = 150
"""Workflows that are started at the same time, and projections in a transaction."""

_PRIORITIES = [
    priority
    for priority, percent in zip(Priority, (2, 8, 30, 40, 20), strict=True)
    for _ in range(percent)
]
_STAGES = [
    stage
    for stage, percent in {
        Box.RESOLVE: 80,
        Box.ISSUE_RESOLVED: 14,
        Box.FOLLOW_UP: 3,
        Box.ASSIGN: 2,
        Box.ESCALATE: 1,
    }.items()
    for _ in range(percent)
]
_TEAMS = ("desk", "apps")
_CATEGORIES = ("hardware", "software", "network", "security", "data", "other")
_SERVICES = ("wiki", "shop", "core", "kiosk", "press", "scanner", "lathe", "till", "feed", "")


def many(views: Sequence[IncidentView], first: int, opened_by: datetime) -> Iterator[IncidentView]:
    """Views of different open incidents, without end, from that number on.

    Each is like one of `views`; priority, stage, team, service and age vary.
    """
    number = first
    while True:
        like = views[number % len(views)]
        # Steps that share no factor with the lengths: every combination comes.
        service = _SERVICES[number * 7 % 10]
        title = f"{like.title} ({number})"
        opened_at = opened_by - timedelta(seconds=number)
        yield like.model_copy(
            update={
                "incident_id": incident_id(f"many-{number}"),
                "title": title,
                "stage": _STAGES[number * 37 % 100],
                "priority": _PRIORITIES[number * 61 % 100],
                "team": _TEAMS[number % 3 % 2],
                "tier": 1 + number % 5 // 4,
                "category": _CATEGORIES[number // 10 % 6],
                "opened_at": opened_at,
                "report": like.report.model_copy(update={"title": title, "service": service}),
                "waiting_for": tuple(
                    wait.model_copy(
                        update={"until": opened_by + timedelta(days=30, seconds=number)}
                    )
                    if wait.until
                    else wait
                    for wait in like.waiting_for
                ),
            }
        )
        number += 1


async def open_many(client: Client, records: RecordStore, views: Iterator[IncidentView]) -> None:
    """Open them all: a workflow and a projection for each."""
    while batch := list(islice(views, _AT_ONCE)):
        runs = await asyncio.gather(*(_start(client, view) for view in batch))
        now = datetime.now(UTC)
        kept = [projection_of(view, run, 3, now) for view, run in zip(batch, runs, strict=True)]
        await asyncio.to_thread(records.projections.keep, kept)


async def _start(client: Client, view: IncidentView) -> str:
    """Start its workflow; the id of the run."""
    attributes = {
        names.STAGE: str(view.stage),
        names.PRIORITY: str(view.priority),
        names.CATEGORY: view.category,
        names.TEAM: view.team,
        names.ASSIGNEE: view.assignee,
        names.SERVICE: view.report.service,
    }
    numbers = {names.TIER: view.tier, names.EPISODE: view.episode}
    handle = await client.start_workflow(
        names.WORKFLOW,
        Case(report=view.report),
        id=view.incident_id,
        task_queue=_NOBODY_POLLS,
        priority=TaskPriority(priority_key=view.priority.number if view.priority else 5),
        search_attributes=TypedSearchAttributes(
            [
                *(SearchAttributePair(key, value) for key, value in attributes.items() if value),
                *(SearchAttributePair(key, value) for key, value in numbers.items() if value),
            ]
        ),
        memo=names.memo(view.title, view.episode, view.opened_at),
        static_summary=view.title,
    )
    return str(handle.first_execution_run_id)


async def opened(client: Client) -> int:
    """How many there are already."""
    return (await client.count_workflows(f'TaskQueue = "{_NOBODY_POLLS}"')).count
