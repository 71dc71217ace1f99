"""A worker's build takes its place among the others, and somebody makes one of them current."""

import asyncio
from collections.abc import Iterator
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
from standfast.hosting.routing import keep
from standfast.hosting.settings import Settings, Versioning

_BETWEEN_TRIES = 0.2
_KNOWN_WITHIN = 30.0
"""Seconds in which Temporal knows of a new worker, or of a change, wherever it gives out work."""


async def refuse_other_code(client: Client, settings: Settings) -> None:
    """Before a worker starts: its build id must not be the name of other code already.

    Raises:
        HostingError: it is. What is pinned to that build would meet code that it does not know.
    """
    if not settings.build_id:
        return
    code = await code_of(client, deployment_of(settings.task_queue), settings.build_id)
    if code not in ("", code_id()):
        raise HostingError(
            f"STANDFAST_BUILD_ID: build {settings.build_id} is other workflow code already ({code};"
            f" this is {code_id()}): give this one a build id of its own"
        )


async def enrol(client: Client, settings: Settings) -> list[str]:
    """Once a worker runs: make Temporal know its build, and the first of all builds current.

    Returns what whoever started it should know, in lines; it never raises for what Temporal says.
    """
    task_queue, build_id = settings.task_queue, settings.build_id
    lines = []
    try:
        if build_id:
            await _tell_code(client, deployment_of(task_queue), build_id)
        found = await find_builds(client, task_queue)
        if build_id and found and not found.ever_current:
            await make_current(client, task_queue, build_id)
            lines.append(
                f"Build {build_id} is the first, and current now: it takes all incidents, those "
                "that are open too."
            )
        elif found:
            lines += lines_about(found, build_id or "")
        if build_id and settings.versioning is Versioning.PINNED:
            kept = await keep(client, task_queue, build_id)
            lines += [f"{incidents(kept)} pinned to it from now on."] if kept else []
    except (RPCError, HostingError) as error:
        why = error.message if isinstance(error, RPCError) else error
        lines.append(f"What becomes of incidents is not known: {why}. See `standfast build list`.")
    return lines


async def make_current(client: Client, task_queue: str, build_id: str) -> None:
    """New incidents go to that build from now on, and with them all that is not pinned.

    An empty `build_id` means the workers without one.

    Returns when that is in force.

    Raises:
        HostingError: there is no such build, or no worker of it is there.
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
    await _until_in_force(client, task_queue)


def lines_about(found: Builds, ours: str) -> list[str]:
    """What is worth knowing about the builds there are, to whoever runs a worker of `ours`."""
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
    others = (one for one in warnings_about(found) if one.build_id and one.build_id != ours)
    return [*lines, *(f"{one.what}: {one.remedy}." for one in others)]


class Warned(NamedTuple):
    """What waits, in words, and what to do; the build it is about, empty for workers without."""

    build_id: str
    what: str
    remedy: str


def warnings_about(found: Builds) -> Iterator[Warned]:
    """What waits for a worker that is not there, and workers that wait for work in vain."""
    for build in found.builds:
        if build.build_id == found.current and not build.workers:
            yield Warned(
                build.build_id,
                f"Build {build.build_id} is current, and no worker of it is there",
                "new incidents wait; start one, or make another build current",
            )
        if build.is_missed:
            yield Warned(
                build.build_id,
                f"{incidents(build.pinned)} pinned to build {build.build_id}, and no worker of it "
                "is there",
                f"start one, or try `standfast build move {build.build_id}`",
            )
    if found.current and found.without:
        yield Warned(
            "",
            f"Workers without a build id get no incidents ({found.without} there): build "
            f"{found.current} is current",
            "start them with STANDFAST_BUILD_ID, or turn builds off with `standfast build off`",
        )


def incidents(count: int) -> str:
    """The subject of a sentence: `1 open incident is`, `3 open incidents are`."""
    return f"{count} open incident{'s are' if count != 1 else ' is'}"


async def _until_in_force(client: Client, task_queue: str) -> None:
    """The server answers before all of its task queues know; until then the old build gets some."""
    deadline = asyncio.get_running_loop().time() + _KNOWN_WITHIN
    while (found := await find_builds(client, task_queue)) and not found.in_force:
        if asyncio.get_running_loop().time() > deadline:
            raise HostingError(
                f"Temporal took the change, but has not put it in force within {_KNOWN_WITHIN:.0f} "
                "s: until it does, see `standfast build list`, new incidents may still go where "
                "they went before"
            )
        await asyncio.sleep(_BETWEEN_TRIES)


async def _tell_code(client: Client, deployment: str, build_id: str) -> None:
    """Write down which code the build is, as soon as Temporal knows the build."""
    [code] = await client.data_converter.encode([code_id()])
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
