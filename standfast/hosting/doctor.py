"""Checks an installation: each check has its result, and what to do about it.

Needs no worker, changes nothing and costs no Action. A new check is a function in `_CHECKS`.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from standfast.hosting.connection import configured_options, connect
from standfast.hosting.encryption import in_words
from standfast.hosting.errors import HostingError
from standfast.hosting.expiring_tokens import expiring
from standfast.hosting.machines import not_shared
from standfast.hosting.other_code import look_for_other_code
from standfast.hosting.records import open_records, shown_url
from standfast.hosting.settings import Settings
from standfast.hosting.source_keys import keys_of_no_source
from standfast.hosting.watchdog import build_finder
from standfast.incidents import names
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.finding_texts import summary
from standfast.messages.message import Message, words_of
from standfast.policy import Policy
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

LEAST_FREE = 1_000_000_000
"""Bytes free on the data directory's disk; with less, its databases may soon fail."""

OLDEST_TASK = timedelta(minutes=1)
"""How long a task may wait for a worker."""

CLOCKS_DIFFER_BY = timedelta(seconds=5)
"""The most that the clocks of this machine, Temporal and the database may differ."""

_POLLED_WITHIN = timedelta(seconds=90)
"""A long poll lasts a minute: a worker that has not polled for longer has stopped."""

_RPC_LIMIT = timedelta(seconds=10)
_MOST_NAMED = 5
_CLOCK_QUEUE = "standfast-clock"
_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}


class Check(Message):
    """The result of one check; `remedy` is empty where it is ok."""

    name: str
    ok: bool
    what: str
    remedy: str = ""


@dataclass
class _Installation:
    """What the checks need. Without a client, `away` says why Temporal cannot be reached."""

    settings: Settings
    records: RecordStore
    client: Client | None
    away: str


_Look = Callable[[_Installation], Awaitable[list[Check]]]


async def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which problems should be fixed.

    Raises:
        HostingError: a setting cannot be used at all.
    """
    records = open_records(settings)
    client, away = None, ""
    try:
        client = await connect(settings, records=lambda: records)
    except HostingError as unreachable:
        away = str(unreachable)
    try:
        installation = _Installation(settings, records, client, away)
        return [one for check in _CHECKS.items() for one in await _looked(check, installation)]
    finally:
        records.close()


async def _looked(check: tuple[str, _Look], installation: _Installation) -> list[Check]:
    name, look = check
    try:
        return await look(installation)
    except RPCError as refused:
        return [_not_looked_at(name, f"Temporal answered: {refused.message}")]


async def _policy(installation: _Installation) -> list[Check]:
    path = installation.settings.policy
    try:
        policy = await asyncio.to_thread(load_policy, path)
    except PolicyError as broken:
        first, *others = broken.problems
        more = f", and {len(others)} more" if others else ""
        return [Check(name="policy", ok=False, what=f"{first}{more}", remedy=_check(path))]
    told = ", ".join(policy.operators) or "whoever is on call"
    good = Check(name="policy", ok=True, what=f"version {policy.version}; operators: {told}")
    return [good, *await asyncio.to_thread(_keys_of_no_source, installation.records, policy)]


def _keys_of_no_source(records: RecordStore, policy: Policy) -> list[Check]:
    try:
        lost = keys_of_no_source(records.tokens.all(), policy)
    except RecordsUnavailable:
        return []  # its own check tells
    if not lost:
        return []
    told = ", ".join(f"{one.id} of {one.source}" for one in lost[:_MOST_NAMED])
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    return [
        Check(
            name="keys of sources",
            ok=False,
            what=f"the policy has no source for {told}{more}: what they send is refused",
            remedy="add the source to the policy, or `standfast token revoke` the key",
        )
    ]


async def _tokens(installation: _Installation) -> list[Check]:
    try:
        kept = await asyncio.to_thread(installation.records.tokens.all)
    except RecordsUnavailable:
        return []  # its own check tells
    what = expiring(kept, datetime.now(UTC))
    remedy = "`standfast token rotate` makes a new one; the old one works on for a day"
    return [Check(name="tokens", ok=False, what=what, remedy=remedy)] if what else []


def _check(path: Path) -> str:
    return f"`standfast policy check {path}` names every mistake with its line"


async def _disk(installation: _Installation) -> list[Check]:
    return [disk(installation.settings.data_dir)]


def disk(directory: Path, least_free: int = LEAST_FREE) -> Check:
    """Whether the data directory's disk has space."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(place).free
    what = f"{free / 1e9:.1f} GB free for {directory}"
    if free >= least_free:
        return Check(name="disk", ok=True, what=what)
    remedy = "free disk space, or set STANDFAST_DATA_DIR to another place"
    return Check(name="disk", ok=False, what=what, remedy=remedy)


async def _record_store(installation: _Installation) -> list[Check]:
    url = shown_url(installation.settings)
    before = datetime.now(UTC)
    try:
        now = await asyncio.to_thread(installation.records.now)
    except RecordsUnavailable as away:
        what, _, remedy = str(away).partition("; ")
        return [Check(name="record store", ok=False, what=what, remedy=remedy or "see its log")]
    return [
        Check(
            name="record store",
            ok=True,
            what=f"{url} answers, its tables are those of this version",
        ),
        clock("the record store", now, before, datetime.now(UTC)),
    ]


def clock(whose: str, theirs: datetime, before: datetime, after: datetime) -> Check:
    """Whether another clock agrees with ours, which showed `before` at the start of the request."""
    difference = max(before - theirs, theirs - after, timedelta(0))
    name = f"clock of {whose}"
    if difference <= CLOCKS_DIFFER_BY:
        return Check(name=name, ok=True, what="as this machine's")
    way = "behind" if theirs < before else "ahead of"
    return Check(
        name=name,
        ok=False,
        what=f"{words_of(difference)} {way} this machine's",
        remedy="synchronise the clocks of both machines by NTP",
    )


async def _encryption(installation: _Installation) -> list[Check]:
    name = "encryption"
    try:
        wrapped_by = await asyncio.to_thread(installation.records.incident_keys.wrapped_by)
    except RecordsUnavailable:
        wrapped_by = {}  # its own check tells
    try:
        configured = bool(configured_options().get("target_host"))
        what, remedy = in_words(installation.settings, wrapped_by, configured=configured)
    except HostingError as wrong:
        return [Check(name=name, ok=False, what=str(wrong), remedy="put the key right")]
    return [Check(name=name, ok=not remedy, what=what, remedy=remedy)]


async def _temporal(installation: _Installation) -> list[Check]:
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


async def _workers(installation: _Installation) -> list[Check]:
    client, queue = installation.client, installation.settings.task_queue
    if client is None:
        return [_not_looked_at("workers", "Temporal cannot be reached")]
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


async def _builds(installation: _Installation) -> list[Check]:
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


async def _other_queues(installation: _Installation) -> list[Check]:
    if installation.client is None:
        return []
    queue = installation.settings.task_queue
    query = (
        f'WorkflowType = "{names.WORKFLOW}" AND ExecutionStatus = "Running" '
        f'AND TaskQueue != "{queue}"'
    )
    counted = await installation.client.count_workflows(query, rpc_timeout=_RPC_LIMIT)
    if not counted.count:
        return []
    return [
        Check(
            name="task queue",
            ok=False,
            what=f"{counted.count} open incidents are on another task queue than {queue!r}",
            remedy="set STANDFAST_TASK_QUEUE to the same value wherever Standfast runs; until they "
            "have closed, run a worker on the other queue too",
        )
    ]


async def _other_code(installation: _Installation) -> list[Check]:
    if installation.client is None or installation.settings.build_id:
        return []
    found = await look_for_other_code(installation.client, installation.settings.task_queue)
    what = found.what or "this version can continue every open incident"
    return [Check(name="replay", ok=not found.what, what=what, remedy=found.remedy)]


async def _incidents(installation: _Installation) -> list[Check]:
    client = installation.client
    if client is None:
        return [_not_looked_at("open incidents", "Temporal cannot be reached")]
    finder = build_finder(client, installation.records, installation.settings.task_queue)
    scan = await finder.scan()
    checks = [_found(kind, scan.findings) for kind in scan.checked]
    return checks + [_not_looked_at(kind.words, why) for kind, why in scan.unchecked.items()]


def _found(kind: FindingKind, findings: Sequence[Finding]) -> Check:
    mine = [finding for finding in findings if finding.kind is kind]
    if not mine:
        return Check(name=kind.words, ok=True, what="no open incident")
    first = [f"{each.incident_id}: {each.what}" for each in mine[:5]]
    more = [f"and {len(mine) - 5} more"] if len(mine) > 5 else []
    return Check(
        name=kind.words,
        ok=False,
        what="; ".join([summary(mine), *first, *more]),
        remedy="; ".join(dict.fromkeys(each.remedy for each in mine)),
    )


def _not_looked_at(name: str, why: str) -> Check:
    return Check(name=name, ok=False, what=f"not checked: {why}", remedy="fix that first")


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


_CHECKS: dict[str, _Look] = {
    "policy": _policy,
    "disk": _disk,
    "record store": _record_store,
    "tokens": _tokens,
    "Temporal": _temporal,
    "encryption": _encryption,
    "workers": _workers,
    "builds": _builds,
    "task queue": _other_queues,
    "replay": _other_code,
    "open incidents": _incidents,
}
