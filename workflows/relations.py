"""Further reports of the same thing, links to other incidents, and merging into another."""

import contextlib
from collections.abc import Callable, Sequence

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from workflows.episode import Episode
from workflows.judgement import Judge
from workflows.notifications import Notifications
from workflows.verification import Verifier

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.actions import Action
    from standfast.incidents.fingerprint import has_other_words
    from standfast.incidents.impact_ledger import Statement
    from standfast.incidents.member_names import listed
    from standfast.incidents.monitoring import MembersRecovered, Repeats, forget_tries
    from standfast.incidents.relations import Absorb, Link, Linked, Merge, Related, Relation
    from standfast.incidents.report import Report

REPEATS_NOTED_ONE_BY_ONE = 10
"""After so many repeats of a report only each full hundred is noted; the count stays exact."""

LONGEST_WORDS_NOTED = 2_000
"""Characters of the description of a repeat that stay on the timeline."""

MOST_FOLLOWERS = 200
"""Reporters who are told how it ends; beyond that many somebody writes to them all at once."""


class Relations:
    """Takes further reports of the same thing, and links and merges incidents."""

    def __init__(
        self,
        episode: Episode,
        notifications: Notifications,
        judge: Judge,
        verifier: Verifier,
        cancel_flow: Callable[[], None],
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._notifications = notifications
        self._judge = judge
        self._verifier = verifier
        self._cancel_flow = cancel_flow
        self._merging_into = ""
        self._came_meanwhile = ""

    async def link(self, action: Link) -> str:
        """Show the other incident here and this one there, where that one is still open."""
        self._relate(action.to, action.relation)
        self._episode.note("linked", action.by, f"{action.relation} {action.to}".replace("_", " "))
        there = Linked(
            by=action.by,
            incident_id=self._state.incident_id,
            relation=action.relation.inverse,
            statements=self._to_share(),
        )
        other = workflow.get_external_workflow_handle(action.to)
        try:
            await other.signal(names.LINKED, there)
        except FailureError:
            return f"linked to {action.to}, which is not open: only this incident shows it"
        return f"linked to {action.to}"

    async def merge(self, action: Merge) -> str:
        """Hand the reports over to the other incident and end this one.

        Not if another was merged into this one at the same moment: two that went into each other
        would both be gone, and so would their reporters. Where that happens both go on.
        """
        other = workflow.get_external_workflow_handle(action.into)
        handed_over = Absorb(
            by=action.by,
            incident_id=self._state.incident_id,
            report=self._state.report,
            occurrences=self._state.occurrences,
            reporters=tuple(self._state.reporters),
            followers=tuple(self._state.followers),
            monitors=tuple(self._state.monitors),
            statements=self._state.ledger.to_share(),
            confidential=self._state.confidential,
        )
        self._merging_into, self._came_meanwhile = action.into, ""
        try:
            await other.signal(names.ABSORB, handed_over)
        except FailureError:
            raise ApplicationError(
                f"no incident {action.into} is open to be merged into", type="Refused"
            ) from None
        finally:
            self._merging_into = ""
        if came := self._came_meanwhile:
            raise ApplicationError(
                f"{came} was merged into it at the same moment, so it goes on", type="Refused"
            )
        if self._state.withdrawn:
            raise ApplicationError("it was withdrawn in the meantime", type="Refused")
        self._state.merged_into = action.into
        self._relate_somehow(action.into)
        self._episode.note("merged", action.by, f"into {action.into} {action.reason}".rstrip())
        self._notifications.stop_paging()
        self._cancel_flow()
        return f"merged into {action.into}, which goes on; this one closes"

    async def linked(self, action: Linked) -> None:
        """Another incident was linked to this one; each gets the other's impact."""
        if not action.answer:
            self._relate(action.incident_id, action.relation)
            where = f"{action.relation} {action.incident_id}".replace("_", " ")
            self._episode.note("linked", action.by, where)
        self._judge.hear(action.heard)
        if action.answer or action.relation is not Relation.CAUSED_BY:
            return
        here = Linked(
            by=action.by,
            incident_id=self._state.incident_id,
            relation=Relation.CAUSES,
            statements=self._to_share(),
            answer=True,
        )
        cause = workflow.get_external_workflow_handle(action.incident_id)
        with contextlib.suppress(FailureError):  # it has closed: its impact is history
            await cause.signal(names.LINKED, here)

    def absorb(self, action: Absorb) -> None:
        """Another incident was merged into this one: its reporters are told how this one ends."""
        if action.incident_id == self._state.merged_into:
            # Each was merged into the other; that one has taken this one in, so it goes on itself.
            return
        if self._episode.refusal(Action.REPORT_AGAIN, action.report):
            # As with a report that comes too late: the next episode begins with it.
            self._state.next_reports.append(action.report)
            return
        self._came_meanwhile = action.incident_id
        if action.confidential:
            why = f"{action.incident_id}, which was merged into it, is confidential"
            self._episode.restrict("", why, action.confidential.people)
        if action.incident_id != self._merging_into:
            self._state.absorbed.append(action.incident_id)
        self._state.occurrences += action.occurrences
        for reporter in action.reporters:
            self._add_follower(reporter, tell=False, monitor=reporter in action.monitors)
        for reporter in (*action.followers, *_who_waits(action)):
            self._add_follower(reporter, tell=True)
        self._judge.hear(action.heard)
        self._relate_somehow(action.incident_id)
        self._episode.note("absorbed", action.by, f"{action.incident_id}: {action.report.title}")
        self._verifier.recurred(
            action.by, f"{action.incident_id} was merged into it: {action.report.title}"
        )

    def _add_follower(self, reporter: str, *, tell: bool, monitor: bool = False) -> bool:
        """Count somebody among the reporters; whether they are new. `tell` them how it ends."""
        reporter = self._episode.name_of(reporter)
        new = self._state.reported_by(reporter, monitor=monitor)
        waits = reporter not in ("", *self._state.followers, self._state.report.reporter)
        if tell and waits and len(self._state.followers) < MOST_FOLLOWERS:
            self._state.followers.append(reporter)
        return new

    def report_again(self, report: Report, times: int, worse: Sequence[Report] = ()) -> None:
        """The same thing was reported again, so many times since we last heard; `report` is the
        latest of them, `worse` are those that may say more than was known.
        """
        before = self._state.occurrences
        count = self._state.occurrences = before + times
        reporter = self._episode.name_of(report.reporter)
        new = self._add_follower(reporter, tell=not report.by_monitor, monitor=report.by_monitor)
        if any(each.confidential for each in (*worse, report)) and not self._state.confidential:
            self._episode.restrict(reporter, "asked for in a report")
        for each in (*worse, report):
            self._state.take(each)
        words = self._words_of(report)
        self._state.hear(report)
        self._judge.hear(Statement.of(each, self._episode.now) for each in (*worse, report))
        self._state.recovered.pop(reporter, None)
        if new or count <= REPEATS_NOTED_ONE_BY_ONE or count // 100 > before // 100:
            self._episode.note(
                "reported_again", reporter, f"{count} reports so far: {report.title}{words}"
            )
        self._verifier.recurred(reporter or "a monitor", f"reported again: {report.title}")

    def _words_of(self, report: Report) -> str:
        """What a person says in other words than who reported it first: the next report takes the
        place of this one, and this stays on the timeline.
        """
        is_news = not report.by_monitor and has_other_words(report, self._state.report)
        said = report.description[:LONGEST_WORDS_NOTED] if is_news else ""
        return f"\n{said}" if said else ""

    def members_recovered(self, said: MembersRecovered) -> None:
        """Some alerts of a group are over, while others fire."""
        if over := self._state.members.recover(said.members):
            self._episode.note("members_recovered", said.by, listed(over))
            self._episode.show()

    def repeats(self, counted: Repeats) -> None:
        """Take what a counter has counted since its last message; one taken twice counts once."""
        times = counted.total - self._state.counted.get(counted.counter, 0)
        too_late = self._episode.refusal(Action.REPORT_AGAIN, counted.report)
        if times <= 0:
            # Another counter was faster, but did not bring what is worse among these.
            if not too_late:
                for each in counted.worse:
                    self._state.take(each)
                self._judge.hear(Statement.of(each, self._episode.now) for each in counted.worse)
                self._episode.show()
            return
        self._state.counted[counted.counter] = counted.total
        forget_tries(self._state.counted)
        if too_late:
            # The next episode begins with them.
            reports = (*counted.worse, counted.report)[:times]
            self._state.next_reports.extend(reports)
            self._state.next_more += max(times - len(reports), 0)
            return
        self.report_again(counted.report, times, counted.worse)
        if entered_by := counted.report.entered_by:
            what = f"{Action.REPORT_AGAIN} for {counted.report.reporter}"
            self._episode.note("entered_for", entered_by, what)
        self._episode.show()

    def _to_share(self) -> tuple[Statement, ...]:
        """What linked incidents hear of its impact; of a confidential one nothing."""
        return () if self._state.confidential else self._state.ledger.to_share()

    def _relate_somehow(self, incident_id: str) -> None:
        """Show it as related, unless a relation is known already."""
        if all(known.incident_id != incident_id for known in self._state.related):
            self._relate(incident_id, Relation.RELATED)

    def _relate(self, incident_id: str, relation: Relation) -> None:
        others = [known for known in self._state.related if known.incident_id != incident_id]
        self._state.related = [*others, Related(incident_id=incident_id, relation=relation)]


def _who_waits(action: Absorb) -> tuple[str, ...]:
    return () if action.report.by_monitor else (action.report.reporter,)
