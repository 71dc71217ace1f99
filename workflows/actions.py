"""What each action of people does to the incident: a method for each, called as the action is."""

from collections.abc import Callable

from temporalio import workflow

from workflows.activity_options import CONSULT
from workflows.episode import Episode
from workflows.hold import IncidentHold
from workflows.judgement import Judge
from workflows.notifications import Notifications
from workflows.paging import Paging
from workflows.relations import Relations
from workflows.verification import Verifier

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from activities.requests import DelegationRequest
    from standfast.incidents.actions import (
        Acknowledge,
        Action,
        Approve,
        Command,
        Comment,
        Decline,
        Delegate,
        Deny,
        Escalate,
        Hold,
        Page,
        Reassign,
        Reprioritise,
        Resolve,
        Restrict,
        Resume,
        Unrestrict,
        Verify,
        Withdraw,
    )
    from standfast.incidents.approval import Approval
    from standfast.incidents.flowchart import Box
    from standfast.incidents.relations import Link, Merge
    from standfast.incidents.report import Report
    from standfast.incidents.reporters_part import TO_REPORTER
    from standfast.messages.message import words_of


class Actions:
    """Carries out actions. Each method returns, in words, what it did."""

    def __init__(
        self,
        *,
        episode: Episode,
        hold: IncidentHold,
        notifications: Notifications,
        paging: Paging,
        judge: Judge,
        verifier: Verifier,
        relations: Relations,
        cancel_flow: Callable[[], None],
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._hold = hold
        self._notifications = notifications
        self._paging = paging
        self._judge = judge
        self._verifier = verifier
        self._relations = relations
        self._cancel_flow = cancel_flow

    async def acknowledge(self, action: Acknowledge) -> str:
        self._paging.acknowledged_by(action.by)
        self._episode.note_action("acknowledged", action)
        return f"{action.by} has it; paging stops"

    async def decline(self, action: Decline) -> str:
        self._episode.note_action("declined", action, action.reason)
        return self._paging.decline(action.by)

    async def resolve(self, action: Resolve) -> str:
        self._verifier.record_resolution(action)
        return "resolved; its verification begins"

    async def verify(self, action: Verify) -> str:
        self._verifier.record_user_verdict(action.by, action.verdict, action.comment)
        return f"noted: {action.verdict}"

    async def escalate(self, action: Escalate) -> str:
        self._state.escalation = action
        self._episode.note_action("escalation_asked", action, action.reason)
        return "it goes to the next tier"

    async def reassign(self, action: Reassign) -> str:
        request = self._paging.assignment_request(action.team, 1, to=action.to)
        assignment = await self._episode.run_activity(
            AssignmentActivities.reassign, request, CONSULT, f"reassign to {action.team}"[:200]
        )
        # While the policy was asked somebody may have resolved or escalated it.
        if changed := self._episode.refusal(Action.REASSIGN, action):
            return f"too late: {changed}"
        self._episode.note_action("reassigned", action, f"to {assignment.answer}")
        self._paging.assign_to(assignment, f"{action.by} reassigned it to {assignment.team}")
        return f"reassigned to {assignment.answer}"

    async def hold(self, action: Hold) -> str:
        self._hold.start(action)
        self._episode.note_action("held", action, f"for {action.reason} {action.comment}".rstrip())
        stops = action.reason in self._episode.assignment.clocks.hold_pauses
        target = "and its target are paused" if stops else "is paused, its target goes on"
        return f"on hold for {action.reason}; paging {target}"

    async def resume(self, action: Resume) -> str:
        held = self._hold.end()
        self._episode.note_action("resumed", action, f"after {words_of(held)}")
        return f"resumed after {words_of(held)}; its clocks go on"

    async def comment(self, action: Comment) -> str:
        self._episode.note_action(
            TO_REPORTER if action.to_reporter else "comment", action, action.text
        )
        if self._state.stage is Box.CLOSE:
            return "noted; it is closing, so nobody is told"
        if action.to_reporter and action.by != self._state.report.reporter:
            self._notifications.tell_reporter(f"{action.by} writes: {action.text}")
        return "noted"

    async def restrict(self, action: Restrict) -> str:
        people = (action.by, *action.people)
        self._episode.restrict(action.by, action.reason, people)
        return "confidential: only its team and those who have to do with it find it"

    async def unrestrict(self, action: Unrestrict) -> str:
        self._episode.unrestrict(action.by, action.reason)
        return "not confidential any more: every responder finds it"

    async def reprioritise(self, action: Reprioritise) -> str:
        return await self._judge.reprioritise(action)

    async def page(self, action: Page) -> str:
        assignment = await self._paging.refresh_on_call(overrule_quiet=action.overrule)
        # While the policy was asked somebody may have acknowledged or resolved it.
        if changed := self._episode.refusal(Action.PAGE, action):
            return f"too late: {changed}"
        self._episode.note_action("page_asked", action, action.reason)
        # Somebody who ends a silence asks for a page of what stands, and for no other.
        ended_a_silence = not (action.overrule or assignment.quiet)
        if ended_a_silence and self._verifier.resolve_what_recovered_in_quiet():
            return "it has recovered while it was quiet: nobody is paged"
        why = f"{action.by} asked for this page: {action.reason}".rstrip(": ")
        self._paging.assign_to(assignment, why, at_once=True)
        if assignment.quiet:
            return f"it is still quiet: {assignment.quiet.why}"
        return f"{assignment.pages[0].whom} is paged"

    async def command(self, action: Command) -> str:
        leads = action.to or action.by
        if action.to:
            request = DelegationRequest(to=action.to)
            await self._episode.run_activity(
                AssignmentActivities.delegate, request, CONSULT, f"is there {action.to}?"[:200]
            )
        self._state.commander = leads
        self._episode.note_action("commander", action, leads)
        if action.to and action.to != action.by:
            self._notifications.inform([leads], f"{action.by} asks you to command it.")
        return f"{leads} is the incident commander"

    async def link(self, action: Link) -> str:
        return await self._relations.link(action)

    async def merge(self, action: Merge) -> str:
        return await self._relations.merge(action)

    async def approve(self, action: Approve) -> str:
        approval = self._approval.answered(True, action.by, action.reason)
        self._state.approval = approval
        self._episode.note_action(
            "approved", action, f"{approval.runbook} {action.reason}".rstrip()
        )
        return f"approved: the runbook {approval.runbook} runs"

    async def deny(self, action: Deny) -> str:
        approval = self._approval.answered(False, action.by, action.reason)
        self._state.approval = approval
        self._episode.note_action("denied", action, f"{approval.runbook} {action.reason}".rstrip())
        return f"denied: the runbook {approval.runbook} does not run"

    async def delegate(self, action: Delegate) -> str:
        if action.to in self._approval.approvers:
            return f"{action.to} was asked already"
        if action.to in self._approval.requested_by:
            return f"{action.to} reported it, so somebody else has to approve"
        request = DelegationRequest(to=action.to)
        await self._episode.run_activity(
            AssignmentActivities.delegate, request, CONSULT, f"delegate to {action.to}"[:200]
        )
        # While the policy was asked somebody may have answered, or have asked the same person.
        if changed := self._episode.refusal(Action.DELEGATE, action):
            return f"too late: {changed}"
        if action.to in self._approval.approvers:
            return f"{action.to} was asked already"
        approval = self._approval.delegated(action.to)
        self._state.approval = approval
        self._episode.note_action("delegated", action, f"to {action.to} {action.reason}".rstrip())
        words = f"{action.by} asks you to decide: may the runbook {approval.runbook} run?"
        self._notifications.ask_for_approval([action.to], f"{words} {action.reason}".rstrip())
        return f"{action.to} is asked too; the clock goes on as before"

    async def withdraw(self, action: Withdraw) -> str:
        self._state.withdrawn = True
        self._episode.note_action("withdrawn", action, action.reason)
        self._notifications.stop_paging()
        self._cancel_flow()
        return "withdrawn; it closes"

    async def report_again(self, action: Report) -> str:
        self._relations.report_again(action, times=1)
        return f"joined; {self._state.occurrences} reports so far"

    @property
    def _approval(self) -> Approval:
        """The approval that an action has just been let through for."""
        if self._state.approval is None:
            raise RuntimeError("answered an approval that was never asked for")
        return self._state.approval
