"""Overdue, without a next event, not taken up: what is found, and which rows are only behind."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.health.finder import Finder, IncidentRow
from standfast.health.review_finder import ReviewFinder
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView, LookupResult, WaitingFor
from standfast.intake.errors import NoAnswer, NoSuchIncident
from standfast.lookup.lookup import Lookup
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable
from tests.health.wedged import nobody_works
from tests.http_sink import HttpSink
from tests.records.samples import incident
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk, until

NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
ID = incident_id()


class Kept(NamedTuple):
    """What was last kept of an incident."""

    incident_id: str = ID
    run_id: str = "run-1"
    next_due: datetime | None = NOW - 2 * MINUTE


class FakeProjections:
    """Has these rows for whoever asks what is overdue; or cannot be asked."""

    def __init__(self, *rows: Kept, away: str = "") -> None:
        self._rows, self._away = rows, away
        self.asked: list[datetime] = []

    def overdue(self, before: datetime, limit: int) -> Sequence[IncidentRow]:
        if self._away:
            raise RecordsUnavailable(self._away)
        self.asked.append(before)
        late = [row for row in self._rows if row.next_due is None or row.next_due < before]
        return late[:limit]


class FakeLookup:
    """Reads an incident as it really stands: waiting for these."""

    def __init__(self, *waits: WaitingFor, status: str = "open", error: str = "") -> None:
        changes = {"status": status, "waiting_for": waits}
        self._view: IncidentView = incident(ID, outcome=None).model_copy(update=changes)
        self._error = error

    async def find(self, incident_id: str) -> LookupResult:
        if incident_id != ID:
            raise NoSuchIncident(f"there is no incident {incident_id}")
        if self._error:
            raise NoAnswer(self._error)
        return LookupResult(self._view)


class NoReviews(ReviewFinder):
    """Finds nothing: tests/health/test_review_finder.py is about them."""

    def __init__(self) -> None:
        pass

    async def not_started(self, late: datetime) -> list[Finding]:
        return []

    async def standing_still(self, late: datetime) -> list[Finding]:
        return []


NO_REVIEWS = NoReviews()


def timer(due: datetime) -> WaitingFor:
    return WaitingFor(kind="timer", what="page again", until=due)


def finder(
    env: WorkflowEnvironment,
    projections: FakeProjections,
    lookup: FakeLookup,
    up_since: datetime | None = None,
) -> Finder:
    return Finder(
        env.client,
        projections,
        lookup,
        NO_REVIEWS,
        "a queue without incidents",
        now=lambda: NOW,
        up_since=up_since,
    )


async def test_an_event_that_is_overdue_by_more_than_a_minute_is_found(
    env: WorkflowEnvironment,
) -> None:
    handle = await env.client.start_workflow("Nothing", id=ID, task_queue="nobody")
    due = NOW - 2 * MINUTE
    scan = await finder(env, FakeProjections(Kept()), FakeLookup(timer(due))).scan()
    [found] = scan.findings
    assert (found.kind, found.incident_id, found.since) == (FindingKind.OVERDUE, ID, due)
    assert found.what.startswith("page again was due at ")
    assert "standfast doctor" in found.remedy
    await handle.terminate()


@pytest.mark.parametrize(
    "lookup",
    [
        FakeLookup(timer(NOW + MINUTE)),
        FakeLookup(timer(NOW - MINUTE / 2)),
        FakeLookup(WaitingFor(kind="person", what="approve", who="ana")),
        FakeLookup(status="closed"),
    ],
    ids=["it has gone on", "less than a minute", "a person", "closed"],
)
async def test_a_row_that_is_behind_is_no_finding(
    env: WorkflowEnvironment, lookup: FakeLookup
) -> None:
    assert (await finder(env, FakeProjections(Kept()), lookup).scan()).findings == ()


async def test_an_incident_that_is_gone_is_no_finding(env: WorkflowEnvironment) -> None:
    rows = FakeProjections(Kept(incident_id="INC-BBBBBBBBBB"))
    assert (await finder(env, rows, FakeLookup()).scan()).findings == ()


async def test_an_incident_without_a_next_event_is_found(env: WorkflowEnvironment) -> None:
    scan = await finder(env, FakeProjections(Kept(next_due=None)), FakeLookup()).scan()
    [found] = scan.findings
    assert found.kind is FindingKind.NO_NEXT_EVENT
    assert "waits for nothing and nobody" in found.what


async def test_one_that_cannot_be_read_is_found_and_hides_no_other(
    env: WorkflowEnvironment,
) -> None:
    lookup = FakeLookup(error="nobody answered")
    [found] = (await finder(env, FakeProjections(Kept()), lookup).scan()).findings
    assert found.what == "it cannot be read: nobody answered"
    assert found.since == NOW - 2 * MINUTE


async def test_after_an_outage_workers_have_a_minute_to_catch_up(env: WorkflowEnvironment) -> None:
    rows, lookup = FakeProjections(Kept()), FakeLookup(error="busy")
    soon = finder(env, rows, lookup, up_since=NOW - MINUTE / 2)
    assert (await soon.scan()).findings == ()
    later = finder(env, rows, lookup, up_since=NOW - MINUTE)
    assert len((await later.scan()).findings) == 1


async def test_what_cannot_be_looked_at_is_said(env: WorkflowEnvironment) -> None:
    scan = await finder(env, FakeProjections(away="the disk is full"), FakeLookup()).scan()
    assert scan.unchecked == {
        FindingKind.OVERDUE: "the disk is full",
        FindingKind.NO_NEXT_EVENT: "the disk is full",
    }
    assert scan.checked == [
        FindingKind.STUCK,
        FindingKind.NOT_TAKEN_UP,
        FindingKind.NOT_RUNNING,
    ]


async def test_an_incident_that_no_worker_takes_up_is_found(desk: Desk) -> None:
    """One minute after it was reported, by a clock that is a minute ahead."""
    client = desk.client
    queue, desk.task_queue = desk.task_queue, "a queue without workers"
    ticket = await desk.report("Wiki crashed")
    later = datetime.now(UTC) + 2 * MINUTE
    rows, lookup = FakeProjections(), FakeLookup()
    alone = Finder(client, rows, lookup, NO_REVIEWS, desk.task_queue, now=lambda: later)

    async def findings() -> tuple[Finding, ...]:  # lists hear of a new run a moment later
        return (await alone.scan()).findings

    [found] = await until("it is found", findings)
    assert (found.kind, found.incident_id) == (FindingKind.NOT_TAKEN_UP, ticket.id)
    assert "start a worker" in found.remedy
    assert (await Finder(client, rows, lookup, NO_REVIEWS, desk.task_queue).scan()).findings == ()
    await ticket.handle.terminate()

    desk.task_queue = queue
    taken = await desk.report("Wiki crashed")
    await taken.reaches_resolve()
    served = Finder(client, rows, lookup, NO_REVIEWS, queue, now=lambda: later)
    assert (await served.scan()).findings == ()


async def test_what_is_due_is_found_while_no_worker_runs(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    """With what workers have kept of it, four hours later by the finder's clock."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report("Wiki crashed", service="wiki")
        due = await ticket.due("page ana again")
    with nobody_works(desk) as desk:
        later = due + 2 * MINUTE
        lookup = Lookup(env.client, desk.records)
        queue, rows = desk.task_queue, desk.records.projections
        alone = Finder(env.client, rows, lookup, NO_REVIEWS, queue, now=lambda: later)
        [found] = (await alone.scan()).findings
        assert (found.kind, found.incident_id) == (FindingKind.OVERDUE, ticket.id)
        assert found.what.startswith("page ana again was due at ")
        in_time = Finder(env.client, rows, lookup, NO_REVIEWS, queue, now=lambda: due + MINUTE / 2)
        assert (await in_time.scan()).findings == ()
    await ticket.handle.terminate()
