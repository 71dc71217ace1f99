"""One incident of the log, driven through the workflow, and what one then sees of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from benchmarks.replay.log import LoggedEvent, LoggedIncident
from benchmarks.replay.plan import Act, Open, Step, Wait, steps_of
from benchmarks.replay.stage import Stage
from benchmarks.replay.states import DECIDING, Seen, State, escalations, reopenings, state_of
from standfast.incidents.flowchart import Box
from standfast.incidents.record import ClosedIncident, IncidentView
from standfast.incidents.report import Report
from standfast.intake.actions import act
from standfast.intake.errors import IntakeError, NoAnswer, Unavailable
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from workflows.incident import IncidentWorkflow

PATIENCE = 60.0
"""Seconds of real time for an answer, which takes a moment unless the workflow is stuck."""

_LOOKS_AT_ITS_END = 30

_LOOK_AGAIN = 0.05

Handle = WorkflowHandle[Any, ClosedIncident]


class Stuck(Exception):  # noqa: N818 - a state of the workflow
    """It does not answer any more; says to what."""


class Driver:
    """Drives one incident, whose clock is its own."""

    def __init__(self, stage: Stage, incident: LoggedIncident) -> None:
        self._stage = stage
        self._incident = incident
        self._task_queue = stage.task_queue(incident)
        self._episode: _Episode | None = None

    async def drive(self) -> AsyncIterator[Seen]:
        """What is seen after each event of the log.

        Raises:
            Stuck: the workflow, or the server, does not answer any more.
        """
        try:
            for event, steps in zip(self._incident.events, steps_of(self._incident), strict=True):
                yield await self._follow(event, steps)
        except (NoAnswer, Unavailable) as nothing:
            raise Stuck(str(nothing)) from None
        except RPCError as failed:
            raise Stuck(f"Temporal does not answer: {failed.message}") from None

    async def _follow(self, event: LoggedEvent, steps: list[Step]) -> Seen:
        if self._episode:
            await self._episode.wind_on_to(event.at)
        outcomes = []
        for step in steps:
            outcomes.append(await self._do(step, event))
            if self._episode and step is not steps[-1]:
                # The next one is about what this one leads to, which may take some activities.
                await self._episode.settles()
        refused = tuple(filter(None, outcomes))
        if self._episode is None:
            raise RuntimeError(f"{self._incident.number} was never opened")
        ends = bool(steps) and event.state == State.CLOSED and not refused
        return await self._episode.look(event, ends, refused)

    async def _do(self, step: Step, event: LoggedEvent) -> str:
        """Why it would not, or nothing."""
        match step:
            case Open(report):
                return await self._open(report, event)
            case Act(action, payload) if self._episode:
                client, identity = self._stage.env.client, self._episode.id
                try:
                    await act(client, identity, action, payload, answer_within=PATIENCE)
                except NoAnswer:
                    raise
                except IntakeError as refused:
                    return f"{action}: {refused}"
            case Wait(until) if self._episode:
                await self._episode.wind_on_to(until)
        return ""

    async def _open(self, report: Report, event: LoggedEvent) -> str:
        before = self._episode
        opened = await report_incident(
            self._stage.env.client,
            report,
            now=datetime.now(UTC),
            policy=None,
            records=self._stage.records.incidents,
            task_queue=self._task_queue,
        )
        if before and not opened.created:
            return "report: it joined, for the incident was still open"
        self._episode = _Episode(self._stage, opened.incident_id, event.at, before)
        # An action that came while it is still being decided whose it is would be refused.
        await self._episode.look(event)
        return ""


class _Episode:
    """One episode of it: its workflow and its clock."""

    def __init__(
        self, stage: Stage, identity: str, opened_at: datetime, before: "_Episode | None"
    ) -> None:
        self.id = identity
        self._env = stage.env
        self._lookup = Lookup(stage.env.client, stage.records)
        self._handle: Handle = stage.env.client.get_workflow_handle_for(
            IncidentWorkflow.run, identity
        )
        self._opened_at = opened_at
        self._before = before.all_paths if before else ()
        self._path: tuple[Box, ...] = ()
        self._begun = asyncio.get_running_loop().time()
        self._skipped = 0.0
        self._end: ClosedIncident | None = None

    @property
    def all_paths(self) -> tuple[tuple[Box, ...], ...]:
        """As last seen, of this episode and those before it."""
        return (*self._before, self._path)

    @property
    def _elapsed(self) -> float:
        """Seconds since it opened, by its own clock."""
        return asyncio.get_running_loop().time() - self._begun + self._skipped

    async def wind_on_to(self, at: datetime) -> None:
        """Let virtual time pass until that time of the log, if it has not come already."""
        until = (at - self._opened_at).total_seconds()
        left = until - self._elapsed
        if left <= 0 or self._end:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._env.fast_forward(self._handle, timedelta(seconds=left))
        except TimeoutError:
            raise Stuck(f"its clock does not reach {at:%d/%m/%Y %H:%M}") from None
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        self._skipped += until - self._elapsed

    async def look(
        self, event: LoggedEvent, ends: bool = False, refused: tuple[str, ...] = ()
    ) -> Seen:
        """Where it stands now. `ends`: it is about to close, which takes a moment."""
        if ends and not self._end:
            self._end = await self._result()
        behind = None
        if self._end:
            state, priority, self._path = State.CLOSED, self._end.priority, self._end.path
        else:
            view = await self._view()
            state, priority, self._path = state_of(view), view.priority, view.path
            happened = view.timeline[-1].at - view.opened_at
            behind = happened - (event.at - self._opened_at)
        return Seen(
            state,
            priority,
            reopened=len(self._before) + sum(map(reopenings, self.all_paths)),
            escalated=sum(map(escalations, self.all_paths)),
            refused=refused,
            behind=behind,
        )

    async def _result(self) -> ClosedIncident | None:
        """How it ended, or None when it does nothing more by itself that could end it."""
        for _ in range(_LOOKS_AT_ITS_END):
            try:
                async with asyncio.timeout(PATIENCE / _LOOKS_AT_ITS_END):
                    return await self._handle.result()
            except TimeoutError:
                run = (await self._handle.describe()).raw_description
                if not (run.pending_activities or run.HasField("pending_workflow_task")):
                    return None
        raise Stuck(f"it does not end in {PATIENCE:.0f} s")

    async def settles(self) -> None:
        """Wait until no box decides any more."""
        if not self._end:
            await self._view()

    async def _view(self) -> IncidentView:
        """What `show` would print, once no box decides any more."""
        clock = asyncio.get_running_loop().time
        patient_until = clock() + PATIENCE
        while True:
            run = (await self._handle.describe()).raw_description
            if not run.HasField("pending_workflow_task"):
                view = (await self._lookup.find(self.id)).view
                if view.stage not in DECIDING:
                    return view
            if clock() > patient_until:
                raise Stuck(f"it still decides after {PATIENCE:.0f} s")
            await asyncio.sleep(_LOOK_AGAIN)
