"""Everything an incident knows about itself; what continue-as-new carries on.

One copy of each fact: what can be derived (the stage, the answers, what is waited for) is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from standfast.incidents.actions import Escalate, GuardInput
from standfast.incidents.actors import OURSELVES
from standfast.incidents.approval import Approval
from standfast.incidents.assessment import (
    Answer,
    Assessed,
    Classification,
    Decision,
    Level,
    Priority,
    Triage,
)
from standfast.incidents.assignment import Assignment, PlannedPage
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.fingerprint import has_other_words
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import ImpactLedger, ImpactQuestion
from standfast.incidents.members import Members
from standfast.incidents.monitoring import MEMBER, MEMBER_KEY, Recovered, has_recovered
from standfast.incidents.record import Outcome, TimelineEntry, Worse
from standfast.incidents.relations import Related
from standfast.incidents.report import MOST_LABELS, Report
from standfast.incidents.resolution import Evidence, Plans, RemediationResult, Resolution, Verdict
from standfast.incidents.severity import SEVERITY, rank, worst
from standfast.incidents.via import Via
from standfast.time.clocks import Breach, HoldReason
from workflows.clock import Clock, ClockName
from workflows.paging_round import PagingRound


class Hold(BaseModel):
    """An incident on hold: what for, by whom, since when."""

    reason: HoldReason
    by: str
    since: datetime


class FollowUpWindow(BaseModel):
    """The watch window: the checks that are left, and what was reported since it opened."""

    verdict: Verdict
    opened_at: datetime
    checks: list[datetime]
    probes: bool
    reported_again: int = 0


class State(BaseModel):
    """The mutable state of one episode.

    latest: the last report with other words; newest: one after it that differs in numbers alone.
    notified: whether a responder was sent anything of it. reached: who was paged, and through which
        channel last; reached_before: through which others, the latest first. told_it_is_over: who
        of them has heard since that somebody resolved it.
    labels, service: as they are now. severity_rose: from which to which, until it is judged.
    """

    incident_id: str
    episode: int
    opened_at: datetime
    report: Report
    occurrences: int = 1
    reporters: list[str] = Field(default_factory=list)
    monitors: list[str] = Field(default_factory=list)
    latest: Report | None = None
    newest: Report | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    service: str = ""
    severity_rose: str = ""
    members: Members = Field(default_factory=Members)
    ledger: ImpactLedger = Field(default_factory=ImpactLedger)
    worse: Worse | None = None
    became_critical: str = ""
    path: list[Box] = Field(default_factory=lambda: [Box.REPORT])
    decisions: list[Decision] = Field(default_factory=list)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    timeline_archived: int = 0
    triage: Triage | None = None
    impact: Level | None = None
    urgency: Level | None = None
    priority: Priority | None = None
    classification: Classification | None = None
    approval: Approval | None = None
    remediation: RemediationResult | None = None
    assignment: Assignment | None = None
    assignee: str = ""
    acknowledged_by: str = ""
    commander: str = ""
    page_number: int = 0
    paging_round: PagingRound = Field(default_factory=PagingRound)
    acted_at: datetime | None = None
    breaches: list[Breach] = Field(default_factory=list)
    related: list[Related] = Field(default_factory=list)
    followers: list[str] = Field(default_factory=list)
    clocks: dict[ClockName, Clock] = Field(default_factory=dict)
    hold: Hold | None = None
    escalation: Escalate | None = None
    resolution: Resolution | None = None
    plans: Plans | None = None
    policy_version: str = ""
    evidence: list[Evidence] = Field(default_factory=list)
    verdict: Verdict | None = None
    watch: FollowUpWindow | None = None
    notifications: int = 0
    notified: bool = False
    reached: dict[str, str] = Field(default_factory=dict)
    reached_before: dict[str, list[str]] = Field(default_factory=dict)
    told_it_is_over: list[str] = Field(default_factory=list)
    remediations: int = 0
    withdrawn: bool = False
    merged_into: str = ""
    absorbed: list[str] = Field(default_factory=list)
    next_reports: list[Report] = Field(default_factory=list)
    next_more: int = 0
    counted: dict[str, int] = Field(default_factory=dict)
    recovered: dict[str, Recovered] = Field(default_factory=dict)
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    confidential: Confidential | None = None

    def restrict(self, by: str, why: str, people: Iterable[str] = ()) -> None:
        """Make it confidential for all but its team, those who were paged so far, and people."""
        paged = (entry.person or "" for entry in self.timeline if entry.event == "page_sent")
        known = self.confidential or Confidential(by=by, why=why)
        self.confidential = known.and_for(filter(None, (*paged, *people)))

    def reported_by(self, reporter: str, *, monitor: bool) -> bool:
        """Count somebody among the reporters; whether they are new."""
        if not reporter or reporter in self.reporters:
            return False
        self.reporters.append(reporter)
        if monitor:
            self.monitors.append(reporter)
        return True

    def take(self, report: Report) -> None:
        """Take what a monitor's report says now: the labels are its, with the worst severity."""
        self.service = self.service or report.service
        if not report.by_monitor:
            return
        known, said = self.labels_now, _of_all(report.labels)
        before, now = known.get(SEVERITY, ""), said.get(SEVERITY, "")
        if rank(now) > rank(before):
            self.severity_rose = f"severity {now} instead of {before or 'none'}"
        if severity := worst(before, now):
            said = {SEVERITY: severity} | said | {SEVERITY: severity}  # first, so that it has room
        others = [(name, value) for name, value in known.items() if name not in said]
        self.labels = dict([*said.items(), *others][:MOST_LABELS])
        if key := report.labels.get(MEMBER_KEY):
            self.members.fire(key, report.labels.get(MEMBER, report.title))

    def hear(self, report: Report) -> None:
        """Remember the last report, where it says something else."""
        shown = self.newest or self.latest or self.report
        if has_other_words(report, self.latest or self.report):
            self.latest, self.newest = report, None
        elif report.by_monitor and _texts(report) != _texts(shown):
            self.newest = report

    @property
    def report_now(self) -> Report:
        """The report, with the service that a later one named first where it named none itself."""
        if self.report.service or not self.service:
            return self.report
        return self.report.model_copy(update={"service": self.service})

    @property
    def labels_now(self) -> dict[str, str]:
        """The labels, also before a monitor has changed them."""
        return _of_all(self.labels or self.report.labels)

    @property
    def stage(self) -> Box:
        """The box the incident is in."""
        return self.path[-1]

    def is_reached(self, person: str, channel: str) -> None:
        """Note that a page reached somebody through a channel."""
        others = [each for each in self.reached_through(person) if each != channel]
        self.reached[person] = channel
        if others:
            self.reached_before[person] = others

    def reached_through(self, person: str) -> tuple[str, ...]:
        """The channels by which pages reached somebody, the latest first."""
        latest = self.reached.get(person)
        return (latest, *self.reached_before.get(person, ())) if latest else ()

    def running(self) -> list[tuple[datetime, Clock]]:
        """The clocks that run and when each is due, the next one first."""
        clocks = [(due, clock) for clock in self.clocks.values() if (due := clock.due)]
        return sorted(clocks, key=lambda entry: entry[0])

    @property
    def ends_early(self) -> bool:
        """Whether it was withdrawn or merged: it goes to close from whatever box."""
        return self.withdrawn or bool(self.merged_into)

    @property
    def is_over(self) -> bool:
        """Whether it closes, or is about to: nothing is decided any more."""
        return self.ends_early or self.stage is Box.CLOSE

    @property
    def why_escalate(self) -> str:
        """Why it goes to the next tier now: it is critical, or a responder asked. Or nothing."""
        if self.became_critical:
            return f"it is critical now: {self.became_critical}"
        if self.paging_round.nobody_left:
            return f"nobody is left to page: {', '.join(self.paging_round.declined)} declined"
        asked = self.escalation
        if asked is None:
            return ""
        return f"{asked.by} asked for the next tier: {asked.reason}".removesuffix(": ")

    @property
    def paged(self) -> str:
        """Whom the next page of this tier goes to, in words."""
        page, assignment = self.next_page, self.assignment
        if page is None or assignment is None:
            return self.assignee or "the service desk"
        if self.page_number % len(assignment.pages) == 0:
            return page.whom  # a new round
        return ", ".join(self.paging_round.first_of((page,))) or page.whom

    @property
    def next_page(self) -> PlannedPage | None:
        """The next step of the escalation policy; after the last one it begins anew."""
        if self.assignment is None:
            return None
        return self.assignment.pages[self.page_number % len(self.assignment.pages)]

    @property
    def persons(self) -> int:
        """How many different persons have reported it."""
        return len(self.reporters) - len(self.monitors)

    @property
    def has_recovered(self) -> bool:
        """Whether it is over by the word of all who reported it, and those are monitors.

        Not with another merged into it: of that one no monitor tells this incident.
        """
        told = self.report.by_monitor and not self.absorbed
        return told and has_recovered(self.reporters, self.recovered)

    def question(self) -> ImpactQuestion:
        """How bad is it, by all that was said? A box that was not asked has not said yes."""
        classification = self.classification
        question = self.ledger.to_ask(
            self.persons, classification.category if classification else ""
        )
        if question.before is None:
            return question
        answered = {
            "high_impact": self.answer(Box.HIGH_IMPACT) is True,
            "critical": self.answer(Box.CRITICAL) is True,
        }
        return question.model_copy(update={"before": question.before.model_copy(update=answered)})

    def answer(self, box: Box) -> bool | None:
        """The last answer of a question, None before it was asked."""
        for decision in reversed(self.decisions):
            if decision.box is box:
                return decision.yes
        return None

    def decide(self, box: Box, answer: Answer, at: datetime) -> None:
        """Record what a box answered."""
        self.decisions.append(
            Decision(
                box=box,
                answer=answer.answer,
                reasons=answer.reasons,
                policy_version=answer.policy_version,
                at=at,
            )
        )

    def note(
        self,
        at: datetime,
        event: str,
        actor: str = "",
        detail: str = "",
        *,
        person: str = "",
        why: str = "",
        via: Via | None = None,
    ) -> None:
        """Add to the timeline. An empty actor is Standfast itself."""
        self.timeline.append(
            TimelineEntry(
                number=self.timeline_archived + len(self.timeline) + 1,
                at=at,
                box=self.stage,
                event=event,
                actor=actor or OURSELVES,
                detail=detail,
                person=person or None,
                why=why or None,
                via=via,
            )
        )

    def assessed(self) -> Assessed:
        """The report with what is known of it, for the questions that decide by it."""
        triage, classification = self.triage, self.classification
        if triage is None or classification is None:
            raise RuntimeError("asked before triage and classification")
        return Assessed(
            report=self.report_now.model_copy(update={"labels": self.labels_now}),
            impact=self.impact or triage.impact,
            urgency=self.urgency or triage.urgency,
            scope=triage.scope,
            priority=self.priority or triage.priority,
            category=classification.category,
            subcategory=classification.subcategory,
        )

    @property
    def plans_are_old(self) -> bool:
        """Whether the policy is known to have changed since the plans were made."""
        return self.plans is None or self.plans.policy_version != self.policy_version

    def evidence_since(self, moment: datetime) -> tuple[Evidence, ...]:
        """What was gathered or said from then on."""
        return tuple(piece for piece in self.evidence if piece.at >= moment)

    def guard_input(
        self,
        by: str = "",
        other: str = "",
        *,
        entered_by: str = "",
        as_reporter: bool = False,
        meant_for: int | None = None,
        from_tier: int | None = None,
    ) -> GuardInput:
        """What decides whether an action makes sense now; the parameters as in `GuardInput`."""
        return GuardInput(
            incident_id=self.incident_id,
            episode=self.episode,
            stage=self.stage,
            acknowledged_by=self.acknowledged_by,
            on_hold=self.hold.reason if self.hold else None,
            resolved_by=self.resolution.by if self.resolution else "",
            escalation_asked_by=self.escalation.by if self.escalation else "",
            approval=self.approval,
            merged_into=self.merged_into,
            absorbed=tuple(self.absorbed),
            withdrawn=self.withdrawn,
            confidential=self.confidential is not None,
            by=by,
            entered_by=entered_by,
            as_reporter=as_reporter,
            other=other,
            paged=self.paging_round.may_decline,
            declined=tuple(self.paging_round.declined),
            meant_for=meant_for,
            tier=self.assignment.tier if self.assignment else None,
            from_tier=from_tier,
            reporter=self.report.reporter,
            reporters=tuple(self.reporters),
        )


def _of_all(labels: Mapping[str, str]) -> dict[str, str]:
    """Without what tells one alert of a group from the others."""
    return {name: value for name, value in labels.items() if name not in (MEMBER, MEMBER_KEY)}


def _texts(report: Report) -> tuple[str, str]:
    return report.title, report.description
