"""Whom to page for an incident: the policy's answer by what schedules and silences say now."""

import logging
from datetime import timedelta

from standfast.decisions import assignment as decisions
from standfast.incidents.assignment import Assignment, AssignmentRequest
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

_log = logging.getLogger(__name__)


class Assigner:
    """Assigns by the policy that is in force now, and by overrides, calendars and silences."""

    def __init__(self, policy: PolicySource, records: RecordStore, calendars: Calendars) -> None:
        self._policy = policy
        self._records = records
        self._schedules = OnCallSchedules(records, calendars)

    def assign(self, request: AssignmentRequest, incident_id: str) -> Assignment:
        """Whom to page. Always somebody, whatever the policy has lost meanwhile.

        When a silence keeps it quiet, the record store notes that this incident is re-paged when
        the silence is ended before its time.
        """
        policy = self._policy.current()
        while True:
            known = self._known(policy, request, incident_id)
            assignment = decisions.assign(policy, known, **dict(request))
            if self._is_noted(assignment.quiet, known, incident_id):
                return assignment

    def _known(
        self, policy: Policy, request: AssignmentRequest, incident_id: str
    ) -> decisions.Known:
        """What counts besides the policy. A lost record store stops no page; the reasons say so.

        What people have set themselves is asked for only where the policy lets them.
        """
        team, at = request.team, request.at
        teams = {team, policy.service_desk, *other_teams(policy)} & set(policy.teams)
        dated = self._schedules.dated_shifts(policy, teams, at, LOOKS_AHEAD)
        try:
            silences = self._records.silences.running_or_coming(at)
            own = self._records.own_channels.all() if policy.contact_methods else {}
        except RecordsUnavailable as away:
            _log.warning("%s is assigned without a look at silences: %s", incident_id, away)
            problems = (*dated.problems, "silences are not known: nobody is spared a page")
            if policy.contact_methods:
                problems += ("people's own rules are not known: the policy's channels are used",)
            return decisions.Known(dated.model_copy(update={"problems": problems}))
        return decisions.Known(dated, silences, own)

    def _is_noted(
        self, quiet: Suppression | None, known: decisions.Known, incident_id: str
    ) -> bool:
        """Whether every silence that keeps it quiet has noted the incident.

        False when one was ended since it was looked up: it has to be decided anew.
        """
        noted = True
        for silence in known.silences:
            if quiet is None or silence.id not in quiet.silences or silence.ended_at:
                continue
            try:
                noted &= self._records.silences.note_silenced(silence.id, incident_id)
            except RecordsUnavailable as away:
                _log.warning(
                    "%s is not paged at once if %s is ended early: %s",
                    incident_id,
                    silence.id,
                    away,
                )
        return noted
