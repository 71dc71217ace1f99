"""One incident, one durable workflow: `run` is the flowchart, a line for each box."""

from temporalio import workflow

from workflows.action_handlers import ActionHandlers, takes_actions
from workflows.actions import Actions
from workflows.automation import Automation
from workflows.clocks import IncidentClocks
from workflows.closing import (
    closing_words,
    outcome_of,
    result_of,
    tell_and_record,
    words_to_reporters,
)
from workflows.continue_as_new import begin_next_episode_if_reported
from workflows.episode import Episode
from workflows.escalation import Escalation
from workflows.flow import Flow, box
from workflows.hold import IncidentHold
from workflows.judgement import Judge
from workflows.notifications import Notifications
from workflows.paging import Paging
from workflows.relations import Relations
from workflows.verification import Verifier

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.flowchart import Box
    from standfast.incidents.monitoring import MembersRecovered, Recovery, Repeats
    from standfast.incidents.record import ClosedIncident, IncidentView, TimelineEntry
    from standfast.incidents.relations import Absorb, Linked
    from standfast.incidents.repair import Repaired
    from standfast.incidents.resolution import Verdict
    from workflows.case import Case
    from workflows.clock import ClockName


@workflow.defn(name=names.WORKFLOW)
@takes_actions
class IncidentWorkflow:
    """An incident from report to close. What it waits for, and why, is in `show`."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        """Put the parts together: each is given what it needs, and none the whole."""
        self.episode = episode = Episode(case)
        self.state = episode.state
        self.clocks = clocks = IncidentClocks(episode)
        self.flow = flow = Flow(episode, clocks, before_each_wait=lambda: self.judge.judge_if_due())
        background = flow.start_in_background
        self.notifications = notifications = Notifications(episode, background)
        self.paging = paging = Paging(episode, clocks, notifications)
        self.judge = judge = Judge(episode, clocks, paging, notifications, background)
        self.hold = hold = IncidentHold(episode, clocks, notifications)
        self.verifier = verifier = Verifier(episode, clocks, flow, notifications, judge)
        self.escalation = Escalation(episode, clocks, hold, paging, notifications, judge, verifier)
        self.automation = Automation(episode, clocks, flow, notifications, paging, judge)
        self.relations = relations = Relations(
            episode, notifications, judge, verifier, cancel_flow=flow.cancel
        )
        self.handlers = ActionHandlers(
            episode,
            Actions(
                episode=episode,
                hold=hold,
                notifications=notifications,
                paging=paging,
                judge=judge,
                verifier=verifier,
                relations=relations,
                cancel_flow=flow.cancel,
            ),
        )

    @workflow.run
    async def run(self, case: Case) -> ClosedIncident:
        """The flowchart. Withdrawing leaves it from any box and closes."""
        async with self.flow.cancellable():
            await self.triage()
            await self.classify()
            if not await self.automated_resolution():
                if await self.high_impact() and await self.critical():
                    await self.escalate()
                else:
                    await self.assign()
                while not (
                    await self.resolve()
                    and await self.issue_resolved()
                    and not await self.follow_up()
                ):
                    await self.escalate()
        return await self.close()

    @box
    async def triage(self) -> None:
        """Urgency, impact, scope, priority, and past incidents like this one."""
        report = self.state.report
        self.episode.note("reported", report.reporter, f"by {report.channel}: {report.title}")
        if report.entered_by:
            self.episode.note("entered_for", report.entered_by, f"report for {report.reporter}")
        self.episode.enter(Box.TRIAGE)
        triage = (await self.judge.assess()).judgement.triage
        self.state.triage, self.state.priority = triage, triage.priority
        self.state.impact, self.state.urgency = triage.impact, triage.urgency
        self.episode.answered(Box.TRIAGE, triage)

    @box
    async def classify(self) -> None:
        """Category and subcategory; the team and the runbook that fit."""
        self.episode.enter(Box.CLASSIFY)
        self.state.classification = (await self.judge.assess()).classification
        self.episode.answered(Box.CLASSIFY, self.state.classification)
        if (why := self.state.classification.confidential) and not self.state.confidential:
            self.episode.restrict("", why)
        self.judge.judge_if_due()

    @box
    async def automated_resolution(self) -> bool:
        """Can automation resolve it? Only a runbook whose own check passed says yes."""
        self.episode.enter(Box.AUTOMATED_RESOLUTION)
        fits = self.episode.classification
        runbook = fits.runbook
        if runbook is None:
            return self.automation.not_automated(fits, fits.no_runbook_because)
        self.episode.update_search_attributes()
        automation = self.automation
        if await automation.needs_approval(runbook) and not await automation.approved(
            runbook, fits.team
        ):
            return automation.not_automated(fits, automation.why_not_approved())
        return await automation.run_runbook(runbook)

    @box
    async def high_impact(self) -> bool:
        """A critical business function, a large user group or an essential service?"""
        self.episode.enter(Box.HIGH_IMPACT)
        return self.episode.answered(
            Box.HIGH_IMPACT, (await self.judge.assess()).judgement.high_impact
        )

    @box
    async def critical(self) -> bool:
        """A threat to security, data integrity or core infrastructure?"""
        self.episode.enter(Box.CRITICAL)
        answer = (await self.judge.assess()).judgement.critical
        return answer is not None and self.episode.answered(Box.CRITICAL, answer)

    @box
    async def assign(self) -> None:
        """To the first tier of the right team; the person on call is paged."""
        self.episode.enter(Box.ASSIGN)
        await self.escalation.assign_tier(tier=1, everyone=False)

    @box
    async def escalate(self) -> None:
        """To the next tier; the top tier is paged again and again."""
        self.episode.enter(Box.ESCALATE)
        await self.judge.until_judged()
        before = self.state.assignment
        critical = self.state.answer(Box.CRITICAL) is True
        self.verifier.forget_resolution()
        self.state.became_critical = ""
        await self.escalation.assign_tier(
            tier=before.tier + 1 if before else 2,
            everyone=critical or bool(before and before.top),
            why=self.escalation.decision_that_escalated(),
        )

    @box
    async def resolve(self) -> bool:
        """People work on it. No when a clock ran out or a responder asked for more help."""
        self.episode.enter(Box.RESOLVE)
        self.episode.update_search_attributes()
        self.verifier.resolve_if_recovered()
        while not (because := self.state.why_escalate):
            ran_out = await self.flow.next_event(
                lambda: bool(self.state.resolution or self.state.why_escalate)
            )
            if self.state.resolution:
                self.escalation.end_resolve(True, f"{self.state.resolution.by} resolved it")
                return True
            if ran_out and (because := await self.escalation.clock_ran_out(ran_out)):
                break
        self.escalation.end_resolve(False, because)
        return False

    @box
    async def issue_resolved(self) -> bool:
        """Is it? By user confirmation, system tests and log analysis, as the service needs."""
        if self.episode.enter(Box.ISSUE_RESOLVED):
            await self.verifier.ask_machines()
            self.verifier.ask_for_confirmation()
            self.episode.update_search_attributes()
        silent = await self.verifier.silent_until_heard()
        verdict = self.verifier.weigh(silent)
        self.clocks.stop(ClockName.CONFIRM, ClockName.REMIND_REPORTER)
        return verdict is not Verdict.UNRESOLVED

    @box
    async def follow_up(self) -> bool:
        """Is follow-up needed? What is worth watching is watched first.

        No when nothing is, or all was clear. Yes when it recurred, or is still partial at the end
        of the window.
        """
        if self.episode.enter(Box.FOLLOW_UP) and not self.verifier.start_watch():
            return False
        finding = "watching"
        while finding == "watching" and (watch := self.state.watch):
            if await self.flow.next_event(self.verifier.has_recurred) is ClockName.WATCH:
                watch.checks = watch.checks[1:]
                await self.verifier.check_while_watching(watch)
            finding = self.verifier.judge_watch()
        return finding != "clear"

    @box
    async def close(self) -> ClosedIncident:
        """Reporter and team are told; the record goes into the knowledge base."""
        state = self.state
        self.episode.enter(Box.CLOSE)
        self.clocks.stop_all()
        state.hold = state.watch = None
        state.outcome = outcome_of(state)
        self.notifications.stop_paging()
        await self.flow.background_ended()
        news = self.notifications.all_clear.how_it_ended(
            closing_words(state), words_to_reporters(state)
        )
        await tell_and_record(self.episode, news)
        begin_next_episode_if_reported(state)
        return result_of(state)

    @workflow.query(name=names.QUERY_INCIDENT, description="Everything about this episode")
    def incident(self) -> IncidentView:
        return self.episode.view()

    @workflow.query(name=names.QUERY_TIMELINE, description="What happened, oldest first")
    def timeline(self) -> list[TimelineEntry]:
        return list(self.state.timeline)

    @workflow.signal(name=names.REPEATS, description="Reported again, so many times in all")
    async def signal_repeats(self, message: Repeats) -> None:
        self.relations.repeats(message)

    @workflow.signal(name=names.RECOVERED, description="A monitor says that it is over")
    async def signal_recovered(self, message: Recovery) -> None:
        self.verifier.recovered(message)

    @workflow.signal(name=names.MEMBERS_RECOVERED, description="Some alerts of its group are over")
    async def signal_members_recovered(self, message: MembersRecovered) -> None:
        self.relations.members_recovered(message)

    @workflow.signal(name=names.REPAIRED, description="Its run was reset to before a fault")
    async def signal_repaired(self, message: Repaired) -> None:
        self.episode.note("repaired", message.by, message.detail)

    @workflow.signal(name=names.LINKED, description="Another incident was linked to this one")
    async def signal_linked(self, message: Linked) -> None:
        await self.relations.linked(message)

    @workflow.signal(name=names.ABSORB, description="Another incident was merged into this one")
    async def signal_absorb(self, message: Absorb) -> None:
        self.relations.absorb(message)
