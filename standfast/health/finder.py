"""Finds incidents and reviews with problems. A scan costs no Action and needs no worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, TypeVar

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from standfast.health import runs
from standfast.health.limits import MAX_CONCURRENT, MAX_FINDINGS, OVERDUE_AFTER
from standfast.health.review_finder import ReviewFinder
from standfast.incidents import names
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.ids import episode_reviewed, incident_of_workflow, is_incident_id
from standfast.incidents.record import IncidentView, LookupResult
from standfast.intake.errors import IntakeError, NoSuchIncident
from standfast.lookup.stuck import last_failure
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable

_MOST_REMEMBERED = 10_000

PUT_BACK = (
    "put back the version of Standfast that ran it, or repair it by hand: `standfast repair ID`"
)
PUT_RIGHT = "fix the error in the workflow's code and restart the worker: it then goes on"
LOOK_AT_WORKERS = (
    "check that workers run and keep up: `standfast doctor`; `standfast show ID` has the details"
)
START_A_WORKER = "start a worker (`python worker.py`), or more of them: `standfast doctor`"

Scanned = TypeVar("Scanned")
Answer = TypeVar("Answer")


class IncidentRow(Protocol):
    """An open incident's row in the record store."""

    @property
    def incident_id(self) -> str: ...

    @property
    def run_id(self) -> str: ...

    @property
    def next_due(self) -> datetime | None: ...


class OverdueIncidents(Protocol):
    """The store that knows when each open incident's next event is due."""

    def overdue(self, before: datetime, limit: int) -> Sequence[IncidentRow]:
        """Incidents whose next event was due before then, or that have none."""


class Lookup(Protocol):
    """Reads an incident's current state."""

    async def find(self, incident_id: str) -> LookupResult: ...


class ScanResult(NamedTuple):
    """The findings of one scan, and the kinds that could not be checked, with the reason."""

    findings: tuple[Finding, ...]
    unchecked: dict[FindingKind, str]

    @property
    def checked(self) -> list[FindingKind]:
        """The kinds that were checked."""
        return [kind for kind in FindingKind if kind not in self.unchecked]


class Finder:
    """Scans open incidents and reviews. Caches what does not change of a run: scans stay cheap."""

    def __init__(
        self,
        client: Client,
        overdue: OverdueIncidents,
        lookup: Lookup,
        reviews: ReviewFinder,
        task_queue: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        up_since: datetime | None = None,
    ) -> None:
        """Scan the incidents and reviews of one task queue.

        up_since: when workers started again; what was due before is overdue a minute after that.
        """
        self._client = client
        self._overdue = overdue
        self._lookup = lookup
        self._reviews = reviews
        self._task_queue = task_queue
        self._now = now
        self._up_since = up_since
        self._stuck: dict[str, Finding] = {}
        self._picked_up: set[str] = set()

    async def scan(self) -> ScanResult:
        """All findings now."""
        findings: dict[str, Finding] = {}
        unchecked: dict[FindingKind, str] = {}
        for kinds, scan_kind in (
            ((FindingKind.STUCK,), self._find_stuck),
            ((FindingKind.NOT_TAKEN_UP,), self._find_not_taken_up),
            ((FindingKind.OVERDUE, FindingKind.NO_NEXT_EVENT), self._find_overdue),
            ((FindingKind.NOT_TAKEN_UP,), self._find_reviews_not_started),
            (
                (FindingKind.OVERDUE, FindingKind.NO_NEXT_EVENT, FindingKind.NOT_RUNNING),
                self._find_reviews_standing_still,
            ),
        ):
            try:
                found = await scan_kind()
            except (RPCError, RecordsUnavailable, IntakeError) as away:
                unchecked |= dict.fromkeys(kinds, _reason(away))
                continue
            for finding in found:
                # A stuck run is overdue as well: only the first finding of a run counts.
                findings.setdefault(finding.workflow_id, finding)
        return ScanResult(tuple(findings.values()), unchecked)

    async def _find_stuck(self) -> list[Finding]:
        flagged = await _first_ones(runs.stuck_runs(self._client, self._task_queue))
        known = self._stuck
        self._stuck = {run.run_id: known[run.run_id] for run in flagged if run.run_id in known}
        new = [run for run in flagged if run.run_id not in known]
        for finding in await _for_each(new, self._stuck_run):
            self._stuck[finding.run_id] = finding
        return list(self._stuck.values())

    async def _stuck_run(self, run: WorkflowExecution) -> Finding:
        failure = await last_failure(self._client, run.id, run.run_id)
        if failure is None:
            problems = run.typed_search_attributes.get(names.REPORTED_PROBLEMS) or ()
            what = f"its workflow task keeps failing: {', '.join(problems)}"
            since, remedy = run.start_time, LOOK_AT_WORKERS
        elif failure.differs:
            what = f"the worker's code does not match its history: {failure.message}"
            since, remedy = failure.at, PUT_BACK.replace("repair ID", f"repair {_named(run.id)}")
        else:
            what = f"its workflow task keeps failing: {failure.message}"
            since, remedy = failure.at, PUT_RIGHT
        return Finding(
            kind=FindingKind.STUCK,
            incident_id=incident_of_workflow(run.id) or run.id,
            reviewed=episode_reviewed(run.id),
            run_id=run.run_id,
            since=since,
            what=what,
            remedy=remedy,
        )

    async def _find_not_taken_up(self) -> list[Finding]:
        reported = runs.reported_runs(self._client, self._task_queue, self._late())
        waiting = await _first_ones(reported)
        new = [run for run in waiting if run.run_id not in self._picked_up]
        if len(self._picked_up) > _MOST_REMEMBERED:
            self._picked_up.clear()
        return [finding for finding in await _for_each(new, self._not_taken_up) if finding]

    async def _not_taken_up(self, run: WorkflowExecution) -> Finding | None:
        if await runs.is_picked_up(self._client, run.id, run.run_id):
            self._picked_up.add(run.run_id)
            return None
        return Finding(
            kind=FindingKind.NOT_TAKEN_UP,
            incident_id=run.id,
            run_id=run.run_id,
            since=run.execution_time or run.start_time,
            what="it was reported, and no worker has picked it up",
            remedy=START_A_WORKER,
        )

    async def _find_reviews_not_started(self) -> list[Finding]:
        return await self._reviews.not_started(self._late())

    async def _find_reviews_standing_still(self) -> list[Finding]:
        return await self._reviews.standing_still(self._late())

    async def _find_overdue(self) -> list[Finding]:
        late = self._late()
        rows = await asyncio.to_thread(self._overdue.overdue, late, MAX_FINDINGS)

        async def check_row(row: IncidentRow) -> Finding | None:
            return await self._overdue_run(row, late)

        return [finding for finding in await _for_each(rows, check_row) if finding]

    async def _overdue_run(self, row: IncidentRow, late: datetime) -> Finding | None:
        """A finding, if the incident's current state confirms it: the row may be behind."""
        try:
            view = (await self._lookup.find(row.incident_id)).view
        except NoSuchIncident:
            return None
        except IntakeError as unreadable:
            since = row.next_due or self._now()
            return _finding(row, FindingKind.OVERDUE, since, f"it cannot be read: {unreadable}")
        if view.status != "open":
            return None
        due = min((wait.until for wait in view.waiting_for if wait.until), default=None)
        if due is None and not any(wait.who for wait in view.waiting_for):
            return _finding(
                row,
                FindingKind.NO_NEXT_EVENT,
                self._now(),
                f"in {view.stage} it waits for nothing and nobody",
            )
        if due is None or due >= late:
            return None
        failing = await runs.failing_activities(self._client, row.incident_id)
        what = "; ".join((f"{_waits_for(view, due)} was due at {short(due)}", *failing))
        return _finding(row, FindingKind.OVERDUE, due, what)

    def _late(self) -> datetime:
        """What was due before this is overdue. After an outage workers get a minute to catch up."""
        now = self._now()
        if self._up_since and now - self._up_since < OVERDUE_AFTER:
            return datetime.min.replace(tzinfo=UTC, year=1970)
        return now - OVERDUE_AFTER


def _named(workflow_id: str) -> str:
    """As remedies for any incident say it; that of a review is not what people call it."""
    return "ID" if is_incident_id(workflow_id) else workflow_id


def _finding(row: IncidentRow, kind: FindingKind, since: datetime, what: str) -> Finding:
    return Finding(
        kind=kind,
        incident_id=row.incident_id,
        run_id=row.run_id,
        since=since,
        what=what,
        remedy=LOOK_AT_WORKERS,
    )


def _waits_for(view: IncidentView, due: datetime) -> str:
    return next(wait.what for wait in view.waiting_for if wait.until == due)


async def _first_ones(listed: AsyncIterator[Scanned]) -> list[Scanned]:
    """The first of them, up to the limit of a scan."""
    some = []
    async for each in listed:
        some.append(each)
        if len(some) >= MAX_FINDINGS:
            break
    return some


async def _for_each(
    these: Iterable[Scanned], scan: Callable[[Scanned], Awaitable[Answer]]
) -> list[Answer]:
    """Check each, a few at the same time; one that has closed meanwhile is left out."""
    turn = asyncio.Semaphore(MAX_CONCURRENT)

    async def in_turn(one: Scanned) -> Answer | None:
        async with turn:
            try:
                return await scan(one)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise

    answers = await asyncio.gather(*(in_turn(one) for one in these))
    return [answer for answer in answers if answer is not None]


def _reason(away: Exception) -> str:
    return away.message if isinstance(away, RPCError) else str(away)
