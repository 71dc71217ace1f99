"""Who finds an incident; to everybody else nothing is said of it.

A confidential one is found by its team, the people who have to do with it by name, and
administrators. Others are found by every responder, or, where the policy has them see their own
team's only, in the same way as confidential ones, except that an incident without a team is found
by all of them. Its reporter finds it with the reporter's view. For anybody else it does not exist.
"""

import hashlib
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from standfast.incidents.roles import Role
from standfast.incidents.same_person import is_same_person
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
"""Among the readers of each confidential incident, and of no other: it is what tells them apart."""


class Reader(NamedTuple):
    """A responder, or whoever may do more, as lists of incidents know them.

    names: what they count as among the readers of incidents: themselves, and their teams.
    teams: of incidents that are not confidential they find those of these teams and those without
        one, besides those of which they are among the readers; None: all.
    """

    names: tuple[str, ...]
    teams: tuple[str, ...] | None = None

    def finds(self, readers: Collection[str], team: str) -> bool:
        """Whether they find an incident with these `readers_of` it; `team` is empty for none.

        The queries of lists say the same: `lookup.overview.found_by` and
        `records.readers.found_by`.
        """
        if not set(self.names).isdisjoint(readers):
            return True
        if ADMINISTRATORS in readers:
            return False
        return self.teams is None or team in ("", *self.teams)

    @property
    def words(self) -> tuple[str, ...]:
        """All that tells them from others, to bind something to them."""
        return (*self.names, "all" if self.teams is None else "own", *(self.teams or ()))


def as_reader(person: str, teams: Iterable[str], *, own_team: bool = False) -> Reader:
    """A person who is in these teams. own_team: whether they see only these teams' incidents."""
    teams = tuple(teams)
    names = (_mark("person", person), *(_mark("team", team) for team in teams))
    return Reader(names, teams if own_team else None)


def readers_of(view: "IncidentView") -> tuple[str, ...]:
    """Who finds an incident by name, and of a confidential one its team and `ADMINISTRATORS`.

    Of others lists know the team anyway.
    """
    named = [view.assignee, view.acknowledged_by, view.commander]
    named += view.approval.approvers if view.approval else ()
    if view.confidential:
        named += view.confidential.people
    else:
        named += [entry.person for entry in view.timeline if entry.event == "page_sent"]
        named.append(view.report.entered_by)
    people = sorted({_mark("person", name) for name in named if name})
    if not view.confidential:
        return tuple(people)
    return (ADMINISTRATORS, *([_mark("team", view.team)] if view.team else []), *people)


def role_in(view: "IncidentView", name: str, role: Role, reader: Reader | None) -> Role | None:
    """The role in which somebody sees an incident; None where it does not exist for them.

    reader: as whom they read lists; None for administrators, who find all.
    """
    may_work = role.may(Role.RESPONDER)
    if may_work and (reader is None or reader.finds(readers_of(view), view.team or "")):
        return role
    return Role.REPORTER if is_same_person(view.report.reporter, name) else None
