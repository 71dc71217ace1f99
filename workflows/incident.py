"""One incident, one durable workflow: `run` is the flowchart, a line a box."""

from temporalio import workflow

from workflows.people import People
from workflows.remediating import Remediating
from workflows.resolving import Resolving
from workflows.timeouts import RECORD
from workflows.verifying import Verifying
from workflows.waiting import box

with workflow.unsafe.imports_passed_through():
    from activities.closure import ClosureActivities
    from standfast.incidents import names
    from standfast.incidents.flowchart import Box
    from standfast.incidents.record import ClosedIncident
    from standfast.incidents.resolution import Verdict
    from workflows.state import Case, ClockName


@workflow.defn(name=names.WORKFLOW)
class IncidentWorkflow(People, Remediating, Resolving, Verifying):
    """An incident from report to close. What it waits for, and why, is in `show`."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> ClosedIncident:
        """The flowchart. Withdrawing leaves it from any box and closes."""
        async with self.unless_withdrawn():
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
        self.note("reported", report.reporter, f"by {report.channel}: {report.title}")
        self.enter(Box.TRIAGE)
        triage = (await self.assess()).judgement.triage
        self.state.triage, self.state.priority = triage, triage.priority
        self.state.impact, self.state.urgency = triage.impact, triage.urgency
        self.answered(Box.TRIAGE, triage)

    @box
    async def classify(self) -> None:
        """Category and subcategory; the team and the runbook that fit."""
        self.enter(Box.CLASSIFY)
        self.state.classification = (await self.assess()).classification
        self.answered(Box.CLASSIFY, self.state.classification)
        self.judge_if_due()

    @box
    async def automated_resolution(self) -> bool:
        """Can automation resolve it? Only a runbook whose own check passed says yes."""
        self.enter(Box.AUTOMATED_RESOLUTION)
        fits = self.classification
        runbook = fits.runbook
        if runbook is None:
            return self.not_automated(fits, fits.no_runbook_because)
        self.publish()
        if await self.needs_approval(runbook) and not await self.approved(runbook, fits.team):
            return self.not_automated(fits, self.why_not_approved())
        return await self.run_runbook(runbook)

    @box
    async def high_impact(self) -> bool:
        """A critical business function, a large user group or an essential service?"""
        self.enter(Box.HIGH_IMPACT)
        return self.answered(Box.HIGH_IMPACT, (await self.assess()).judgement.high_impact)

    @box
    async def critical(self) -> bool:
        """A threat to security, data integrity or core infrastructure?"""
        self.enter(Box.CRITICAL)
        answer = (await self.assess()).judgement.critical
        return answer is not None and self.answered(Box.CRITICAL, answer)

    @box
    async def assign(self) -> None:
        """To the first tier of the right team; the person on call is paged."""
        self.enter(Box.ASSIGN)
        await self.assign_tier(tier=1, everyone=False)

    @box
    async def escalate(self) -> None:
        """To the next tier; the top tier is paged again and again."""
        self.enter(Box.ESCALATE)
        await self.until_judged()
        before = self.state.assignment
        critical = self.state.answer(Box.CRITICAL) is True
        self.forget_resolution()
        self.state.became_critical = ""
        await self.assign_tier(
            tier=before.tier + 1 if before else 2,
            everyone=critical or bool(before and before.top),
            why=self.why_escalated(),
        )

    @box
    async def resolve(self) -> bool:
        """People work on it. No when a clock ran out or a responder asked for more help."""
        self.enter(Box.RESOLVE)
        self.publish()
        await self.resolve_if_recovered()
        while not (because := self.asked_to_escalate()):
            ran_out = await self.next_event(
                lambda: bool(self.state.resolution or self.asked_to_escalate())
            )
            if self.state.resolution:
                self.leave_resolve(True, f"{self.state.resolution.by} resolved it")
                return True
            if ran_out and (because := await self.clock_ran_out(ran_out)):
                break
        self.leave_resolve(False, because)
        return False

    @box
    async def issue_resolved(self) -> bool:
        """Is it? By user confirmation, system tests and log analysis, as the service needs."""
        if self.enter(Box.ISSUE_RESOLVED):
            await self.ask_machines()
            self.ask_for_confirmation()
            self.publish()
        silent = await self.silent_until_heard()
        verdict = self.weigh(silent)
        self.stop_clocks(ClockName.CONFIRM, ClockName.REMIND_REPORTER)
        return verdict is not Verdict.UNRESOLVED

    @box
    async def follow_up(self) -> bool:
        """Is follow-up needed? What is worth watching is watched first.

        No when nothing is, or all was clear. Yes when it recurred, or is still partial at the end
        of the window.
        """
        if self.enter(Box.FOLLOW_UP) and not self.start_watch():
            return False
        finding = "watching"
        while finding == "watching" and (watch := self.state.watch):
            if await self.next_event(self.something_came_back) is ClockName.WATCH:
                watch.checks = watch.checks[1:]
                await self.look_while_watching(watch)
            finding = self.judge_watch()
        return finding != "clear"

    @box
    async def close(self) -> ClosedIncident:
        """Reporter and team are told; the record goes into the knowledge base."""
        state = self.state
        self.enter(Box.CLOSE)
        self.stop_clocks()
        state.hold = state.watch = None
        state.outcome = self.how_it_ended()
        self.stop_paging()
        await workflow.wait_condition(lambda: not self.in_background)
        await self.tell(self.closing_words())
        self.note("closed", detail=state.outcome)
        closed_at = self.now
        record = self.view().model_copy(
            update={"status": "closed", "waiting_for": (), "closed_at": closed_at}
        )
        self.busy_with("the record store takes the record", RECORD)
        await self.act(ClosureActivities.record, record, RECORD, "record it")
        state.closed_at = closed_at
        await workflow.wait_condition(workflow.all_handlers_finished)
        self.begin_next_episode_if_reported()
        return ClosedIncident(
            incident_id=state.incident_id,
            episode=state.episode,
            outcome=state.outcome,
            priority=state.priority,
            path=tuple(state.path),
            opened_at=state.opened_at,
            closed_at=closed_at,
            occurrences=state.occurrences,
            resolution=state.resolution,
        )
