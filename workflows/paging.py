"""Who has it and who is paged next: the escalation steps, until somebody acknowledges."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.activity_options import CONSULT
from workflows.clocks import PAGING, SHORTEST_TIMER, IncidentClocks, hours_of
from workflows.episode import Episode
from workflows.notifications import Notifications

with workflow.unsafe.imports_passed_through():
    from activities.assignment import AssignmentActivities
    from standfast.incidents.assignment import Assignment, AssignmentRequest
    from standfast.messages.message import short
    from workflows.clock import ClockName
    from workflows.paging_round import PagingRound


KEEPS_TIMES_OF_PAGES = "keeps the times of pages"
"""The patch since when a round whose pages have changed goes on by their times, not their number.

For incidents that were open when this came (30 November 2026). From 0.2.0 on,
`workflow.deprecate_patch` takes its place.
"""


class Paging:
    """Assigns the incident to a tier, and pages by that tier's escalation steps."""

    def __init__(
        self, episode: Episode, clocks: IncidentClocks, notifications: Notifications
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._notifications = notifications

    def assignment_request(
        self,
        team: str,
        tier: int,
        *,
        to: str = "",
        page_everyone: bool = False,
        overrule_quiet: bool = False,
        ran_out: ClockName | None = None,
    ) -> AssignmentRequest:
        """The question who is on call now; `ran_out` is the clock because of which it is asked."""
        due = {**self._clocks.due_times(), ran_out: self._clocks.ran_out_at} if ran_out else {}
        return AssignmentRequest(
            team=team,
            tier=tier,
            assessed=self._state.assessed().briefly(),
            at=self._episode.now,
            to=to,
            page_everyone=page_everyone,
            overrule_quiet=overrule_quiet,
            ran_out=ran_out or "",
            clocks_due=due,
        )

    async def refresh_on_call(
        self, ran_out: ClockName | None = None, *, overrule_quiet: bool = False
    ) -> Assignment:
        """Who is on call now in the tier that has it, how quiet it is, and what is overdue."""
        return await self._ask(
            self.refresh_request(ran_out, overrule_quiet=overrule_quiet), "who is on call now?"
        )

    async def first_contact(self, team: str) -> tuple[str, ...]:
        """Who would be paged first in the first tier of a team."""
        found = await self._ask(self.assignment_request(team, 1), "who is on call?")
        return found.contacts[:1]

    async def whom_to_assign(self, team: str, tier: int, *, everyone: bool) -> Assignment:
        """Who gets it in that tier of the team."""
        request = self.assignment_request(team, tier, page_everyone=everyone)
        self._episode.busy_with("the policy decides who gets it", CONSULT)
        return await self._ask(request, "who gets it?")

    async def _ask(self, request: AssignmentRequest, summary: str) -> Assignment:
        return await self._episode.run_activity(
            AssignmentActivities.assign, request, CONSULT, summary
        )

    def refresh_request(
        self, ran_out: ClockName | None = None, *, overrule_quiet: bool = False
    ) -> AssignmentRequest:
        """The question who is on call now in the tier that has it."""
        before = self._episode.assignment
        return self.assignment_request(
            before.team,
            before.tier,
            to=before.named,
            page_everyone=before.page_everyone,
            overrule_quiet=overrule_quiet,
            ran_out=ran_out,
        )

    def assign_to(self, assignment: Assignment, why: str, *, at_once: bool = False) -> None:
        """Assign the incident to a team's tier: it is paged, and its clocks start."""
        self._notifications.stop_paging()
        self._state.assignment = assignment
        self._state.assignee = assignment.contacts[0]
        self._state.acknowledged_by = ""
        self._state.hold = None
        self._state.paging_round = PagingRound()
        self._clocks.stop(*PAGING, ClockName.REMIND_HOLD)
        self._clocks.start_resolution_target(assignment)
        self.start_response_target(assignment, why, at_once=at_once)

    def start_response_target(
        self, assignment: Assignment, why: str, *, at_once: bool = False
    ) -> None:
        """Page from the first step on, and start the response target; or keep quiet for a while.

        at_once: whatever the first step waits for.
        """
        if quiet := assignment.quiet:
            self._episode.note("quiet", detail=f"until {short(quiet.until)}: {quiet.why}")
            lasts = max(quiet.until - self._episode.now, SHORTEST_TIMER)
            self._clocks.stop(ClockName.ACKNOWLEDGE, ClockName.PAGE)
            self._clocks.start(ClockName.QUIET, lasts, "it is not quiet any more: page")
            return
        self.start_acknowledge_clock(assignment)
        self.restart_steps()
        first = assignment.pages[0].after
        if first and not at_once:
            self.wait_for_page(first)
        else:
            self.page_next_step(why)

    def start_acknowledge_clock(self, assignment: Assignment) -> None:
        """Start the response target: somebody is asked to respond from now on."""
        self._clocks.start(
            ClockName.ACKNOWLEDGE,
            assignment.clocks.acknowledge_within,
            f"nobody acknowledged: {self._where_next(assignment)}",
            hours_of(assignment),
        )

    def page_next_step(self, why: str, *, again: bool = False) -> None:
        """Page this escalation step and those that follow at the same moment; wait for the next.

        again: in step with the clock that has just run out, however late that was noticed.
        """
        pages = self._episode.assignment.pages
        if self._state.page_number and self._state.page_number % len(pages) == 0:
            self._state.paging_round = self._state.paging_round.next()
        while True:
            if page := self._state.next_page:
                self._notifications.page(page, why)
            self._state.page_number += 1
            round_is_through = self._state.page_number % len(pages) == 0
            following = self._state.next_page
            if round_is_through or following is None or following.after:
                break
        wait = self._episode.assignment.clocks.page_again_every
        if following and not round_is_through:
            wait = following.after
        self.wait_for_page(wait, again=again)

    def decline(self, person: str) -> str:
        """Somebody who was paged cannot take it: the next contact is paged now; says whom.

        That is who comes after them in their chain, else whoever the next steps of the round page.
        Where nobody is left in it, and nobody who was paged may still answer, it goes to the next
        tier as if nobody had answered in time.
        """
        paging_round = self._state.paging_round
        paging_round.declined.append(person)
        why = f"{person} has declined it."
        pages = self._episode.assignment.pages
        done = (self._state.page_number - 1) % len(pages) + 1
        for page in reversed(pages[:done]):
            for chain in page.chains:
                if rest := paging_round.after(person, chain):
                    self._notifications.page(page.model_copy(update={"chains": (rest,)}), why)
                    return f"declined; paged now: {rest[0]}"
        while before := self._state.page_number % len(pages):
            self.page_next_step(why)
            after = (self._state.page_number - 1) % len(pages) + 1
            if whom := paging_round.first_of(pages[before:after]):
                return f"declined; paged now: {', '.join(whom)}"
        if waits := paging_round.waits:
            return f"declined; nobody else is left to page, and it waits for {', '.join(waits)}"
        paging_round.nobody_left = True
        return "declined; nobody is left to page, so it goes to the next tier"

    def restart_steps(self) -> None:
        """Begin the escalation steps when the next page is due, and forget who has declined."""
        self._state.page_number = 0
        self._state.paging_round = PagingRound()

    def page_from_first_step(self, assignment: Assignment, why: str) -> None:
        """Page by the escalation steps of a higher priority, from the first on and at once.

        What waits for a digest is taken out of it. The response target goes on, unless it was quiet
        so far and nobody was asked to respond.
        """
        self._notifications.stop_paging()
        self._state.assignment = assignment
        self._state.assignee = assignment.contacts[0]
        if ClockName.QUIET in self._state.clocks:
            self._clocks.stop(ClockName.QUIET)
            self.start_response_target(assignment, why, at_once=True)
        else:
            self.restart_steps()
            self.page_next_step(why)

    def update_on_call(self, assignment: Assignment) -> timedelta:
        """Go on with whoever is on call now: that may be another since the last page.

        How long until their next page is due: none, unless the pages of the round have changed.
        """
        before, now_on_call = self._state.assignee, assignment.contacts[0]
        number, wait = assignment.goes_on(self._episode.assignment, self._state.page_number)
        was = self._state.page_number % len(self._episode.assignment.pages)
        if (number, wait) == (was, timedelta()) or not workflow.patched(KEEPS_TIMES_OF_PAGES):
            wait = timedelta()
        else:
            self._state.page_number = number
        self._state.assignment = assignment
        if not self._state.acknowledged_by and now_on_call != before:
            self._state.assignee = now_on_call
            self._episode.note(
                "handed_over", detail=f"{now_on_call} is on call now; it was {before}"
            )
            self._episode.update_search_attributes()
        return wait

    def wait_for_page(self, wait: timedelta, *, again: bool = False) -> None:
        """Wait so long for the next page; `again` as for `page_next_step`."""
        start = self._clocks.restart if again else self._clocks.start
        then = f"page {self._state.paged} again"
        start(ClockName.PAGE, wait, then, hours_of(self._episode.assignment))

    def acknowledged_by(self, person: str) -> None:
        """Somebody has it: paging stops, and the clock begins that asks whether they are at it."""
        self._state.acknowledged_by = self._state.assignee = person
        self._state.worse = None
        self._clocks.stop(*PAGING)
        self._notifications.stop_paging()
        self._notifications.all_clear.taken(person)
        self.watch_for_idleness(self._episode.now)

    def watch_for_idleness(self, since: datetime) -> None:
        """An acknowledgement must be followed by something, where the policy says within when."""
        self._state.acted_at = None
        assignment = self._episode.assignment
        if after := assignment.clocks.idle_after:
            then = f"ask whether {self._state.acknowledged_by} is still at it: page again"
            self._clocks.start(ClockName.IDLE, after, then, hours_of(assignment), since)

    @staticmethod
    def _where_next(assignment: Assignment) -> str:
        above = assignment.next_tier
        if above is None:
            return "page everybody of the top tier"
        return (
            f"escalate to {above.name}, {above.whom}" if above.whom else f"escalate to {above.name}"
        )
