"""The assign box: whose turn it is in the team, whom to try after them, and whether it is quiet."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.requests import AssignmentRequest, DelegationRequest
from standfast.decisions import assignment as decisions
from standfast.incidents import names
from standfast.incidents.assessment import Answer
from standfast.incidents.assignment import Assignment
from standfast.incidents.silence import Suppression
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy
from standfast.policy.page_targets import other_teams
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

LOOKS_AHEAD = timedelta(days=32)
"""How far calendars are read: who is on call now, and in the next tier when its turn comes."""


class AssignmentActivities:
    """Reads the schedules of the policy that is in force now, and what has a date beside it."""

    def __init__(self, policy: PolicySource, records: RecordStore, calendars: Calendars) -> None:
        self._policy = policy
        self._records = records
        self._rosters = OnCallSchedules(records, calendars)

    @activity.defn
    def assign(self, request: AssignmentRequest) -> Assignment:
        """Whom to page. Always somebody, whatever the policy has lost meanwhile."""
        _measure_lateness(request)
        policy = self._policy.current()
        while True:
            known = self._known(policy, request.team, request.at)
            assignment = decisions.assign(policy, known, **dict(request))
            if self._will_be_woken(assignment.quiet, known):
                return assignment

    @activity.defn
    def reassign(self, request: AssignmentRequest) -> Assignment:
        """The same where a person asked for it: an unknown team or person is refused."""
        policy = self._policy.current()
        try:
            decisions.check_assignable(policy, request.team, request.to)
        except (decisions.UnknownTeam, decisions.UnknownPerson) as unknown:
            raise ApplicationError(str(unknown), type="Refused", non_retryable=True) from None
        return self.assign(request)

    @activity.defn
    def delegate(self, request: DelegationRequest) -> Answer:
        """Who is asked whether a runbook may run, beside the others: anybody whom we can reach."""
        try:
            return decisions.delegate(self._policy.current(), request.to)
        except decisions.UnknownPerson as unknown:
            raise ApplicationError(str(unknown), type="Refused", non_retryable=True) from None

    def _known(self, policy: Policy, team: str, at: datetime) -> decisions.Known:
        """What counts besides the policy. A lost record store stops no page; the reasons say so."""
        teams = {team, policy.service_desk, *other_teams(policy)} & set(policy.teams)
        roster = self._rosters.roster(policy, teams, at, LOOKS_AHEAD)
        try:
            silences = self._records.silences.running_or_coming(at)
        except RecordsUnavailable as away:
            activity.logger.warning("assigned without a look at silences: %s", away)
            problems = (*roster.problems, "silences are not known: nobody is spared a page")
            return decisions.Known(roster.model_copy(update={"problems": problems}))
        return decisions.Known(roster, silences)

    def _will_be_woken(self, quiet: Suppression | None, known: decisions.Known) -> bool:
        """Whether it is on record whom to wake when a silence of these is ended before its time.

        False when one was ended since it was looked up: it has to be decided anew.
        """
        incident = activity.info().workflow_id or ""
        noted = True
        for silence in known.silences:
            if quiet is None or silence.id not in quiet.silences or silence.ended_at:
                continue
            try:
                noted &= self._records.silences.note_silenced(silence.id, incident)
            except RecordsUnavailable as away:
                activity.logger.warning(
                    "%s will wake when %s is over: %s", incident, silence.id, away
                )
        return noted


def _measure_lateness(request: AssignmentRequest) -> None:
    due: Mapping[str, datetime] = request.clocks_due
    if request.ran_out not in due:
        return
    meter = activity.metric_meter().with_additional_attributes(
        {"clock": request.ran_out, "priority": str(request.assessed.priority)}
    )
    late = max(request.at - due[request.ran_out], timedelta())
    meter.create_histogram_timedelta(names.LATENESS, "How late clocks were noticed").record(late)
