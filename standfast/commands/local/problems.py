"""Problems on the server's machine: on record. Whoever works there finds all."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from standfast.commands.fields import valid
from standfast.commands.local.explained import explained
from standfast.decisions.article_review import terms_at
from standfast.incidents.problem import (
    Problem,
    ProblemLink,
    ProblemList,
    ProblemName,
    ProblemResult,
    ProblemStanding,
)
from standfast.incidents.record import IncidentView
from standfast.intake.errors import NoSuchIncident
from standfast.lookup import problems as lookup
from standfast.policy_file.errors import PolicyError
from standfast.policy_file.loading import load_policy
from standfast.terminal.lines import print_note

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalProblems:
    """As `session.Problems`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def list(self, since: str, team: str, service: str) -> ProblemList:
        """Those on record."""
        query = lookup.asked(since=since, team=team, service=service, now=datetime.now(UTC))
        with explained():
            self._session.must_have_names({"team": team, "service": service})
            return await lookup.problems(self._session.records, query, None)

    async def show(self, incident_id: str) -> Problem:
        """By its records."""
        terms = None
        try:
            terms = terms_at(load_policy(self._session.settings.policy), datetime.now(UTC))
        except PolicyError as broken:
            print_note(f"{broken.problems[0]}; so no known fix is named")
        with explained():
            found = await lookup.problem(self._session.records, incident_id, None, terms=terms)
        if found is None:
            raise NoSuchIncident(lookup.happened_once(incident_id))
        return found

    async def standing(self, view: IncidentView) -> ProblemStanding | None:
        """By its records."""
        with explained():
            return await lookup.standing_of(self._session.records, view, None)

    async def link(self, incident_id: str, other: str, by: str) -> ProblemResult:
        """Put it on record."""
        asked = valid(ProblemLink, {"to": other, "by": by})
        with explained():
            done = await lookup.link(self._session.records, incident_id, asked, None)
        self._session.note(lookup.changed_event(incident_id, asked, "link"))
        return done

    async def unlink(self, incident_id: str, other: str, by: str) -> ProblemResult:
        """Put it on record."""
        asked = valid(ProblemLink, {"to": other, "by": by})
        with explained():
            done = await lookup.unlink(self._session.records, incident_id, asked, None)
        self._session.note(lookup.changed_event(incident_id, asked, "unlink"))
        return done

    async def name(
        self, incident_id: str, title: str | None, owner: str | None, by: str
    ) -> ProblemResult:
        """Put it on record."""
        asked = valid(ProblemName, {"title": title, "owner": owner, "by": by})
        lookup.must_have_owner(self._session.policy_if_readable, asked)
        with explained():
            done = await lookup.name(self._session.records, incident_id, asked, None)
        self._session.note(lookup.changed_event(incident_id, asked, "name"))
        return done
