"""Who has it: taking it over, and climbing the ladder of its tier until somebody acknowledges."""

from datetime import timedelta

from temporalio import workflow

from workflows.paging import Paging
from workflows.timekeeping import PAGING, SHORTEST_TIMER, hours_of
from workflows.timeouts import CONSULT

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from standfast.incidents.assignment import Assignment, AssignmentRequest
    from standfast.messages.message import short
    from workflows.state import ClockName


class Assigning(Paging):
    """Assignment, quiet, and the pages of a tier."""

    def asked_of(
        self,
        team: str,
        tier: int,
        *,
        to: str = "",
        page_everyone: bool = False,
        overrule_quiet: bool = False,
        ran_out: ClockName | None = None,
    ) -> AssignmentRequest:
        """The question who is on call now; `ran_out` is the clock that makes us ask."""
        return AssignmentRequest(
            team=team,
            tier=tier,
            assessed=self.state.assessed().briefly(),
            at=self.now,
            to=to,
            page_everyone=page_everyone,
            overrule_quiet=overrule_quiet,
            ran_out=ran_out or "",
            clocks_due={**self.clocks_due(), ran_out: self._ran_out_at} if ran_out else {},
        )

    async def look_again(
        self, ran_out: ClockName | None = None, *, overrule_quiet: bool = False
    ) -> Assignment:
        """Who is on call now in the tier that has it, how quiet it is, and what is overdue."""
        request = self.asked_anew(ran_out, overrule_quiet=overrule_quiet)
        return await self.act(AssignmentActivities.assign, request, CONSULT, "who is on call now?")

    def asked_anew(
        self, ran_out: ClockName | None = None, *, overrule_quiet: bool = False
    ) -> AssignmentRequest:
        """The question who is on call now in the tier that has it."""
        before = self.the_assignment
        return self.asked_of(
            before.team,
            before.tier,
            to=before.named,
            page_everyone=before.page_everyone,
            overrule_quiet=overrule_quiet,
            ran_out=ran_out,
        )

    @property
    def the_assignment(self) -> Assignment:
        """Who has it; asked for only once somebody has."""
        if self.state.assignment is None:
            raise RuntimeError("asked before assignment")
        return self.state.assignment

    def take_over(self, assignment: Assignment, why: str, *, at_once: bool = False) -> None:
        """Give the incident to a team's tier: it is paged, and its clocks start."""
        self.stop_paging()
        self.state.assignment = assignment
        self.state.assignee = assignment.contacts[0]
        self.state.acknowledged_by = ""
        self.state.hold = None
        self.stop_clocks(*PAGING, ClockName.REMIND_HOLD)
        self.aim_for_resolution(assignment)
        self.seek_response(assignment, why, at_once=at_once)

    def seek_response(self, assignment: Assignment, why: str, *, at_once: bool = False) -> None:
        """Page from the first step on, and start the response target; or keep quiet for a while.

        at_once: whatever the first step waits for.
        """
        if hush := assignment.quiet:
            self.note("quiet", detail=f"until {short(hush.until)}: {hush.why}")
            lasts = max(hush.until - self.now, SHORTEST_TIMER)
            self.stop_clocks(ClockName.ACKNOWLEDGE, ClockName.PAGE)
            self.start_clock(ClockName.QUIET, lasts, "it is not quiet any more: page")
            return
        self.start_clock(
            ClockName.ACKNOWLEDGE,
            assignment.clocks.acknowledge_within,
            f"nobody acknowledged: {self._where_next(assignment)}",
            hours_of(assignment),
        )
        self.state.page_number = 0
        first = assignment.pages[0].after
        if first and not at_once:
            self._wait_for_page(first)
        else:
            self.climb(why)

    def climb(self, why: str, *, again: bool = False) -> None:
        """Page this step of the ladder and whatever follows at the same moment; wait for the next.

        again: in step with the clock that has just run out, however late that was noticed.
        """
        pages = self.the_assignment.pages
        while True:
            if page := self.state.next_page:
                self.page(page, why)
            self.state.page_number += 1
            round_is_through = self.state.page_number % len(pages) == 0
            following = self.state.next_page
            if round_is_through or following is None or following.after:
                break
        wait = self.the_assignment.clocks.page_again_every
        if following and not round_is_through:
            wait = following.after
        self._wait_for_page(wait, again=again)

    def climb_anew(self) -> None:
        """Another priority has another ladder: begin it when the next page is due."""
        self.state.page_number = 0

    def page_anew(self, assignment: Assignment, why: str) -> None:
        """Page by the ladder of a higher priority, from its first step on and at once.

        What waits for a digest is taken out of it. The response target goes on, unless it was quiet
        so far and nobody was asked to respond.
        """
        self.stop_paging()
        self.state.assignment = assignment
        self.state.assignee = assignment.contacts[0]
        if ClockName.QUIET in self.state.clocks:
            self.stop_clocks(ClockName.QUIET)
            self.seek_response(assignment, why, at_once=True)
        else:
            self.state.page_number = 0
            self.climb(why)

    def hand_over(self, assignment: Assignment) -> None:
        """Go on by what is true now: another may be on call since the last page."""
        before, now_on_call = self.state.assignee, assignment.contacts[0]
        self.state.assignment = assignment
        if not self.state.acknowledged_by and now_on_call != before:
            self.state.assignee = now_on_call
            self.note("handed_over", detail=f"{now_on_call} is on call now; it was {before}")
            self.publish()

    def _wait_for_page(self, wait: timedelta, *, again: bool = False) -> None:
        start = self.start_clock_again if again else self.start_clock
        then = f"page {self.state.paged} again"
        start(ClockName.PAGE, wait, then, hours_of(self.the_assignment))

    @staticmethod
    def _where_next(assignment: Assignment) -> str:
        above = assignment.next_tier
        if above is None:
            return "page everybody of the top tier"
        return (
            f"escalate to {above.name}, {above.whom}" if above.whom else f"escalate to {above.name}"
        )
