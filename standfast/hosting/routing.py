"""Changes which build an open incident goes on with.

`move` is for a build whose workers will not come back: its pinned incidents would wait for ever.
`pin_running` is for a build that becomes pinned: it keeps its incidents, which the next would take.
"""

from collections.abc import AsyncIterator

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflow.v1 import VersioningOverride, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionOptionsRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.hosting.build import code_id
from standfast.hosting.builds import (
    RPC_LIMIT,
    deployment_of,
    find_builds,
    pinned_query,
    unpinned_queries,
)
from standfast.hosting.errors import HostingError
from standfast.hosting.replay_check import OpenRun, ReplayCheck, replay_runs


async def move(client: Client, task_queue: str, build_id: str) -> AsyncIterator[ReplayCheck]:
    """Move each incident that is pinned to `build_id`, or say `why` it cannot be moved.

    An incident is moved only if this code replays it; this code must be the current build's.

    Raises:
        HostingError: there is no such build, it is the current one, or this is other code.
    """
    target = await _target(client, task_queue, build_id)
    deployment = deployment_of(task_queue)
    runs = [
        OpenRun(run.id, run.run_id, build_id)
        async for run in client.list_workflows(pinned_query(deployment, build_id))
    ]
    async for one in replay_runs(client, runs):
        if not one.why:
            await _route(client, one.run, deployment, target)
        yield one


async def pin_running(client: Client, task_queue: str, build_id: str) -> int:
    """Pin a build's unpinned open incidents to it; return how many.

    All unpinned incidents belong to the current build; to another, those whose last task it ran.
    """
    found = await find_builds(client, task_queue)
    deployment = deployment_of(task_queue)
    is_current = found is not None and found.current == build_id
    queries = unpinned_queries(None if is_current else f"{deployment}:{build_id}")
    runs = [
        OpenRun(run.id, run.run_id)
        for query in queries
        async for run in client.list_workflows(query)
        if run.task_queue == task_queue
    ]
    for run in runs:
        await _route(client, run, deployment, build_id)
    return len(runs)


async def _target(client: Client, task_queue: str, build_id: str) -> str:
    found = await find_builds(client, task_queue)
    if found is None or not found.get(build_id):
        raise HostingError(f"there is no build {build_id}; `standfast build list` shows all")
    current = found.get(found.current)
    if current is None:
        raise HostingError("no build is current: `standfast build make-current BUILD` first")
    if current.build_id == build_id:
        raise HostingError(f"build {build_id} is the current one: its incidents are there already")
    if current.code != code_id():
        raise HostingError(
            f"build {current.build_id}, the current one, is code {current.code or 'unknown'}, and "
            f"this is {code_id()}: run the command where build {current.build_id} is installed"
        )
    return current.build_id


async def _route(client: Client, run: OpenRun, deployment: str, build_id: str) -> None:
    """Route its next workflow task to that build, also one that waits already.

    From then on that build's workers decide: pinned, or auto-upgrade.
    """
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build_id)
    once = VersioningOverride.OneTimeOverride(target_deployment_version=version)
    options = WorkflowExecutionOptions(versioning_override=VersioningOverride(one_time=once))
    request = UpdateWorkflowExecutionOptionsRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=run.workflow_id, run_id=run.run_id),
        workflow_execution_options=options,
        update_mask=FieldMask(paths=["versioning_override"]),
        identity=f"standfast {code_id()}",
    )
    try:
        await client.workflow_service.update_workflow_execution_options(request, timeout=RPC_LIMIT)
    except RPCError as error:
        # It has closed meanwhile: there is nothing to move.
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
