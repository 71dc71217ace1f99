"""Judged anew: what is said of an incident later counts as much as what was said first."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.assessing import Assessing
from workflows.episode import cause_of
from workflows.timeouts import JUDGE, LONGEST_DECISION

with workflow.unsafe.imports_passed_through():
    from activities.assessment import AssessmentActivities
    from activities.requests import JudgedAnew, JudgementRequest
    from standfast.incidents import names
    from standfast.incidents.assessment import NOW_CRITICAL, Judgement, Priority
    from standfast.incidents.assignment import Assignment, AssignmentRequest
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import Statement
    from standfast.incidents.record import Worse
    from workflows.state import Case, ClockName


class Judging(Assessing):
    """Hears what is said, asks the policy when that is more than it knew, and acts on the answer.

    By itself an incident only goes up. Where it becomes critical it is escalated at once, from
    wherever it stands: out of `resolve`, also from a hold; out of a waiting approval, which is
    given up; out of verification and the watch, where it then counts as unresolved. Only a runbook
    that runs is let finish.
    """

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._judging: asyncio.Task[None] | None = None

    def heard(self, statements: Iterable[Statement]) -> None:
        """Keep what was said on the impact ledger, and judge by it where it says more."""
        for statement in statements:
            self.state.ledger.add(statement, self.state.persons)
        self.judge_if_due()

    def judge_if_due(self) -> None:
        """Ask the policy, beside the flow, where more is known than it was judged by."""
        if self._judging is None and self._is_to_be_judged():
            self._judging = self.in_the_background(self._judge())

    async def triaged(self) -> None:
        """Wait for the first judgement: who changes it changes something that is there."""
        await workflow.wait_condition(lambda: self.state.triage is not None or self._is_over())

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

    async def next_event(self, happened: Callable[[], bool]) -> ClockName | None:
        """As ever; what could not be judged when it was said is judged at the next event."""
        self.judge_if_due()
        return await super().next_event(happened)

    def _is_to_be_judged(self) -> bool:
        state = self.state
        judged_once = state.triage is not None and state.classification is not None
        return judged_once and not self._is_over() and state.ledger.due(state.persons)

    def _is_over(self) -> bool:
        return self.state.ends_early or self.state.stage is Box.CLOSE

    def who_to_page(self) -> AssignmentRequest | None:
        """The question who is to be paged if it becomes worse; None while nobody has it."""
        return self.asked_anew(overrule_quiet=True) if self.state.assignment else None

    async def _judge(self) -> None:
        try:
            while self._is_to_be_judged():
                question = self.state.question()
                request = JudgementRequest(
                    report=self.state.report,
                    question=question,
                    classification=self.classification,
                    assignment=self.who_to_page(),
                )
                anew = await self.act(
                    AssessmentActivities.judge, request, JUDGE, "more is known: judge it anew"
                )
                if self.state.ledger.take(question, anew.judgement):
                    await self._act_on(anew)
        except ActivityError as failed:
            # What was said stays on the ledger, and is judged at the next event.
            self.note("not_judged", detail=cause_of(failed))
        finally:
            self._judging = None

    async def _act_on(self, anew: JudgedAnew) -> None:
        judgement, before = anew.judgement, self.priority
        if not judgement.changed:
            return
        self._record(judgement)
        self.show()
        if self._is_over():
            return
        if judgement.newly_critical:
            self._escalate_at_once(before, judgement.because)
        elif judgement.raised:
            await self.worsened(before, judgement.because, anew.assignment)

    def _record(self, judgement: Judgement) -> None:
        """What was asked again, as decisions on record; clocks go by the new priority."""
        state = self.state
        asked_again = {
            Box.TRIAGE: judgement.triage,
            Box.HIGH_IMPACT: judgement.high_impact,
            Box.CRITICAL: judgement.critical,
        }
        for box, answer in asked_again.items():
            if answer is not None:
                state.decide(box, answer, self.now)
        self.policy_seen(judgement.triage.policy_version)
        before, state.priority = self.priority, judgement.triage.priority
        state.impact, state.urgency = judgement.triage.impact, judgement.triage.urgency
        if state.triage:
            similar = {"similar": state.triage.similar}
            state.triage = judgement.triage.model_copy(update=similar)
        turned = f"{before} to {self.priority}: " if self.priority != before else ""
        self.note("judged_anew", detail=f"{turned}{judgement.because}")
        if self.priority != before:
            self.aim_anew(judgement.clocks)
        self.publish()
        if state.latest and state.latest.title != state.report.title:
            workflow.upsert_memo({names.MEMO_LATEST: state.latest.title})

    async def worsened(self, before: Priority, because: str, assignment: Assignment | None) -> None:
        """Whoever has it hears that it is worse, and what: no acknowledgement, quiet time or
        digest holds that back. Where nobody has it yet, whoever is paged next reads it.

        assignment: who was to be paged by the new priority when the policy was asked.
        """
        state = self.state
        worse = state.worse = Worse(before=before, now=self.priority, because=because)
        if self._seeks_response():
            current = self.the_assignment
            if assignment is None or not assignment.is_of_tier(current):
                # It went to another team or tier while the policy was asked.
                assignment = await self.look_again(overrule_quiet=True)
            if self._seeks_response():
                self.page_anew(assignment, f"{worse}.")
                return
        if self._is_being_resolved():
            self.tell_worse(f"{worse}.")

    def asked_to_escalate(self) -> str:
        """Why it goes to the next tier now: it is critical, or a responder asked. Or nothing."""
        if self.state.became_critical:
            return f"it is critical now: {self.state.became_critical}"
        asked = self.state.escalation
        if asked is None:
            return ""
        return f"{asked.by} asked for the next tier: {asked.reason}".removesuffix(": ")

    def _seeks_response(self) -> bool:
        """Whether somebody is to acknowledge it: nobody has, nor put it on hold."""
        taken = self.state.acknowledged_by or self.state.hold
        return self._is_being_resolved() and not taken

    def _is_being_resolved(self) -> bool:
        state = self.state
        on_its_way = state.resolution or self.asked_to_escalate() or state.ends_early
        return state.stage is Box.RESOLVE and state.assignment is not None and not on_its_way

    def _escalate_at_once(self, before: Priority, because: str) -> None:
        state = self.state
        state.worse = Worse(before=before, now=self.priority, because=because)
        state.became_critical = because.removeprefix(f"{NOW_CRITICAL}; ")
        if state.stage is Box.RESOLVE and state.assignment:
            self.tell_worse(f"{state.worse}. It goes to the next tier at once.")
