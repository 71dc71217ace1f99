"""What each action does to the incident, whether it came as an update or as a signal."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.paging import Paging
from workflows.timeouts import CONSULT

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from activities.requests import AssignmentRequest, DelegationRequest, ReprioritiseRequest
    from activities.triage import TriageActivities
    from incidents.actions import (
        Acknowledge,
        Action,
        Approve,
        Comment,
        Delegate,
        Deny,
        Escalate,
        Hold,
        Reassign,
        Reprioritise,
        Resolve,
        Resume,
        Verify,
        Withdraw,
    )
    from incidents.actions import refusal as refusal_of
    from incidents.approval import Approval
    from incidents.assessment import Assignment
    from incidents.flowchart import Box
    from incidents.message import FromOutside, words_of
    from incidents.report import Report
    from incidents.resolution import Evidence, EvidenceKind, Resolution, Verdict
    from workflows.state import ClockName
    from workflows.state import Hold as OnHold

REPEATS_NOTED_ONE_BY_ONE = 10
"""After so many repeats of a report only every hundredth is noted; the count stays exact."""


class Acting(Paging):
    """One method an action. Each returns, in words, what it did."""

    async def do(self, name: Action, action: FromOutside) -> str:
        """Carry out an action that makes sense now."""
        message = await self._methods[name](action)
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
            Action.APPROVE: self._approve,
            Action.DENY: self._deny,
            Action.DELEGATE: self._delegate,
            Action.WITHDRAW: self._withdraw,
            Action.REPORT_AGAIN: self._report_again,
        }

    async def _acknowledge(self, action: Acknowledge) -> str:
        self.state.acknowledged_by = self.state.assignee = action.by
        self.stop_clocks(ClockName.ACKNOWLEDGE, ClockName.PAGE_AGAIN)
        if self.state.hold:
            self.state.hold.left = [
                (clock, left)
                for clock, left in self.state.hold.left
                if clock.name not in (ClockName.ACKNOWLEDGE, ClockName.PAGE_AGAIN)
            ]
        self.stop_paging()
        self.note("acknowledged", action.by)
        return f"{action.by} has it; paging stops"

    async def _resolve(self, action: Resolve) -> str:
        self.state.resolution = Resolution(**action.model_dump(), at=self.now)
        self.stop_paging()
        workaround = "with a workaround: " if action.workaround else ""
        self.note("resolved", action.by, workaround + action.summary)
        return "resolved; its verification begins"

    async def _verify(self, action: Verify) -> str:
        self._heard_from_user(action.by, action.verdict, action.comment)
        return f"noted: {action.verdict}"

    async def _escalate(self, action: Escalate) -> str:
        self.state.escalation = action
        self.note("escalation_asked", action.by, action.reason)
        return "it goes to the next tier"

    async def _reassign(self, action: Reassign) -> str:
        request = AssignmentRequest(
            team=action.team, tier=1, priority=self.priority, at=self.now, to=action.to
        )
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
        self.state.hold = OnHold(
            reason=action.reason, by=action.by, since=self.now, left=self.pause_clocks()
        )
        self.stop_paging()
        every = self.state.clock_settings
        if every:
            self.start_clock(
                ClockName.REMIND_HOLD, every.remind_hold_every, "remind that it is on hold"
            )
        self.note("held", action.by, f"for {action.reason} {action.comment}".rstrip())
        return f"on hold for {action.reason}; its clocks stand still"

    async def _resume(self, action: Resume) -> str:
        held = self.end_hold()
        self.note("resumed", action.by, f"after {words_of(held)}")
        return f"resumed after {words_of(held)}; its clocks go on"

    async def _comment(self, action: Comment) -> str:
        self.note("comment", action.by, action.text)
        return "noted"

    async def _reprioritise(self, action: Reprioritise) -> str:
        request = ReprioritiseRequest(change=action)
        change = await self.act(TriageActivities.reprioritise, request, CONSULT, "reprioritise")
        before = self.priority
        self.state.impact, self.state.urgency = change.impact, change.urgency
        self.state.priority = change.priority
        self.change_clocks(change.clocks)
        self.state.decide(Box.TRIAGE, change, self.now)
        self.note("reprioritised", action.by, f"{before} to {change.priority}")
        self.publish()
        return f"priority {change.priority}, it was {before}"

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
        self.state.occurrences += 1
        reporter = action.reporter
        new = bool(reporter) and reporter not in self.state.reporters
        if new:
            self.state.reporters.append(reporter)
        count = self.state.occurrences
        if new or count <= REPEATS_NOTED_ONE_BY_ONE or count % 100 == 0:
            self.note("reported_again", reporter, f"{count} reports so far: {action.title}")
        if self.state.watch:
            self.state.watch.reported_again += 1
        elif self.state.stage is Box.ISSUE_RESOLVED:
            words = f"reported again: {action.title}"
            self._heard_from_user(reporter or "a monitor", Verdict.UNRESOLVED, words)
        return f"joined; {count} reports so far"

    def refusal(self, name: Action, action: FromOutside) -> str | None:
        """Why an action makes no sense now, or not from whom it comes; None when it does."""
        return refusal_of(name, self.state.situation(), getattr(action, "by", ""))

    @property
    def _approval(self) -> Approval:
        """The approval that an action has just been let through for."""
        if self.state.approval is None:
            raise RuntimeError("answered an approval that was never asked for")
        return self.state.approval

    def take_over(self, assignment: Assignment, why: str) -> None:
        """Give the incident to a team's tier: it is paged, and its clocks start."""
        self.stop_paging()
        self.state.assignment = assignment
        self.state.assignee = assignment.contacts[0] if assignment.contacts else ""
        self.state.acknowledged_by = ""
        self.state.hold = None
        self.start_clocks_of_tier(assignment.clocks)
        self.page(assignment, why)

    def end_hold(self) -> timedelta:
        """Let the clocks go on; how long the hold took."""
        hold, self.state.hold = self.state.hold, None
        if hold is None:
            return timedelta()
        self.stop_clocks(ClockName.REMIND_HOLD)
        self.resume_clocks(hold.left)
        return self.now - hold.since

    def _heard_from_user(self, who: str, says: Verdict, words: str) -> None:
        self.state.evidence.append(
            Evidence(
                kind=EvidenceKind.USER_CONFIRMATION,
                source=who,
                says=says,
                detail=words or "in so many words",
                at=self.now,
            )
        )
        self.note("verified", who, f"{says} {words}".rstrip())
