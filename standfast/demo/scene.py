"""What the people in a story can do, and what they can wait for.

They use the same functions as the command line: reporting, and the actions.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standfast.demo.board import Board
from standfast.demo.power import Power
from standfast.demo.stage import Stage
from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.report import Channel, Report, ReportResult
from standfast.incidents.resolution import Verdict
from standfast.intake.actions import act
from standfast.intake.errors import NoAnswer, Refused
from standfast.intake.reporting import report_incident
from standfast.time.clocks import HoldReason

_REACTION = 0.5
"""Seconds that a person takes to act, so that the audience can follow."""

_ATTEMPTS = 5
"""Tries of an action: the incident may change after it was read, and then refuse it."""

Holds = Callable[[IncidentView], object]
Say = Callable[[str, str], None]
"""Tells the audience something about an incident."""


@dataclass(frozen=True)
class Story:
    """The story of one incident. `walks` are the edges that it should walk, as `box→box`."""

    title: str
    ends: Outcome
    walks: tuple[str, ...]
    script: "Callable[[Scene], Awaitable[None]]"


class Scene:
    """A story as it runs: its incident and its people.

    resting: whether its people wait for the power cut, or are done.
    """

    def __init__(self, story: Story, stage: Stage, board: Board, power: Power, say: Say) -> None:
        self.story = story
        self.incident_id = ""
        self.resting = False
        self._stage = stage
        self._board = board
        self._power = power
        self._say = say
        self._report: Report | None = None

    async def play(self) -> None:
        """Run the story until its incident is closed."""
        try:
            await self.story.script(self)
        finally:
            self.resting = True
        view = await self.until("close", lambda view: view.status == "closed")
        self.tell(f"closed: {view.outcome}")

    async def report(self, title: str, *, reporter: str, **fields: Any) -> None:
        """Somebody reports, or a monitor; the incident begins."""
        channel = Channel.PORTAL if "@" in reporter else Channel.MONITOR
        self._report = Report(title=title, reporter=reporter, channel=channel, **fields)
        self.incident_id = (await self._send(self._report)).incident_id
        self._board.follow(self.incident_id)
        self.tell(f"{reporter} reports: {title}")

    async def report_again(self, title: str, *, reporter: str) -> None:
        """Somebody else reports the same, and joins.

        Raises:
            Refused: it opened an incident of its own.
        """
        if self._report is None:
            raise RuntimeError("nothing was reported yet")
        again = self._report.model_copy(update={"title": title, "reporter": reporter})
        result = await self._send(again)
        if result.created:
            raise Refused(f"the report of {reporter} did not join, but opened another incident")
        self.tell(f"{reporter} reports it too, and joins: {title}")

    async def until(self, what: str, holds: Holds) -> IncidentView:
        """Wait until the incident looks like that."""
        return await self._board.until(self.incident_id, what, holds)

    async def is_paged(self) -> IncidentView:
        """Wait until somebody of the tier that has it now was paged."""
        return await self.until("page anybody", _paged)

    async def is_watched(self) -> IncidentView:
        """Wait until its watch window is open."""
        return await self.until("be watched", lambda view: view.stage is Box.FOLLOW_UP)

    async def approval_is_asked(self) -> IncidentView:
        """Wait until somebody was asked whether the runbook may run."""
        return await self.until("ask for approval", _approval_asked)

    async def reporter_is_asked(self) -> IncidentView:
        """Wait until the reporter was asked whether it is resolved."""
        return await self.until("ask the reporter", _confirmation_asked)

    async def runbook_ends(self) -> None:
        """Wait for the end of the runbook, and tell how it went.

        Raises:
            Refused: it has not helped.
        """
        view = await self.until("end the runbook", lambda view: view.remediation)
        if view.remediation:
            how = "; ".join(view.remediation.reasons)
            if not view.remediation.yes:
                raise Refused(f"{self.incident_id}: the runbook has not helped: {how}")
            self.tell(f"the runbook: {how}")

    async def power_cut(self) -> None:
        """People do nothing until the power was cut and is back."""
        self.resting = True
        await self._power.back.wait()
        self.resting = False

    async def all_others_rest(self) -> None:
        """Wait until the people of all other stories wait for the power cut."""
        await self._power.all_rest(but=self)

    async def cut_the_power_when(self, machine: str) -> None:
        """Cut the power as soon as one of Fernhill's machines has this file."""
        await self._power.cut_when(lambda: self._stage.has(machine), machine)

    async def approve(self) -> None:
        """The approver lets the runbook run."""
        await self._do(
            "lets the runbook run",
            Action.APPROVE,
            _approval_asked,
            lambda view: {"by": _first_of_those_asked(view)},
        )

    async def deny(self, reason: str) -> None:
        """The approver forbids the runbook."""
        await self._do(
            f"forbids the runbook: {reason}",
            Action.DENY,
            _approval_asked,
            lambda view: {"by": _first_of_those_asked(view), "reason": reason},
        )

    async def acknowledge(self) -> None:
        """Whoever was paged acknowledges it."""
        await self._do(
            "acknowledges", Action.ACKNOWLEDGE, _paged, lambda view: {"by": view.assignee}
        )

    async def resolve(self, summary: str, *, workaround: bool = False) -> None:
        """The assignee resolves it."""
        await self._do_as_owner(
            f"resolves it: {summary}", Action.RESOLVE, summary=summary, workaround=workaround
        )

    async def escalate(self, reason: str) -> None:
        """The assignee escalates it."""
        await self._do_as_owner(f"asks for help: {reason}", Action.ESCALATE, reason=reason)

    async def hold(self, reason: HoldReason, comment: str) -> None:
        """The assignee puts it on hold."""
        await self._do_as_owner(
            f"puts it on hold: {comment}", Action.HOLD, reason=reason, comment=comment
        )

    async def resume(self) -> None:
        """The assignee resumes it."""
        await self._do_as_owner("goes on with it", Action.RESUME)

    async def verify(self, verdict: Verdict, comment: str) -> None:
        """The reporter says whether it is resolved, when asked or while it is watched."""
        says = verdict.replace("_", " ")
        await self._do(
            f"says {says}: {comment}",
            Action.VERIFY,
            lambda view: view.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP),
            lambda view: {"by": view.report.reporter, "verdict": verdict, "comment": comment},
        )

    async def withdraw(self, reason: str) -> None:
        """The reporter withdraws it."""
        await self._do(
            f"withdraws it: {reason}",
            Action.WITHDRAW,
            _paged,
            lambda view: {"by": view.report.reporter, "reason": reason},
        )

    def change(self, machine: str, text: str) -> None:
        """Somebody works on one of Fernhill's machines."""
        self._stage.put(machine, text)

    def tell(self, what: str) -> None:
        """Tell the audience about the incident."""
        self._say(self.incident_id, what)

    async def _do_as_owner(self, says: str, action: Action, **fields: object) -> None:
        def done(view: IncidentView) -> object:
            return view.stage is Box.RESOLVE and view.acknowledged_by

        await self._do(says, action, done, lambda view: {"by": view.acknowledged_by, **fields})

    async def _do(
        self,
        says: str,
        action: Action,
        when: Holds,
        fields: Callable[[IncidentView], dict[str, Any]],
    ) -> None:
        """Do the action once it makes sense; try again when it was refused or not answered."""
        for attempt in range(1, _ATTEMPTS + 1):
            view = await self.until(f"wait for {action}", when)
            await asyncio.sleep(_REACTION)
            given = fields(view)
            try:
                payload = ACTIONS[action].payload(**given)
                await act(self._stage.client, self.incident_id, action, payload)
            except (Refused, NoAnswer) as failed:
                if attempt == _ATTEMPTS:
                    raise
                now = await self._board.seen_anew(self.incident_id)
                if isinstance(failed, NoAnswer) and not when(now):
                    break  # it was done after all
            else:
                break
        person = self._stage.policy.people.get(given["by"])
        self.tell(f"{person.name if person else given['by']} {says}")
        await self._board.seen_anew(self.incident_id)

    async def _send(self, report: Report) -> ReportResult:
        stage = self._stage
        return await report_incident(
            stage.client,
            report,
            now=datetime.now(UTC),
            policy=stage.policy,
            records=stage.records.incidents,
            task_queue=stage.settings.task_queue,
        )


def _paged(view: IncidentView) -> bool:
    """Whether people must act, and somebody of the current tier was paged."""
    if view.stage is not Box.RESOLVE or view.acknowledged_by:
        return False
    given = (Box.ASSIGN, Box.ESCALATE)
    since = max((entry.number for entry in view.timeline if entry.event in given), default=0)
    return any(entry.event == "page_sent" and entry.number > since for entry in view.timeline)


def _approval_asked(view: IncidentView) -> bool:
    return view.stage is Box.AUTOMATED_RESOLUTION and bool(_first_of_those_asked(view))


def _confirmation_asked(view: IncidentView) -> bool:
    return view.stage is Box.ISSUE_RESOLVED and bool(_first_of_those_asked(view))


def _first_of_those_asked(view: IncidentView) -> str:
    asked = (wait.who for wait in view.waiting_for if wait.kind == "person" and wait.who)
    return next(asked, "").partition(",")[0]
