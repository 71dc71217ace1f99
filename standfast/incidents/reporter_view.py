"""An incident as somebody sees it who reported it: first, or by a report that joined it."""

from typing import NamedTuple

from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.incidents.same_person import is_same_person
from standfast.incidents.visibility import project

UNNAMED = "What you reported"
"""The title for somebody whose own report is not known any more."""


class _Reporter(NamedTuple):
    name: str
    role: Role = Role.REPORTER


def reporter_view(incident: IncidentView, name: str) -> IncidentView:
    """The incident for one of its reporters; of the report of another they see nothing."""
    seen = project(incident, _Reporter(name))
    if is_same_person(incident.report.reporter, name):
        return seen
    theirs = seen.latest or Report(title=UNNAMED, reporter=name)
    return seen.model_copy(update={"title": theirs.title, "report": theirs})
