"""Builds of Standfast that run side by side, from Temporal's Worker Versioning.

A build is a *version* of the *worker deployment* that is named after the task queue. New incidents
go to the *current* build, which an operator chooses. Nothing here needs a worker.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import (
    RoutingConfigUpdateState,
    TaskQueueType,
    WorkerDeploymentVersionStatus,
    WorkerVersioningMode,
)
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    DescribeWorkerDeploymentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.hosting.build import code_in
from standfast.incidents import names

RPC_LIMIT = timedelta(seconds=10)
_VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED

_IN_PROGRESS = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS

CODE = "code"
"""The entry of a version's metadata that has its `code_id()`."""

SEEN_WITHIN = timedelta(seconds=100)
"""A worker polls at least once a minute; one that was not seen for longer has stopped."""


@dataclass(frozen=True)
class SeenWorker:
    """A worker that polled for workflow tasks lately; `build_id` is empty where it has none."""

    identity: str
    build_id: str
    code: str
    last_seen: datetime


@dataclass(frozen=True)
class Build:
    """One build. `pinned` counts the open incidents and reviews that are pinned to it.

    state: `current`, `ramping`, `inactive` (never was current), `draining` or `drained`.
    code: its `code_id()`, empty until its first worker has registered it.
    """

    build_id: str
    state: str
    code: str
    pinned: int
    workers: int

    @property
    def lacks_workers(self) -> bool:
        """Incidents are pinned to it, and it has no worker."""
        return self.pinned > 0 and not self.workers


@dataclass(frozen=True)
class Builds:
    """All builds. `current` is empty while workers without a build id take new incidents.

    in_force: whether every task queue knows the current build.
    without: how many workers have no build id.
    """

    current: str
    ever_current: bool
    in_force: bool
    without: int
    builds: tuple[Build, ...]

    def get(self, build_id: str) -> Build | None:
        """The build of that id, if there is one."""
        return next((build for build in self.builds if build.build_id == build_id), None)


def deployment_of(task_queue: str) -> str:
    """The name of the worker deployment; Temporal allows no dot or colon in it."""
    return re.sub(r"[^\w/+-]", "-", task_queue)


async def workers_seen(
    client: Client, task_queue: str, within: timedelta = SEEN_WITHIN
) -> tuple[SeenWorker, ...]:
    """The workers that run incidents, of every build and of none.

    Raises:
        RPCError: the server does not tell.
    """
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=RPC_LIMIT,
    )
    oldest = datetime.now(UTC) - within
    seen = (
        SeenWorker(
            identity=poller.identity,
            build_id=build_id_of(poller),
            code=code_in(poller.identity),
            last_seen=poller.last_access_time.ToDatetime(UTC),
        )
        for poller in described.pollers
    )
    return tuple(worker for worker in seen if worker.last_seen >= oldest)


def build_id_of(poller: PollerInfo) -> str:
    """The build id of a worker that asks for work; empty where it has none."""
    options = poller.deployment_options
    return options.build_id if options.worker_versioning_mode == _VERSIONED else ""


async def find_builds(
    client: Client, task_queue: str, seen_within: timedelta = SEEN_WITHIN
) -> Builds | None:
    """All builds; None where no worker ever had a build id.

    Raises:
        RPCError: the server does not tell.
    """
    deployment = deployment_of(task_queue)
    described = await _describe(client, deployment)
    if described is None:
        return None
    workers = await workers_seen(client, task_queue, seen_within)
    info = described.worker_deployment_info
    found = [
        Build(
            build_id=version.deployment_version.build_id,
            state=_state(version.status),
            code=await code_of(client, deployment, version.deployment_version.build_id),
            pinned=await _pinned(client, deployment, version.deployment_version.build_id),
            workers=sum(
                worker.build_id == version.deployment_version.build_id for worker in workers
            ),
        )
        for version in info.version_summaries
    ]
    return Builds(
        current=info.routing_config.current_deployment_version.build_id,
        ever_current=info.routing_config.HasField("current_version_changed_time"),
        without=sum(not worker.build_id for worker in workers),
        in_force=info.routing_config_update_state != _IN_PROGRESS,
        builds=tuple(found),
    )


_BEHAVIOUR = "TemporalWorkflowVersioningBehavior"
_LAST_VERSION = "TemporalWorkerDeploymentVersion"


def pinned_query(deployment: str, build_id: str) -> str:
    """The visibility query for open incidents and reviews that are pinned to a build."""
    version = f'{_LAST_VERSION} = "{deployment}:{build_id}"'
    return f'{names.RUNNING} AND {_BEHAVIOUR} = "Pinned" AND {version}'


def unpinned_queries(last_version: str | None) -> list[str]:
    """The visibility queries for open incidents and reviews that are pinned to no build.

    last_version: such as `standfast:2026.11.3`: only those whose last task that version ran.
    """
    upgrading = f'{names.RUNNING} AND {_BEHAVIOUR} = "AutoUpgrade"'
    if last_version:
        return [f'{upgrading} AND {_LAST_VERSION} = "{last_version}"']
    return [upgrading, f"{names.RUNNING} AND {_BEHAVIOUR} IS NULL"]


async def code_of(client: Client, deployment: str, build_id: str) -> str:
    """The `code_id()` of a build; empty when there is no such build, or it is not registered."""
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build_id)
    try:
        described = await client.workflow_service.describe_worker_deployment_version(
            DescribeWorkerDeploymentVersionRequest(
                namespace=client.namespace, deployment_version=version
            ),
            timeout=RPC_LIMIT,
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise
    entries = described.worker_deployment_version_info.metadata.entries
    [code] = await client.data_converter.decode([entries[CODE]], [str]) if CODE in entries else [""]
    return str(code)


async def _pinned(client: Client, deployment: str, build_id: str) -> int:
    return (await client.count_workflows(pinned_query(deployment, build_id))).count


async def _describe(client: Client, deployment: str) -> DescribeWorkerDeploymentResponse | None:
    try:
        return await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment),
            timeout=RPC_LIMIT,
        )
    except RPCError as error:
        # A server that is too old to know of deployments has none.
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.UNIMPLEMENTED):
            return None
        raise


def _state(status: WorkerDeploymentVersionStatus.ValueType) -> str:
    name = WorkerDeploymentVersionStatus.Name(status)
    return name.removeprefix("WORKER_DEPLOYMENT_VERSION_STATUS_").lower()
