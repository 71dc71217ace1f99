"""Who did it: the builds and the code that completed an incident's workflow tasks."""

from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from standfast.hosting.build import built_by


async def completed_by(handle: WorkflowHandle[Any, Any]) -> list[tuple[str, str]]:
    """Build id and code of each workflow task, in order; an empty build id where there is none."""
    return [
        (
            event.workflow_task_completed_event_attributes.deployment_version.build_id,
            built_by(event),
        )
        for event in (await handle.fetch_history()).events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]


async def builds_of(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Which builds went on with it, in order."""
    return list(dict.fromkeys([build_id for build_id, _ in await completed_by(handle)]))
