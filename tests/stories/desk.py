"""The service desk of a story: reports go in, time is wound forward, people act and see."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from standfast.encryption.incident_keys import CONFIRMED_FOR, IncidentKeys
from standfast.encryption.key_ring import KeyRing
from standfast.encryption.payload_codec import PayloadEncryption
from standfast.hosting.encryption import SharedStore
from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.plugin import data_converter
from standfast.hosting.projector import Projector
from standfast.hosting.wiring import build_activities
from standfast.incidents.flowchart import Box
from standfast.incidents.record import ClosedIncident, IncidentView, TimelineEntry
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.notification.rendering import NO_LINKS, Links
from standfast.notification.web_push import PushSender
from standfast.policy_file.loading import load_policy
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.http_sink import HttpSink
from tests.patience import PATIENCE
from workflows.incident import IncidentWorkflow

Found = TypeVar("Found")

_BETWEEN_TRIES = 0.02
_STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
_MOST_STEPS = 60


async def until(what: str, holds: Callable[[], Awaitable[Found | None]]) -> Found:
    """Ask again and again until it holds; fails after PATIENCE, saying what did not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := await holds():
            return answer
        await asyncio.sleep(_BETWEEN_TRIES)
    raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")


class Ticket:
    """One incident, as the people of a story see it."""

    def __init__(self, desk: "Desk", handle: WorkflowHandle[Any, ClosedIncident]) -> None:
        self._desk = desk
        self.handle = handle
        self.id = handle.id

    @property
    def client(self) -> Client:
        return self._desk.client

    async def settles(self) -> None:
        """Wait until it waits itself: for people, for time, or for an activity that fails."""

        async def settled() -> bool:
            run = (await self.handle.describe()).raw_description
            working = any(
                activity.attempt == 1 or activity.state == _STARTED
                for activity in run.pending_activities
            )
            return not working and not run.HasField("pending_workflow_task")

        await until(f"{self.id} settles", settled)

    async def catches_up(self) -> None:
        """Wait until it was taken up after an outage, and nothing of it is overdue any more."""

        async def caught_up() -> bool:
            events = (await self.handle.fetch_history()).events
            if not any(e.HasField("workflow_task_completed_event_attributes") for e in events):
                return False
            waits, now = (await self.view()).waiting_for, await self.now()
            return all(wait.until is None or wait.until > now for wait in waits)

        await until(f"{self.id} catches up", caught_up)
        await self.settles()

    async def view(self) -> IncidentView:
        """What `show` would print when it has settled."""
        await self.settles()
        return (await self._desk.lookup.find(self.id)).view

    async def act(self, action: str, **payload: object) -> str:
        """Send an action as an update; its words. Refusals raise `Refused`."""
        try:
            result = await self.handle.execute_update(action, payload, result_type=dict[str, Any])
        except WorkflowUpdateFailedError as failed:
            raise Refused(str(failed.cause)) from failed
        return str(result["message"])

    async def signal(self, action: str, **payload: object) -> None:
        """Send an action as a signal, as the Temporal UI would."""
        await self.handle.signal(action, payload)

    async def reaches(self, stage: Box, **facts: object) -> IncidentView:
        """Wait until it stands in that box, with these facts; what it looks like then."""

        async def view_there() -> IncidentView | None:
            view = await self.view()
            true = view.stage is stage and all(
                getattr(view, fact) == value for fact, value in facts.items()
            )
            return view if true else None

        try:
            return await until(f"{self.id} reaches {stage} {facts}", view_there)
        except AssertionError:
            view = await self.view()
            told = "\n".join(f"{e.box} {e.event} {e.actor} {e.detail}" for e in view.timeline)
            raise AssertionError(f"never reached {stage} {facts}: {view.stage}\n{told}") from None

    async def told(self, event: str, times: int = 1) -> list[TimelineEntry]:
        """Wait until the timeline has the event so often; its entries."""

        async def entries() -> list[TimelineEntry] | None:
            found = await self.entries(event)
            return found if len(found) >= times else None

        return await until(f"{self.id}: {times} × {event}", entries)

    async def entries(self, event: str) -> list[TimelineEntry]:
        return [entry for entry in (await self.view()).timeline if entry.event == event]

    async def wait(self, **span: float) -> None:
        """Let virtual time pass: `wait(hours=9)`."""
        await self._desk.env.fast_forward(self.handle, timedelta(**span))

    async def wait_for(self, event: str, times: int = 1, **step: float) -> list[TimelineEntry]:
        """Let virtual time pass by steps until the timeline has the event so often; its entries."""
        for _ in range(_MOST_STEPS):
            if len(found := await self.entries(event)) >= times:
                return found
            await self.wait(**step)
        raise AssertionError(f"{self.id}: no {times} × {event} in {_MOST_STEPS} times {step}")

    async def now(self) -> datetime:
        """The incident's virtual time: each has its own, and none is behind the real one."""
        return await self._desk.env.get_current_time(self.handle)

    async def wait_until(self, moment: datetime) -> None:
        """Let virtual time pass up to a moment."""
        await self.settles()
        await self._desk.env.fast_forward(self.handle, moment - await self.now())
        await self.settles()

    async def due(self, what: str) -> datetime:
        """When the timer runs out that is to do this, by some of the words of `show`."""
        view = await self.view()
        timers = {wait.what: wait.until for wait in view.waiting_for if wait.until}
        [due] = [until for told, until in timers.items() if what in told]
        return due

    async def note(self, event: str) -> str:
        """What the timeline last says of that event."""
        return (await self.told(event))[-1].detail

    async def closes(self) -> ClosedIncident:
        """Wait for its end."""
        async with asyncio.timeout(PATIENCE):
            return await self.handle.result()

    async def reaches_resolve(self) -> IncidentView:
        """Wait until people are to work on it and the first page is out."""
        view = await self.reaches(Box.RESOLVE)
        await self.told("page_sent")
        return view


class Refused(Exception):  # noqa: N818, it reads better in a story
    """An action that made no sense, with the reason."""


class Desk:
    """Everything a story needs, with the real parts: server, worker, record store, HTTP sink."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        task_queue: str,
        policy: PolicySource,
        records: RecordStore,
        sink: HttpSink,
        place: Path,
        client: Client | None = None,
    ) -> None:
        self.env = env
        self.client = client or env.client
        self.task_queue = task_queue
        self.policy = policy
        self.records = records
        self.sink = sink
        self.place = place
        self.lookup = Lookup(self.client, records)

    async def report(
        self, title: str = "Wiki crashed", *, attempt: str = "", **fields: Any
    ) -> Ticket:
        """Somebody reports: a person by phone, unless `fields` say otherwise.

        attempt: the same for each try of one report.
        """
        given: dict[str, Any] = {"reporter": "rita@storyville.example", "channel": Channel.PHONE}
        report = Report(title=title, **(given | fields))
        result = await report_incident(
            self.client,
            report,
            now=datetime.now(UTC),
            policy=self.policy.current(),
            records=self.records.incidents,
            task_queue=self.task_queue,
            attempt=attempt,
        )
        return self.ticket(result.incident_id)

    def ticket(self, incident_id: str) -> Ticket:
        """An incident by its id, its latest episode."""
        handle = self.client.get_workflow_handle_for(IncidentWorkflow.run, incident_id)
        return Ticket(self, handle)

    def works(self, thing: str) -> None:
        """From now on this thing is healthy: checks and tests of it pass."""
        (self.place / f"{thing}-healthy").touch()

    def breaks(self, thing: str) -> None:
        """From now on it is not."""
        (self.place / f"{thing}-healthy").unlink(missing_ok=True)

    def amend(self, **sections: Any) -> None:
        """Edit the policy: mappings are merged into it, everything else is replaced.

        PolicyError: the last good one would stay in force, and the story would be about that.
        """
        policy = yaml.safe_load(self.policy.path.read_text())
        self.policy.path.write_text(yaml.safe_dump(_merged(policy, sections), sort_keys=False))
        load_policy(self.policy.path)

    def paged(self) -> list[str]:
        """Who was asked to acknowledge something, page by page as they arrived."""
        return [
            request.path.strip("/")
            for request in self.sink.taken
            if "Please acknowledge (INC-" in str(request.json["title"])
            or ". First: " in str(request.json["title"])
        ]

    def pages_to(self, person: str) -> list[str]:
        """The titles of the messages that reached a person, in order."""
        return [
            str(request.json["title"])
            for request in self.sink.taken
            if request.path.rstrip("/") == f"/{person}"
        ]


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return old | {key: _merged(old.get(key), value) for key, value in new.items()}


def encrypting(
    client: Client,
    records: RecordStore,
    ring: KeyRing,
    confirmed_for: timedelta = CONFIRMED_FOR,
) -> Client:
    """A client of the same server that encrypts what it sends there."""
    keys = IncidentKeys(ring, SharedStore(lambda: records), confirmed_for=confirmed_for)
    return Client(
        client.service_client,
        namespace=client.namespace,
        data_converter=data_converter(PayloadEncryption(ring, keys)),
    )


_LONGEST_END = 20.0
"""Seconds. The SDK's end of a worker sometimes never comes, on a machine that is busy enough; a
worker of ours has such a limit too (`standfast/hosting/service.py`)."""


@contextlib.asynccontextmanager
async def _at_work(worker: Worker) -> AsyncIterator[None]:
    """Run a worker, and wait for its end for so long at most."""
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        ending = asyncio.create_task(worker.shutdown())
        await asyncio.wait({running, ending}, timeout=_LONGEST_END)
    if running.done():
        running.result()


@contextlib.asynccontextmanager
async def open_desk(
    env: WorkflowEnvironment,
    policy: PolicySource,
    sink: HttpSink,
    place: Path,
    links: Links = NO_LINKS,
    *,
    public_url: str = "",
    push: Callable[[], PushSender] | None = None,
    projecting: bool = True,
    ring: KeyRing | None = None,
    sandboxed: bool = False,
) -> AsyncIterator[Desk]:
    """A desk with a worker of its own on a task queue of its own; opened again it goes on.

    push: gives what sends to browsers.
    ring: encrypt what Temporal stores, with a key for each incident.
    projecting: whether its worker writes projections; one that dies in time does not.
    sandboxed: in Temporal's sandbox, which finds nondeterminism. It takes a fifth of the time of a
        story; those that walk everything are in it, and the replays of histories.
    """
    task_queue = f"desk-{place}"
    records = RecordStore(empty_records(place / "records.db"))
    client = encrypting(env.client, records, ring) if ring else env.client
    with ThreadPoolExecutor(20) as threads:
        activities = build_activities(
            policy, records, data=place, links=links, public_url=public_url, push=push
        )
        with Projector(records.projections) as projector:
            worker = incident_worker(
                client,
                activities,
                task_queue=task_queue,
                projector=projector if projecting else None,
                sandboxed=sandboxed,
                activity_executor=threads,
                max_concurrent_activities=20,
            )
            async with _at_work(worker):
                yield Desk(env, task_queue, policy, records, sink, place, client)
    records.close()
