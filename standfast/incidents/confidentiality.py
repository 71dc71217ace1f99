"""Confidential incidents: who finds one; to everybody else nothing is said of it.

Its team finds it, and the people who have to do with it by name, and administrators. Its reporter
finds it with the reporter's view. For anybody else it does not exist.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from standfast.incidents.roles import Role
from standfast.messages.message import Message

if TYPE_CHECKING:
    from standfast.incidents.record import IncidentView

TITLE = "Confidential incident"
"""Stands for its title wherever others may look: in Temporal, on a phone, in a chat."""


class Confidential(Message):
    """That an incident is confidential: by whom or what, why, and who finds it besides its team."""

    by: str
    why: str = ""
    people: tuple[str, ...] = ()

    def and_for(self, people: Iterable[str]) -> "Confidential":
        """The same, with more people who find it."""
        known = dict.fromkeys((*self.people, *people))
        return self.model_copy(update={"people": tuple(known)})


def _mark(kind: str, name: str) -> str:
    """A reader as lists have them: lists may be seen by others, compare without regard to capitals,
    and cannot quote each name."""
    return hashlib.sha256(f"{kind} {name}".encode(errors="surrogatepass")).hexdigest()[:32]


ADMINISTRATORS = _mark("role", Role.ADMINISTRATOR)
"""Among the readers of each confidential incident, so that it never looks like one that is not."""


def reader_names(person: str, teams: Iterable[str]) -> tuple[str, ...]:
    """What a person counts as among the readers of incidents: themselves, and their teams."""
    return (_mark("person", person), *(_mark("team", team) for team in teams))


def readers_of(view: "IncidentView") -> tuple[str, ...]:
    """Who finds an incident, as `reader_names` has them; empty where it is not confidential."""
    if view.confidential is None:
        return ()
    named = [view.assignee, view.acknowledged_by, view.commander, *view.confidential.people]
    named += view.approval.approvers if view.approval else ()
    people = sorted({_mark("person", name) for name in named if name})
    return (ADMINISTRATORS, *([_mark("team", view.team)] if view.team else []), *people)


def role_in(view: "IncidentView", name: str, role: Role, teams: Iterable[str]) -> Role | None:
    """The role in which somebody sees an incident; None where it does not exist for them."""
    may_work = role.may(Role.RESPONDER)
    if view.confidential and not role.may(Role.ADMINISTRATOR):
        may_work = may_work and not set(reader_names(name, teams)).isdisjoint(readers_of(view))
    if may_work:
        return role
    return Role.REPORTER if view.report.reporter == name else None
