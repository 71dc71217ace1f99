"""What each action does to the incident, whether it came as an update or as a signal."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

from workflows.relating import Relating
from workflows.timekeeping import PAGING, hours_of
from workflows.timeouts import CONSULT

with workflow.unsafe.imports_passed_through():
    from activities.assessment import AssessmentActivities
    from activities.assignment import AssignmentActivities
    from activities.requests import DelegationRequest, ReprioritiseRequest
    from standfast.incidents.actions import (
        Acknowledge,
        Action,
        Approve,
        Command,
        Comment,
        Delegate,
        Deny,
        Escalate,
        Hold,
        Page,
        Reassign,
        Reprioritise,
        Resolve,
        Resume,
        Verify,
        Withdraw,
    )
    from standfast.incidents.actions import refusal as refusal_of
    from standfast.incidents.approval import Approval
    from standfast.incidents.flowchart import Box
    from standfast.incidents.relations import Link, Merge
    from standfast.incidents.report import Report
    from standfast.incidents.resolution import Resolution
    from standfast.messages.message import InboundMessage, words_of
    from workflows.state import ClockName
    from workflows.state import Hold as OnHold

_BY_RESPONDERS = frozenset(
    {
        Action.COMMENT,
        Action.HOLD,
        Action.RESUME,
        Action.REPRIORITISE,
        Action.COMMAND,
        Action.LINK,
        Action.VERIFY,
    }
)
"""What shows that somebody is at it; the other actions end or restart the wait themselves."""


class Acting(Relating):
    """One method an action. Each returns, in words, what it did."""

    async def do(self, name: Action, action: InboundMessage) -> str:
        """Carry out an action that makes sense now."""
        message = await self._methods[name](action)
        if name in _BY_RESPONDERS:
            self.state.acted_at = self.now
        self.show()
        return message

    @property
    def _methods(self) -> dict[Action, Callable[[Any], Awaitable[str]]]:
        return {
            Action.ACKNOWLEDGE: self._acknowledge,
            Action.RESOLVE: self._resolve,
            Action.VERIFY: self._verify,
            Action.ESCALATE: self._escalate,
            Action.REASSIGN: self._reassign,
            Action.HOLD: self._hold,
            Action.RESUME: self._resume,
            Action.COMMENT: self._comment,
            Action.REPRIORITISE: self._reprioritise,
            Action.PAGE: self._page,
            Action.COMMAND: self._command,
            Action.LINK: self.link,
            Action.MERGE: self.merge,
            Action.APPROVE: self._approve,
            Action.DENY: self._deny,
            Action.DELEGATE: self._delegate,
            Action.WITHDRAW: self._withdraw,
            Action.REPORT_AGAIN: self._report_again,
        }

    async def _acknowledge(self, action: Acknowledge) -> str:
        self.state.acknowledged_by = self.state.assignee = action.by
        self.state.worse = None
        self.stop_clocks(*PAGING)
        self.stop_paging()
        self.watch_for_idleness(self.now)
        self.note("acknowledged", action.by)
        return f"{action.by} has it; paging stops"

    async def _resolve(self, action: Resolve) -> str:
        self.state.resolution = Resolution(**action.model_dump(), at=self.now)
        self.state.worse = None
        self.stop_paging()
        workaround = "with a workaround: " if action.workaround else ""
        self.note("resolved", action.by, workaround + action.summary)
        return "resolved; its verification begins"

    async def _verify(self, action: Verify) -> str:
        self.heard_from_user(action.by, action.verdict, action.comment)
        return f"noted: {action.verdict}"

    async def _escalate(self, action: Escalate) -> str:
        self.state.escalation = action
        self.note("escalation_asked", action.by, action.reason)
        return "it goes to the next tier"

    async def _reassign(self, action: Reassign) -> str:
        request = self.asked_of(action.team, 1, to=action.to)
        assignment = await self.act(
            AssignmentActivities.reassign, request, CONSULT, f"reassign to {action.team}"[:200]
        )
        # While the policy was asked somebody may have resolved or escalated it.
        if changed := self.refusal(Action.REASSIGN, action):
            return f"too late: {changed}"
        self.note("reassigned", action.by, f"to {assignment.answer}")
        self.take_over(assignment, f"{action.by} reassigned it to {assignment.team}")
        return f"reassigned to {assignment.answer}"

    async def _hold(self, action: Hold) -> str:
        self.state.hold = OnHold(reason=action.reason, by=action.by, since=self.now)
        self.clocks_stand_still()
        self.stop_paging()
        every = self.the_assignment.clocks.remind_hold_every
        self.start_clock(ClockName.REMIND_HOLD, every, "remind that it is on hold")
        self.note("held", action.by, f"for {action.reason} {action.comment}".rstrip())
        stops = action.reason in self.the_assignment.clocks.hold_pauses
        target = "and its target stand still" if stops else "stands still, its target does not"
        return f"on hold for {action.reason}; paging {target}"

    async def _resume(self, action: Resume) -> str:
        held = self.end_hold()
        self.note("resumed", action.by, f"after {words_of(held)}")
        return f"resumed after {words_of(held)}; its clocks go on"

    async def _comment(self, action: Comment) -> str:
        self.note("comment", action.by, action.text)
        return "noted"

    async def _reprioritise(self, action: Reprioritise) -> str:
        await self.triaged()
        request = ReprioritiseRequest(change=action, assignment=self.who_to_page())
        anew = await self.act(AssessmentActivities.reprioritise, request, CONSULT, "reprioritise")
        # While the policy was asked it may have been closed.
        if changed := self.refusal(Action.REPRIORITISE, action):
            return f"too late: {changed}"
        change, before = anew.change, self.priority
        self.state.impact, self.state.urgency = change.impact, change.urgency
        self.state.priority = change.priority
        self.aim_anew(change.clocks)
        self.state.decide(Box.TRIAGE, change, self.now)
        pinned = ", pinned" if action.pin else ""
        self.note("reprioritised", action.by, f"{before} to {change.priority}{pinned}")
        if change.priority.number < before.number:
            why = f"{action.by} set impact {change.impact} and urgency {change.urgency}"
            await self.worsened(before, why, anew.assignment)
        else:
            self.climb_anew()
            self.look_whether_it_is_quiet()
        self.state.ledger.set_by(
            action.by,
            change.impact,
            change.urgency,
            change.priority,
            persons=self.state.persons,
            pin=action.pin,
        )
        self.judge_if_due()
        self.publish()
        return f"priority {change.priority}, it was {before}"

    async def _page(self, action: Page) -> str:
        assignment = await self.look_again(overrule_quiet=action.overrule)
        # While the policy was asked somebody may have acknowledged or resolved it.
        if changed := self.refusal(Action.PAGE, action):
            return f"too late: {changed}"
        self.note("page_asked", action.by, action.reason)
        why = f"{action.by} has you paged: {action.reason}".rstrip(": ")
        self.take_over(assignment, why, at_once=True)
        if assignment.quiet:
            return f"it is still quiet: {assignment.quiet.why}"
        return f"{assignment.pages[0].whom} is paged"

    async def _command(self, action: Command) -> str:
        leads = action.to or action.by
        if action.to:
            request = DelegationRequest(to=action.to)
            await self.act(
                AssignmentActivities.delegate, request, CONSULT, f"is there {action.to}?"[:200]
            )
        self.state.commander = leads
        self.note("commander", action.by, leads)
        if action.to and action.to != action.by:
            self.let_know([leads], f"{action.by} asks you to command it.")
        return f"{leads} is the incident commander"

    async def _approve(self, action: Approve) -> str:
        approval = self._approval.answered(True, action.by, action.reason)
        self.state.approval = approval
        self.note("approved", action.by, f"{approval.runbook} {action.reason}".rstrip())
        return f"approved: the runbook {approval.runbook} runs"

    async def _deny(self, action: Deny) -> str:
        approval = self._approval.answered(False, action.by, action.reason)
        self.state.approval = approval
        self.note("denied", action.by, f"{approval.runbook} {action.reason}".rstrip())
        return f"denied: the runbook {approval.runbook} does not run"

    async def _delegate(self, action: Delegate) -> str:
        if action.to in self._approval.approvers:
            return f"{action.to} was asked already"
        request = DelegationRequest(to=action.to)
        await self.act(
            AssignmentActivities.delegate, request, CONSULT, f"delegate to {action.to}"[:200]
        )
        # While the policy was asked somebody may have answered, or have asked the same person.
        if changed := self.refusal(Action.DELEGATE, action):
            return f"too late: {changed}"
        if action.to in self._approval.approvers:
            return f"{action.to} was asked already"
        approval = self._approval.delegated(action.to)
        self.state.approval = approval
        self.note("delegated", action.by, f"to {action.to} {action.reason}".rstrip())
        words = f"{action.by} asks you to decide: may the runbook {approval.runbook} run?"
        self.ask_for_approval([action.to], f"{words} {action.reason}".rstrip())
        return f"{action.to} is asked too; the clock goes on as before"

    async def _withdraw(self, action: Withdraw) -> str:
        self.state.withdrawn = True
        self.note("withdrawn", action.by, action.reason)
        self.stop_paging()
        self.cut_short()
        return "withdrawn; it closes"

    async def _report_again(self, action: Report) -> str:
        self.reported_again(action, times=1)
        return f"joined; {self.state.occurrences} reports so far"

    def refusal(self, name: Action, action: InboundMessage) -> str | None:
        """Why an action makes no sense now, or not from whom it comes; None when it does."""
        other = action.other if isinstance(action, Link | Merge) else ""
        return refusal_of(name, self.state.guard_input(getattr(action, "by", ""), other))

    @property
    def _approval(self) -> Approval:
        """The approval that an action has just been let through for."""
        if self.state.approval is None:
            raise RuntimeError("answered an approval that was never asked for")
        return self.state.approval

    def watch_for_idleness(self, since: datetime) -> None:
        """An acknowledgement must be followed by something, where the policy says within when."""
        self.state.acted_at = None
        assignment = self.the_assignment
        if after := assignment.clocks.idle_after:
            then = f"ask whether {self.state.acknowledged_by} is still at it: page again"
            self.start_clock(ClockName.IDLE, after, then, hours_of(assignment), since)

    def end_hold(self) -> timedelta:
        """Let the clocks go on; how long the hold took."""
        hold, self.state.hold = self.state.hold, None
        if hold is None:
            return timedelta()
        self.stop_clocks(ClockName.REMIND_HOLD)
        self.clocks_go_on()
        return self.now - hold.since
