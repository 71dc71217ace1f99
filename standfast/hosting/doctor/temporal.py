"""Checks of Temporal, and of the workers that it sees."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from standfast.hosting.build import code_id, code_in
from standfast.hosting.build_registration import build_warnings
from standfast.hosting.builds import build_id_of, find_builds
from standfast.hosting.doctor.check import Check, Installation, not_looked_at
from standfast.hosting.doctor.here import clock
from standfast.hosting.machines import not_shared
from standfast.hosting.other_code import look_for_other_code
from standfast.incidents import names
from standfast.messages.message import words_of

OLDEST_TASK = timedelta(minutes=1)
"""How long a task may wait for a worker."""

_POLLED_WITHIN = timedelta(seconds=90)
"""A long poll lasts a minute: a worker that has not polled for longer has stopped."""

_RPC_LIMIT = timedelta(seconds=10)
_MOST_NAMED = 5
_CLOCK_QUEUE = "standfast-clock"
_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}

_CLOCK_QUEUE = "standfast-clock"
_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}

_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}


async def temporal(installation: Installation) -> list[Check]:
    """The Temporal server, and its clock."""
    client = installation.client
    if client is None:
        what, _, remedy = installation.away.partition(": ")
        return [Check(name="Temporal", ok=False, what=what, remedy=remedy or "see its log")]
    address = client.service_client.config.target_host
    where = f"{address}, namespace {client.namespace}, answers"
    before = datetime.now(UTC)
    theirs = await _time_of(client)
    checks = [Check(name="Temporal", ok=True, what=where)]
    if theirs:
        checks.append(clock("Temporal", theirs, before, datetime.now(UTC)))
    return checks


async def _time_of(client: Client) -> datetime | None:
    """The server's time: only the time of a poll shows it.

    The queue that is polled is not used, so no task is lost.
    """
    me = f"standfast doctor {uuid4()}"  # others who asked are listed for some minutes
    poll = PollWorkflowTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=_CLOCK_QUEUE), identity=me
    )
    asking = asyncio.create_task(
        client.workflow_service.poll_workflow_task_queue(poll, timeout=timedelta(seconds=70))
    )
    try:
        for _ in range(20):
            described = await _described(client, _CLOCK_QUEUE, _QUEUES["workflow"])
            if mine := [each for each in described.pollers if each.identity == me]:
                return _last_seen(mine[0])
            await asyncio.sleep(0.1)
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError, RPCError):
            await asking
    return None


async def workers(installation: Installation) -> list[Check]:
    """The workers, by what they have asked for lately."""
    client, queue = installation.client, installation.settings.task_queue
    if client is None:
        return [not_looked_at("workers", "Temporal cannot be reached")]
    checks: list[Check] = []
    identities: set[str] = set()
    everyone: set[str] = set()
    for kind, number in _QUEUES.items():
        described = await _described(client, queue, number)
        now = datetime.now(UTC)
        asked = [each for each in described.pollers if now - _last_seen(each) < _POLLED_WITHIN]
        everyone |= {each.identity for each in asked}
        # Builds run other code on purpose.
        identities |= {each.identity for each in asked if not build_id_of(each)}
        if not asked:
            checks.append(
                Check(
                    name=f"{kind} workers",
                    ok=False,
                    what=f"no worker polls for {kind} tasks of the task queue {queue!r}",
                    remedy="start a worker (`python worker.py`) with the same STANDFAST_TASK_QUEUE",
                )
            )
        checks.append(_backlog(kind, described))
    if identities and not any(not check.ok and check.name.endswith("workers") for check in checks):
        checks.insert(0, _same_code(identities))
    alone = not_shared(installation.settings, everyone)
    return checks + [Check(name=n, ok=False, what=what, remedy=todo) for n, what, todo in alone]


async def builds(installation: Installation) -> list[Check]:
    """The builds of Worker Versioning."""
    if installation.client is None:
        return []
    found = await find_builds(installation.client, installation.settings.task_queue)
    if found is None:
        return []
    wrong = [
        Check(name="builds", ok=False, what=one.what, remedy=one.remedy)
        for one in build_warnings(found)
    ]
    what = f"build {found.current} is current" if found.current else "no build is current"
    return wrong or [Check(name="builds", ok=True, what=what)]


def _same_code(identities: set[str]) -> Check:
    here = code_id()
    others = sorted(
        f"{identity.partition(' ')[0]} ({code_in(identity) or 'without an id'})"
        for identity in identities
        if code_in(identity) != here
    )
    if not others:
        what = f"{len(identities)} at work, with the code of this command ({here})"
        return Check(name="workers", ok=True, what=what)
    return Check(
        name="workers",
        ok=False,
        what=f"{len(others)} of {len(identities)} run other code than this command ({here}): "
        f"{', '.join(others[:5])}",
        remedy="install one version everywhere; `standfast replay-check` says whether open "
        "incidents go on with it",
    )


def _backlog(kind: str, described: DescribeTaskQueueResponse) -> Check:
    count = described.stats.approximate_backlog_count
    age = described.stats.approximate_backlog_age.ToTimedelta()
    wait = "task waits" if count == 1 else "tasks wait"
    waiting = f"{count} {wait}, the oldest for {words_of(age)}" if count else "no task waits"
    name = f"{kind} backlog"
    if age <= OLDEST_TASK:
        return Check(name=name, ok=True, what=waiting)
    remedy = "start more workers, or find out what slows them down: their log, their machine's load"
    return Check(name=name, ok=False, what=waiting, remedy=remedy)


async def task_queue(installation: Installation) -> list[Check]:
    """Open incidents and reviews on another task queue."""
    if installation.client is None:
        return []
    queue = installation.settings.task_queue
    query = f'{names.RUNNING} AND TaskQueue != "{queue}"'
    counted = await installation.client.count_workflows(query, rpc_timeout=_RPC_LIMIT)
    if not counted.count:
        return []
    return [
        Check(
            name="task queue",
            ok=False,
            what=f"{counted.count} open incidents and reviews are on another task queue than "
            f"{queue!r}",
            remedy="set STANDFAST_TASK_QUEUE to the same value wherever Standfast runs; until they "
            "are over, run a worker on the other queue too",
        )
    ]


async def replay(installation: Installation) -> list[Check]:
    """Whether this version can continue every open incident."""
    if installation.client is None or installation.settings.build_id:
        return []
    found = await look_for_other_code(installation.client, installation.settings.task_queue)
    what = found.what or "this version can continue every open incident"
    return [Check(name="replay", ok=not found.what, what=what, remedy=found.remedy)]


async def _described(client: Client, queue: str, kind: int) -> DescribeTaskQueueResponse:
    return await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.ValueType(kind),
            report_stats=True,
        ),
        timeout=_RPC_LIMIT,
    )


def _last_seen(poller: PollerInfo) -> datetime:
    return poller.last_access_time.ToDatetime(tzinfo=UTC)
