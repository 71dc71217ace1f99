"""How bad it is: judged for the first boxes, and anew by all that is said of it later."""

import asyncio
import contextlib
from collections.abc import Iterable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.activity_options import ASSESS, CONSULT, JUDGE, LONGEST_DECISION
from workflows.clocks import IncidentClocks
from workflows.episode import Episode, cause_of
from workflows.flow import StartInBackground
from workflows.notifications import Notifications
from workflows.paging import Paging

with workflow.unsafe.imports_passed_through():
    from activities.assessment import AssessmentActivities
    from activities.requests import (
        Assessment,
        AssessmentRequest,
        JudgedAnew,
        JudgementRequest,
        ReprioritiseRequest,
    )
    from standfast.incidents import names
    from standfast.incidents.actions import Action, Reprioritise
    from standfast.incidents.assessment import NOW_CRITICAL, Judgement, Priority
    from standfast.incidents.assignment import Assignment, AssignmentRequest
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import ImpactQuestion, Statement, StatementKind
    from standfast.incidents.record import Worse

TELLS_OF_SEVERITY = "tells of a worse severity"
"""The patch since when whoever has it hears of a severity that changes no priority.

For incidents that were open when this came (29 November 2026), since the changelog says that they
go on. From 0.2.0 on, `workflow.deprecate_patch` takes its place.
"""


class Judge:
    """Keeps what is said of the impact, has the policy judge it, and acts on the answer.

    Without a person its priority only goes up. When it becomes critical it is escalated at once,
    from any box: out of `resolve`, even on hold; out of a pending approval, which is given up; out
    of verification and the watch, where it then counts as unresolved. Only a running runbook may
    finish first.
    """

    def __init__(
        self,
        episode: Episode,
        clocks: IncidentClocks,
        paging: Paging,
        notifications: Notifications,
        start_in_background: StartInBackground,
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._paging = paging
        self._notifications = notifications
        self._start_in_background = start_in_background
        self._assessment: Assessment | None = None
        self._judging: asyncio.Task[None] | None = None

    async def assess(self) -> Assessment:
        """The answers of all boxes up to the next wait, from one activity.

        Nothing happens between those boxes, so each takes its answer from there.
        """
        if self._assessment is None:
            state = self._state
            request = AssessmentRequest(
                report=state.report,
                at=self._episode.now,
                question=state.question(),
                classification=state.classification,
            )
            self._episode.busy_with("the policy decides", ASSESS)
            self._assessment = await self._episode.run_activity(
                AssessmentActivities.assess, request, ASSESS, "assess it"
            )
            state.plans = self._assessment.plans
            if state.classification is None:
                # Later, whoever acts on a worse judgement takes it: see `_judge`.
                state.ledger.apply(request.question, self._assessment.judgement)
        return self._assessment

    def assess_again(self) -> None:
        """Forget the answers, since there is a wait: after it, others may be right."""
        self._assessment = None

    def hear(self, statements: Iterable[Statement]) -> None:
        """Add what was said to the impact ledger; judge again if it says more than was known."""
        for statement in statements:
            self._state.ledger.add(statement, self._state.persons)
        self.judge_if_due()

    def judge_if_due(self) -> None:
        """Ask the policy, beside the flow, if more is known than at the last judgement.

        What could not be judged when it was said is judged before the next wait.
        """
        if self._judging is None and self._is_to_be_judged():
            self._judging = self._start_in_background(self._judge())

    async def until_judged(self) -> None:
        """Wait for a judgement that is being made: it may say how far to escalate.

        Not for longer than one takes: a judgement that fails must not hold up a page.
        """
        if self._judging is None:
            return
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._judging is None,
                timeout=LONGEST_DECISION,
                timeout_summary="how bad is it now?",
            )

    async def reprioritise(self, action: Reprioritise) -> str:
        """Set impact and urgency as a person asks; says what the priority is now."""
        # Wait for the first judgement: before it there is nothing to change.
        await workflow.wait_condition(lambda: self._state.triage is not None or self._state.is_over)
        request = ReprioritiseRequest(change=action, assignment=self._who_to_page())
        anew = await self._episode.run_activity(
            AssessmentActivities.reprioritise, request, CONSULT, "reprioritise"
        )
        # While the policy was asked it may have been closed.
        if changed := self._episode.refusal(Action.REPRIORITISE, action):
            return f"too late: {changed}"
        change, before = anew.change, self._episode.priority
        self._state.impact, self._state.urgency = change.impact, change.urgency
        self._state.priority = change.priority
        self._clocks.retarget(change.clocks)
        self._state.decide(Box.TRIAGE, change, self._episode.now)
        pinned = ", pinned" if action.pin else ""
        self._episode.note("reprioritised", action.by, f"{before} to {change.priority}{pinned}")
        if change.priority.number < before.number:
            why = f"{action.by} set impact {change.impact} and urgency {change.urgency}"
            await self._worsened(before, why, anew.assignment)
        else:
            self._paging.restart_steps()
            self._clocks.recheck_quiet()
        self._state.ledger.set_by(
            action.by,
            change.impact,
            change.urgency,
            change.priority,
            persons=self._state.persons,
            pin=action.pin,
        )
        self.judge_if_due()
        self._episode.update_search_attributes()
        return f"priority {change.priority}, it was {before}"

    def _is_to_be_judged(self) -> bool:
        state = self._state
        judged_once = state.triage is not None and state.classification is not None
        return judged_once and not state.is_over and state.ledger.due(state.persons)

    def _who_to_page(self) -> AssignmentRequest | None:
        """The question who is to be paged if it becomes worse; None while nobody has it."""
        if self._state.assignment is None:
            return None
        return self._paging.refresh_request(overrule_quiet=True)

    async def _judge(self) -> None:
        try:
            while self._is_to_be_judged():
                question = self._state.question()
                request = JudgementRequest(
                    report=self._state.report,
                    question=question,
                    classification=self._episode.classification,
                    assignment=self._who_to_page(),
                )
                anew = await self._episode.run_activity(
                    AssessmentActivities.judge, request, JUDGE, "more is known: judge it anew"
                )
                if self._state.ledger.apply(question, anew.judgement):
                    await self._act_on(anew, _what_raised_it(question, anew.judgement))
        except ActivityError as failed:
            # What was said stays on the ledger, and is judged at the next event.
            self._episode.note("not_judged", detail=cause_of(failed))
        finally:
            self._judging = None

    async def _act_on(self, anew: JudgedAnew, title: str) -> None:
        """title: of the report that made it worse, if one did."""
        judgement, before = anew.judgement, self._episode.priority
        rose, self._state.severity_rose = self._state.severity_rose, ""
        if rose and not (judgement.raised or judgement.newly_critical):
            self._tell_of_severity(rose)
        if not judgement.changed:
            return
        self._record(judgement)
        self._episode.show()
        if self._state.is_over:
            return
        if judgement.newly_critical:
            self._escalate_at_once(before, judgement.because, title)
        elif judgement.raised:
            await self._worsened(before, judgement.because, anew.assignment, title)

    def _tell_of_severity(self, rose: str) -> None:
        """Tell whoever has it, though the policy gives it no other priority for that."""
        if not (self._state.acknowledged_by and self._is_being_resolved()):
            return  # the next page says it
        if workflow.patched(TELLS_OF_SEVERITY):
            why = f"Its monitor says {rose}; the policy leaves it at {self._episode.priority}."
            self._notifications.notify_it_is_worse(why)

    def _record(self, judgement: Judgement) -> None:
        """Record the new decisions, and change the clocks to those of the new priority."""
        state = self._state
        asked_again = {
            Box.TRIAGE: judgement.triage,
            Box.HIGH_IMPACT: judgement.high_impact,
            Box.CRITICAL: judgement.critical,
        }
        for box, answer in asked_again.items():
            if answer is not None:
                state.decide(box, answer, self._episode.now)
        self._episode.policy_seen(judgement.triage.policy_version)
        before, state.priority = self._episode.priority, judgement.triage.priority
        state.impact, state.urgency = judgement.triage.impact, judgement.triage.urgency
        if state.triage:
            looked_up = {name: getattr(state.triage, name) for name in ("similar", "open_actions")}
            state.triage = judgement.triage.model_copy(update=looked_up)
        now = self._episode.priority
        turned = f"{before} to {now}: " if now != before else ""
        self._episode.note("judged_anew", detail=f"{turned}{judgement.because}")
        if now != before:
            self._clocks.retarget(judgement.clocks)
        self._episode.update_search_attributes()
        new_title = state.latest and state.latest.title != state.report.title
        if state.latest and new_title and not state.confidential:
            workflow.upsert_memo({names.MEMO_LATEST: state.latest.title})

    async def _worsened(
        self, before: Priority, because: str, assignment: Assignment | None, title: str = ""
    ) -> None:
        """Notify whoever has it that it is worse, and why. No acknowledgement, quiet time or digest
        holds that back. If nobody has it yet, the next page says so.

        assignment: who was to be paged by the new priority when the policy was asked.
        """
        state = self._state
        now = self._episode.priority
        worse = state.worse = Worse(before=before, now=now, because=because, title=title)
        if self._seeks_response():
            current = self._episode.assignment
            if assignment is None or not assignment.is_of_tier(current):
                # It went to another team or tier while the policy was asked.
                assignment = await self._paging.refresh_on_call(overrule_quiet=True)
            if self._seeks_response():
                self._paging.page_from_first_step(assignment, f"{worse}.")
                return
        if self._is_being_resolved():
            self._notifications.notify_it_is_worse(f"{worse}.")

    def _seeks_response(self) -> bool:
        """Whether somebody is to acknowledge it: nobody has, nor put it on hold."""
        taken = self._state.acknowledged_by or self._state.hold
        return self._is_being_resolved() and not taken

    def _is_being_resolved(self) -> bool:
        state = self._state
        on_its_way = state.resolution or state.why_escalate or state.ends_early
        return state.stage is Box.RESOLVE and state.assignment is not None and not on_its_way

    def _escalate_at_once(self, before: Priority, because: str, title: str) -> None:
        state = self._state
        now = self._episode.priority
        state.worse = Worse(before=before, now=now, because=because, title=title)
        state.became_critical = because.removeprefix(f"{NOW_CRITICAL}; ")
        if state.stage is Box.RESOLVE and state.assignment:
            self._notifications.notify_it_is_worse(
                f"{state.worse}. It goes to the next tier at once."
            )


def _what_raised_it(asked: ImpactQuestion, judgement: Judgement) -> str:
    """The title of the latest report that raised it; empty where it was not a report."""
    raising = [asked.statements[place] for place in judgement.raised_by]
    reports = [one.report.title for one in raising if one.kind is StatementKind.REPORT]
    return reports[-1] if reports else ""
