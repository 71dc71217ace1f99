"""What the people in a story can do, and what they can wait for.

They use the same functions as the command line: `report`, then the actions of an incident.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from demo.board import Board
from demo.stage import Stage
from incidents.actions import PAYLOADS, Action
from incidents.flowchart import Box
from incidents.record import IncidentView, Outcome
from incidents.report import Channel, Report
from incidents.resolution import Verdict
from intake.acting import act
from intake.errors import Refused
from intake.reporting import report_incident

_ATTEMPTS = 5
"""An incident may move on between a look and an action, which it then refuses."""


@dataclass(frozen=True)
class Story:
    """One incident as people live it. `walks` are the edges it is told for, as `box→box`."""

    title: str
    ends: Outcome
    walks: tuple[str, ...]
    play: "Callable[[Scene], Awaitable[None]]"


STORIES: list[Story] = []
"""Every story, in the order in which they begin."""

Play = Callable[["Scene"], Awaitable[None]]


def story(ends: Outcome, walks: str) -> Callable[[Play], Play]:
    """Make a story of a script; the first line of its docstring is its title."""

    def tell(play: Play) -> Play:
        title = (play.__doc__ or "").splitlines()[0]
        STORIES.append(Story(title, ends, tuple(walks.split()), play))
        return play

    return tell


class Theatre(Protocol):
    """What all stories share."""

    stage: Stage
    board: Board

    def say(self, what: str, incident_id: str = "") -> None:
        """Tell the audience."""

    async def power_cut(self, scene: "Scene") -> None:
        """Return when the power was cut and is back."""

    async def cut_the_power(self, scene: "Scene", ready: Callable[[], bool]) -> None:
        """Cut it once everybody waits for it, `scene` has begun and `ready` holds."""


class Scene:
    """A story on the stage: its incident, and the people around it.

    resting: whether its people wait for the power cut, or are done.
    """

    def __init__(self, story: Story, theatre: Theatre) -> None:
        self.story = story
        self.incident_id = ""
        self.resting = False
        self.problems: list[str] = []
        self._theatre = theatre
        self._report: Report | None = None

    async def play(self) -> None:
        """All of the story, to the end of its incident."""
        await self.story.play(self)
        self.resting = True
        view = await self.until("close", lambda view: view.status == "closed")
        self._say(f"closed: {view.outcome}")

    async def report(self, title: str, *, reporter: str, **fields: Any) -> None:
        """Somebody reports; the incident begins."""
        given = {"channel": Channel.MONITOR if "@" not in reporter else Channel.PORTAL, **fields}
        self._report = Report(title=title, reporter=reporter, **given)
        self.incident_id = (await self._send(self._report)).incident_id
        self._theatre.board.follow(self.incident_id)
        self._say(f"{reporter} reports: {title}")

    async def report_again(self, title: str, *, reporter: str) -> None:
        """Somebody else reports the same; it must join."""
        if self._report is None:
            raise RuntimeError("nothing was reported yet")
        again = self._report.model_copy(update={"title": title, "reporter": reporter})
        result = await self._send(again)
        if result.created or result.incident_id != self.incident_id:
            self.problems.append(f"the report of {reporter} did not join, but opened another")
        self._say(f"{reporter} reports the same: it joins")

    async def until(self, what: str, holds: Callable[[IncidentView], object]) -> IncidentView:
        """Wait until the incident looks like that."""
        return await self._theatre.board.until(self.incident_id, what, holds)

    async def reaches(self, box: Box) -> IncidentView:
        """Wait until it stands in that box."""
        return await self.until(f"reach {box}", lambda view: view.stage is box)

    async def power_cut(self) -> None:
        """People do nothing until the power was cut and is back."""
        await self._theatre.power_cut(self)

    async def acknowledge(self) -> None:
        """Whoever was paged takes it."""
        await self._do(Action.ACKNOWLEDGE, _paged, lambda view: {"by": view.assignee})

    async def resolve(self, summary: str, **more: Any) -> None:
        """Whoever took it says that it is resolved."""
        await self._do(
            Action.RESOLVE,
            _taken,
            lambda view: {"by": view.acknowledged_by, "summary": summary, **more},
        )

    async def escalate(self, reason: str) -> None:
        """Whoever took it asks for the next tier."""
        await self._do(
            Action.ESCALATE, _taken, lambda view: {"by": view.acknowledged_by, "reason": reason}
        )

    async def hold(self, reason: str, comment: str) -> None:
        """Whoever took it must wait for somebody else."""
        await self._do(
            Action.HOLD,
            _taken,
            lambda view: {"by": view.acknowledged_by, "reason": reason, "comment": comment},
        )

    async def resume(self) -> None:
        """They can go on."""
        await self._do(
            Action.RESUME, lambda view: view.on_hold, lambda view: {"by": view.acknowledged_by}
        )

    async def verify(self, verdict: Verdict, comment: str) -> None:
        """The reporter says how it is, when asked or while it is watched."""
        await self._do(
            Action.VERIFY,
            lambda view: view.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP),
            lambda view: {"by": view.report.reporter, "verdict": verdict, "comment": comment},
        )

    async def approve(self, *, approved: bool, reason: str) -> None:
        """The first approver answers whether the runbook may run."""
        await self._do(
            Action.APPROVE,
            _approval_asked,
            lambda view: {"by": _first_asked(view), "approved": approved, "reason": reason},
        )

    async def withdraw(self, reason: str) -> None:
        """The reporter takes it back."""
        await self._do(
            Action.WITHDRAW,
            lambda view: view.stage is Box.RESOLVE,
            lambda view: {"by": view.report.reporter, "reason": reason},
        )

    async def approval_is_asked(self) -> None:
        """Wait until somebody was asked for approval."""
        await self.until("ask for approval", _approval_asked)

    async def is_paged(self) -> IncidentView:
        """Wait until somebody of the tier that has it now was paged."""
        return await self.until("page anybody", _paged)

    async def is_asked(self) -> None:
        """Wait until the reporter was asked whether it is resolved."""
        await self.until(
            "ask the reporter",
            lambda view: view.stage is Box.ISSUE_RESOLVED and _happened("confirm_sent", view),
        )

    async def cut_the_power_when(self, machine: str) -> None:
        """Have the power cut as soon as this file of a machine is there."""
        await self._theatre.cut_the_power(self, lambda: self._theatre.stage.has(machine))

    async def everybody_else_rests(self) -> None:
        """Wait until the people of all other stories wait for the power cut."""
        await self._theatre.power_cut_is_near(self)

    def mend(self, machine: str, text: str) -> None:
        """Somebody changes one of Fernhill's machines."""
        self._theatre.stage.put(machine, text)

    async def _send(self, report: Report) -> Any:
        stage = self._theatre.stage
        return await report_incident(
            stage.client,
            report,
            now=datetime.now(UTC),
            policy=stage.policy,
            records=stage.records,
            task_queue=stage.settings.task_queue,
        )
