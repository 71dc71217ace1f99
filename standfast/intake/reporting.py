"""Reports an issue: it opens an incident, joins an open one, or opens the next episode."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from standfast.encryption.errors import EncryptionError
from standfast.incidents import names
from standfast.incidents.actions import Action
from standfast.incidents.confidentiality import ADMINISTRATORS, TITLE
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.monitoring import Repeats, counter_of_one
from standfast.incidents.report import Report, ReportResult, refusal
from standfast.intake.errors import Invalid, Unavailable
from standfast.messages.markdown import escaped
from standfast.records.errors import RecordsUnavailable
from workflows.case import Case

if TYPE_CHECKING:
    from standfast.policy import Policy

_MEMO_STARTED_BY = "started_by"

LONGEST_SUMMARY = 200
"""Bytes that Temporal takes as the summary of a run."""

_EXCERPT = 1_000
_RPC_LIMIT = timedelta(seconds=10)
PATIENCE = 40.0
"""Seconds to keep trying, where no person waits for the answer."""
_PREPARING = 10.0
"""Seconds to wait for a starting worker to prepare the namespace."""
_UNPREPARED = (
    "its namespace lacks Standfast's search attributes, which a worker adds when it starts: "
    "is worker.py running?"
)
_MAX_ATTEMPTS = 10
"""Tries, as an incident may close or open while it is reported."""

_BUSY = (
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.ABORTED,
)

Answered = TypeVar("Answered")


class KnownEpisodes(Protocol):
    """The part of the record store that reporting uses."""

    def episodes(self, incident_id: str) -> int:
        """The highest episode on record, 0 if there is none."""


async def report_incident(
    client: Client,
    report: Report,
    *,
    now: datetime,
    policy: "Policy | None",
    records: KnownEpisodes,
    task_queue: str,
    counted: Mapping[str, int] | None = None,
    repeats: Repeats | None = None,
    more: int = 0,
    attempt: str = "",
    patience: float = PATIENCE,
) -> ReportResult:
    """Report an issue. `policy` sets its priority in Temporal's queue; None means P3's.

    counted, more: for the episode that this report opens: the totals of its counters of repeats,
        and how many of those belong to it beside the report itself.
    attempt: an idempotency key of this report, the same for each try, so that an incident opened by
        an earlier try is found again, and one that it joined does not count it twice.
    patience: seconds to retry a busy server, on top of the SDK's own retries.
    repeats: what an open incident gets instead of the report, which is the latest of them.

    Raises:
        Invalid: the report is not valid; names the field.
        Unavailable: the server did not answer in time, or the incident kept changing.
    """
    reason = refusal(report, now)
    if reason:
        raise Invalid(reason)
    identity = incident_id(report.dedup_key or attempt)
    on_record, note = await _on_record(records, identity) if report.dedup_key else (0, "")
    why = _why_confidential(policy, report) if policy else ""
    known = dict(counted or {})
    if attempt:
        known[counter_of_one(attempt)] = 1
    case = Case(report=report, counted=known, more=more, confidential=why)
    joining = repeats or (Repeats.of_one(report, attempt) if attempt else report)
    start = _Start(client, case, now, policy, task_queue, attempt, patience)
    episode, reuse = on_record + 1, WorkflowIDReusePolicy.REJECT_DUPLICATE
    for _ in range(_MAX_ATTEMPTS):
        try:
            await start(identity, episode, reuse)
            return ReportResult(incident_id=identity, episode=episode, created=True, note=note)
        except WorkflowAlreadyStartedError:
            found = await _describe(client, identity, patience)
        if found is None:  # Temporal forgot it just now
            episode, reuse = on_record + 1, WorkflowIDReusePolicy.REJECT_DUPLICATE
        elif start.has_opened(found):
            # An earlier try that seemed to fail had reached the server.
            return ReportResult(
                incident_id=identity, episode=found.episode, created=True, note=note
            )
        elif not report.dedup_key:
            identity = incident_id()
        elif not found.running:
            episode = max(found.episode, on_record) + 1
            reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE
        elif await _join(client, identity, joining, patience):
            return ReportResult(
                incident_id=identity, episode=found.episode, created=False, note=note
            )
    raise Unavailable(f"{identity} opened and closed {_MAX_ATTEMPTS} times while it was reported")


async def _on_record(records: KnownEpisodes, identity: str) -> tuple[int, str]:
    try:
        return await asyncio.to_thread(records.episodes, identity), ""
    except RecordsUnavailable as away:
        return 0, f"earlier episodes of {identity} could not be looked up: {away}"


class _Start:
    """Starts the workflow of one report. `token` identifies the runs that it started."""

    def __init__(
        self,
        client: Client,
        case: Case,
        now: datetime,
        policy: "Policy | None",
        task_queue: str,
        attempt: str,
        patience: float,
    ) -> None:
        self.token = attempt or str(uuid.uuid4())
        self._owns_its_id = bool(attempt) and not case.report.dedup_key
        self._patience = patience
        self._client = client
        self._case = case
        self._now = now
        self._priority = _estimated(policy, case.report) if policy else None
        self._task_queue = task_queue

    def has_opened(self, found: "_Found") -> bool:
        """Whether an earlier try has; where that cannot be read, the id of its attempt tells."""
        if found.started_by is None:
            return self._owns_its_id
        return found.started_by == self.token

    async def __call__(self, identity: str, episode: int, reuse: WorkflowIDReusePolicy) -> None:
        report = self._case.report
        attributes: list[SearchAttributePair[Any]] = [
            SearchAttributePair(names.STAGE, Box.REPORT.value),
            SearchAttributePair(names.EPISODE, episode),
        ]
        secret = bool(self._case.confidential) or report.confidential
        if secret:
            readers = [ADMINISTRATORS]
            attributes.append(SearchAttributePair(names.READERS, readers))
        elif report.service:
            attributes.append(SearchAttributePair(names.SERVICE, report.service))

        async def start() -> None:
            await self._client.start_workflow(
                names.WORKFLOW,
                self._case.model_copy(update={"episode": episode}),
                id=identity,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=reuse,
                priority=Priority(priority_key=self._priority),
                search_attributes=TypedSearchAttributes(attributes),
                memo={
                    **names.memo(TITLE if secret else report.title, episode, self._now),
                    _MEMO_STARTED_BY: self.token,
                },
                static_summary=TITLE if secret else summary_of(report),
                static_details=None if secret else _details_of(report),
                rpc_timeout=_RPC_LIMIT,
            )

        await _patiently(start, self._patience)


def _estimated(policy: "Policy", report: Report) -> int:
    """The number of the priority that triage will give, as the policy is now."""
    # Whoever has a policy has loaded its models; who has none need not.
    from standfast.decisions.triage import triage

    return triage(policy, report).priority.number


def _why_confidential(policy: "Policy", report: Report) -> str:
    from standfast.decisions.confidentiality import why_confidential

    return why_confidential(policy, report)


class _Found(NamedTuple):
    """The latest run of an incident in Temporal."""

    running: bool
    episode: int
    started_by: str | None


async def _describe(client: Client, identity: str, patience: float) -> _Found | None:
    handle = client.get_workflow_handle(identity)

    async def describe() -> WorkflowExecutionDescription:
        return await handle.describe(rpc_timeout=_RPC_LIMIT)

    try:
        run = await _patiently(describe, patience)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return _Found(
        running=run.status is WorkflowExecutionStatus.RUNNING,
        episode=run.typed_search_attributes.get(names.EPISODE) or 0,
        started_by=await _started_by(run),
    )


async def _started_by(run: WorkflowExecutionDescription) -> str | None:
    """Whose attempt started it; None where that cannot be read: the record store may be away."""
    try:
        return (await run.memo()).get(_MEMO_STARTED_BY)
    except EncryptionError:
        return None


async def _join(client: Client, identity: str, message: Report | Repeats, patience: float) -> bool:
    """Signal the open incident; False when it has closed meanwhile."""
    handle = client.get_workflow_handle(identity)
    is_counted = isinstance(message, Repeats)
    name = names.REPEATS if is_counted else Action.REPORT_AGAIN.value

    async def signal() -> None:
        await handle.signal(name, message, rpc_timeout=_RPC_LIMIT)

    try:
        await _patiently(signal, patience)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def _patiently(call: Callable[[], Awaitable[Answered]], patience: float) -> Answered:
    """Call, and retry while the server is busy, so that no report is lost."""
    clock = asyncio.get_running_loop()
    started, pause = clock.time(), 0.2
    while True:
        try:
            return await call()
        except RPCError as error:
            unprepared = _is_unprepared(error)
            if error.status not in _BUSY and not unprepared:
                raise
            waited = clock.time() - started
            if waited + pause > (min(patience, _PREPARING) if unprepared else patience):
                reason = _UNPREPARED if unprepared else error.message or error.status.name
                raise Unavailable(f"Temporal does not accept it now: {reason}") from None
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(pause * 2, 5.0)


def _is_unprepared(error: RPCError) -> bool:
    """Whether the search attributes are not registered (yet): a starting worker adds them."""
    return (
        error.status is RPCStatusCode.INVALID_ARGUMENT
        and "no mapping defined for search attribute" in error.message
    )


def summary_of(report: Report) -> str:
    """The title as one line of Markdown, within Temporal's limit in any script."""
    title = report.title
    while len(f'"{escaped(title)}"'.encode()) > LONGEST_SUMMARY:
        title = title[:-2].rstrip() + "…"
    return escaped(title)


def _details_of(report: Report) -> str:
    """The report as Markdown for the Temporal UI; all of it is data."""
    facts = {
        "Reported by": report.reporter or "nobody named",
        "Channel": report.channel,
        "Service": report.service or "none named",
        "Users affected": str(report.users_affected),
    }
    lines = [f"**{name}**: {escaped(fact)}  " for name, fact in facts.items()]
    if report.description:
        lines += ["", escaped(report.description, _EXCERPT)]
    return "\n".join(lines)
