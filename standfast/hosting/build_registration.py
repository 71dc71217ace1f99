"""Registers a worker's build with Temporal, and makes a build current."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflowservice.v1 import (
    SetWorkerDeploymentCurrentVersionRequest,
    UpdateWorkerDeploymentVersionMetadataRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standfast.hosting.build import code_id
from standfast.hosting.builds import CODE, RPC_LIMIT, Builds, code_of, deployment_of, find_builds
from standfast.hosting.errors import HostingError
from standfast.hosting.routing import pin_running
from standfast.hosting.settings import Settings, Versioning

_BETWEEN_TRIES = 0.2
_KNOWN_WITHIN = 60.0
"""Seconds until a new worker, or a change, must be known in all of Temporal's task queues."""


async def refuse_other_code(client: Client, settings: Settings) -> None:
    """Before a worker starts: check that its build id is not used for other code.

    Raises:
        HostingError: it is. Incidents pinned to that build would not replay with this code.
    """
    if not settings.build_id:
        return
    code = await code_of(client, deployment_of(settings.task_queue), settings.build_id)
    if code not in ("", code_id()):
        raise HostingError(
            f"STANDFAST_BUILD_ID: build {settings.build_id} is already used for other workflow "
            f"code ({code}; this is {code_id()}): give this one a build id of its own"
        )


async def register_build(client: Client, settings: Settings) -> list[str]:
    """Once a worker runs: register its build, and make the first of all builds current.

    Returns lines for the person who started it; errors of Temporal become one of them.
    """
    task_queue, build_id = settings.task_queue, settings.build_id
    lines = []
    try:
        if build_id:
            await _record_code(client, deployment_of(task_queue), build_id)
            await _until(client, task_queue, lambda found: found.get(build_id) is not None)
        found = await find_builds(client, task_queue)
        if build_id and found and not found.ever_current:
            await make_current(client, task_queue, build_id)
            lines.append(
                f"Build {build_id} is the first one, and now current: it takes all incidents, open "
                "ones too."
            )
        elif found:
            lines += build_notes(found, build_id or "")
        if build_id and settings.versioning is Versioning.PINNED:
            kept = await pin_running(client, task_queue, build_id)
            lines += [f"{incidents(kept)} pinned to it from now on."] if kept else []
    except (RPCError, HostingError) as error:
        why = error.message if isinstance(error, RPCError) else error
        lines.append(f"The builds could not be checked: {why}. See `standfast build list`.")
    return lines


async def make_current(client: Client, task_queue: str, build_id: str) -> None:
    """Route new incidents, and all that are not pinned, to that build.

    An empty `build_id` means the workers without one. Returns when it is in force.

    Raises:
        HostingError: there is no such build, or it has no worker.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment_of(task_queue),
        build_id=build_id,
        identity=f"standfast {code_id()}",
    )
    try:
        await client.workflow_service.set_worker_deployment_current_version(
            request, timeout=RPC_LIMIT
        )
    except RPCError as error:
        if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise
        if not build_id:
            raise HostingError(
                "no worker ever had a build id: there is nothing to turn off"
            ) from None
        raise HostingError(
            f"build {build_id} cannot be made current ({error.message}): start a worker with "
            f"STANDFAST_BUILD_ID={build_id} first, and wait until it says that it runs incidents"
        ) from None
    if not await _until(
        client, task_queue, lambda found: found.in_force and found.current == build_id
    ):
        # Until all of the server's task queues know, the former build gets incidents.
        raise HostingError(
            f"Temporal accepted the change, but it is not in force after {_KNOWN_WITHIN:.0f} s: "
            "until it is, see `standfast build list`, new incidents may still go to the former "
            "build"
        )


def build_notes(found: Builds, ours: str) -> list[str]:
    """Notes on the builds, for the person who runs a worker of build `ours`."""
    lines = []
    if found.current == ours:
        lines += [f"Build {ours} is current: it takes new incidents."] if ours else []
    elif not found.current:
        lines.append(
            f"Build {ours} is not current: new incidents go to workers without a build id. "
            f"`standfast build make-current {ours}` changes that."
        )
    elif ours:
        lines.append(
            f"Build {ours} is not current: new incidents go to build {found.current}. "
            f"`standfast build make-current {ours}` changes that."
        )
    else:
        lines.append(
            f"This worker has no build id and gets no incidents: build {found.current} is current. "
            "Set STANDFAST_BUILD_ID, or turn builds off with `standfast build off`."
        )
    mine = found.get(ours)
    if mine and mine.pinned and found.current != ours:
        lines.append(f"{incidents(mine.pinned)} pinned to build {ours}, and will go on here.")
    others = (one for one in build_warnings(found) if one.build_id and one.build_id != ours)
    return [*lines, *(f"{one.what}: {one.remedy}." for one in others)]


class BuildWarning(NamedTuple):
    """A problem of a build, and what to do; `build_id` is empty for workers without one."""

    build_id: str
    what: str
    remedy: str


def build_warnings(found: Builds) -> Iterator[BuildWarning]:
    """Builds whose incidents have no worker, and workers that get no incidents."""
    for build in found.builds:
        if build.build_id == found.current and not build.workers:
            yield BuildWarning(
                build.build_id,
                f"Build {build.build_id} is current, and has no worker",
                "new incidents wait; start one, or make another build current",
            )
        if build.lacks_workers:
            yield BuildWarning(
                build.build_id,
                f"{incidents(build.pinned)} pinned to build {build.build_id}, which has no worker",
                f"start one, or try `standfast build move {build.build_id}`",
            )
    if found.current and found.without:
        yield BuildWarning(
            "",
            f"Workers without a build id get no incidents ({found.without} of them run): build "
            f"{found.current} is current",
            "start them with STANDFAST_BUILD_ID, or turn builds off with `standfast build off`",
        )


def incidents(count: int) -> str:
    """The subject of a sentence: `1 open incident or review is`."""
    return (
        f"{count} open incidents and reviews are" if count != 1 else "1 open incident or review is"
    )


async def _until(client: Client, task_queue: str, reached: Callable[[Builds], bool]) -> bool:
    """Wait until Temporal says so of the builds; False if it does not in time.

    What it answers may lag behind what it has accepted.
    """
    deadline = asyncio.get_running_loop().time() + _KNOWN_WITHIN
    while not ((found := await find_builds(client, task_queue)) and reached(found)):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(_BETWEEN_TRIES)
    return True


async def _record_code(client: Client, deployment: str, build_id: str) -> None:
    """Record the build's code id, as soon as Temporal knows the build."""
    # In clear: it is no secret, and belongs to no incident.
    [code] = client.data_converter.payload_converter.to_payloads([code_id()])
    request = UpdateWorkerDeploymentVersionMetadataRequest(
        namespace=client.namespace,
        deployment_version=WorkerDeploymentVersion(deployment_name=deployment, build_id=build_id),
        upsert_entries={CODE: code},
    )
    deadline = asyncio.get_running_loop().time() + _KNOWN_WITHIN
    while True:
        try:
            await client.workflow_service.update_worker_deployment_version_metadata(
                request, timeout=RPC_LIMIT
            )
        except RPCError as error:
            late = asyncio.get_running_loop().time() > deadline
            if late or error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(_BETWEEN_TRIES)
        else:
            return
