"""Incidents that belong together: reports that join, links, and merging into another."""

import contextlib
from collections.abc import Iterable

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from workflows.judging import Judging

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.fingerprint import says_else
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import Statement
    from standfast.incidents.relations import Absorb, Link, Linked, Merge, Related, Relation
    from standfast.incidents.report import Report
    from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict
    from workflows.state import Case

REPEATS_NOTED_ONE_BY_ONE = 10
"""After so many repeats of a report only each full hundred is noted; the count stays exact."""

MOST_FOLLOWERS = 200
"""Reporters who are told how it ends; beyond that many somebody writes to them all at once."""


class Relating(Judging):
    """What an incident has to do with reporters who come later, and with other incidents."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._merging_into = ""
        self._came_meanwhile = ""

    async def link(self, action: Link) -> str:
        """Show the other incident here and this one there, where that one is still open."""
        self._relate(action.to, action.relation)
        self.note("linked", action.by, f"{action.relation} {action.to}".replace("_", " "))
        there = Linked(
            by=action.by,
            incident_id=self.state.incident_id,
            relation=action.relation.seen_from_there,
            statements=self.state.ledger.to_tell(),
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
            incident_id=self.state.incident_id,
            report=self.state.report,
            occurrences=self.state.occurrences,
            reporters=tuple(self.state.reporters),
            followers=tuple(self.state.followers),
            monitors=tuple(self.state.monitors),
            statements=self.state.ledger.to_tell(),
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
        if self.state.withdrawn:
            raise ApplicationError("it was withdrawn in the meantime", type="Refused")
        self.state.merged_into = action.into
        self._relate_somehow(action.into)
        self.note("merged", action.by, f"into {action.into} {action.reason}".rstrip())
        self.stop_paging()
        self.cut_short()
        return f"merged into {action.into}, which goes on; this one closes"

    async def linked(self, action: Linked) -> None:
        """Another incident was linked to this one; each hears of the other's impact."""
        if not action.answer:
            self._relate(action.incident_id, action.relation)
            where = f"{action.relation} {action.incident_id}".replace("_", " ")
            self.note("linked", action.by, where)
        self.heard(action.heard)
        if action.answer or action.relation is not Relation.CAUSED_BY:
            return
        here = Linked(
            by=action.by,
            incident_id=self.state.incident_id,
            relation=Relation.CAUSES,
            statements=self.state.ledger.to_tell(),
            answer=True,
        )
        cause = workflow.get_external_workflow_handle(action.incident_id)
        with contextlib.suppress(FailureError):  # it has closed: its impact is history
            await cause.signal(names.LINKED, here)

    def absorb(self, action: Absorb) -> None:
        """Another incident was merged into this one: its reporters are told how this one ends."""
        self._came_meanwhile = action.incident_id
        if action.incident_id != self._merging_into:
            self.state.absorbed.append(action.incident_id)
        self.state.occurrences += action.occurrences
        for reporter in action.reporters:
            self.follows(reporter, tell=False, monitor=reporter in action.monitors)
        for reporter in (*action.followers, *_who_waits(action)):
            self.follows(reporter, tell=True)
        self.heard(action.heard)
        self._relate_somehow(action.incident_id)
        self.note("absorbed", action.by, f"{action.incident_id}: {action.report.title}")
        self.came_back(action.by, f"{action.incident_id} was merged into it: {action.report.title}")

    def follows(self, reporter: str, *, tell: bool, monitor: bool = False) -> bool:
        """Count somebody among the reporters; whether they are new. `tell` them how it ends."""
        new = self.state.reported_by(reporter, monitor=monitor)
        waits = reporter not in ("", *self.state.followers, self.state.report.reporter)
        if tell and waits and len(self.state.followers) < MOST_FOLLOWERS:
            self.state.followers.append(reporter)
        return new

    def reported_again(self, report: Report, times: int, worse: Iterable[Report] = ()) -> None:
        """The same thing was reported again, so many times since we last heard; `report` is the
        latest of them, `worse` are those that may say more than was known.
        """
        before = self.state.occurrences
        count = self.state.occurrences = before + times
        reporter = report.reporter
        new = self.follows(reporter, tell=not report.by_monitor, monitor=report.by_monitor)
        if says_else(report, self.state.latest or self.state.report):
            self.state.latest = report
        self.heard(Statement.of(each, self.now) for each in (*worse, report))
        self.state.recovered.pop(reporter, None)
        if new or count <= REPEATS_NOTED_ONE_BY_ONE or count // 100 > before // 100:
            self.note("reported_again", reporter, f"{count} reports so far: {report.title}")
        self.came_back(reporter or "a monitor", f"reported again: {report.title}")

    def came_back(self, who: str, words: str) -> None:
        """Somebody has it still, or again: that counts where it is being verified or watched."""
        if self.state.watch:
            self.state.watch.reported_again += 1
        elif self.state.stage is Box.ISSUE_RESOLVED:
            self.heard_from_user(who, Verdict.UNRESOLVED, words)

    def heard_from_user(self, who: str, says: Verdict, words: str) -> None:
        """Take what a user says about the resolution as evidence."""
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

    def _relate_somehow(self, incident_id: str) -> None:
        """Show it as related, unless it is known already how."""
        if all(known.incident_id != incident_id for known in self.state.related):
            self._relate(incident_id, Relation.RELATED)

    def _relate(self, incident_id: str, relation: Relation) -> None:
        others = [known for known in self.state.related if known.incident_id != incident_id]
        self.state.related = [*others, Related(incident_id=incident_id, relation=relation)]


def _who_waits(action: Absorb) -> tuple[str, ...]:
    return () if action.report.by_monitor else (action.report.reporter,)
