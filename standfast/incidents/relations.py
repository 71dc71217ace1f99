"""Incidents that belong together: links, merges, and what one tells the other."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from standfast.incidents.ids import is_incident_id
from standfast.incidents.impact_ledger import MOST_KEPT, Statement, StatementKind
from standfast.incidents.report import Report
from standfast.messages.message import InboundMessage, Line, Message, MultilineText, Name, at_most


class Relation(StrEnum):
    """What another incident is to this one."""

    RELATED = "related"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"

    @property
    def seen_from_there(self) -> "Relation":
        """What this one is to the other."""
        turned = {Relation.CAUSED_BY: Relation.CAUSES, Relation.CAUSES: Relation.CAUSED_BY}
        return turned.get(self, self)


def _an_id(text: str) -> str:
    if not is_incident_id(text.upper()):
        raise ValueError("is not the id of an incident; ids look like INC-7F3K2QXWM4")
    return text.upper()


OtherIncident = Annotated[Line, at_most(200), AfterValidator(_an_id)]


class Link(InboundMessage):
    """Another incident belongs to this one; each shows the other."""

    by: Name
    to: OtherIncident
    relation: Relation = Relation.RELATED

    @property
    def other(self) -> str:
        return self.to


class Merge(InboundMessage):
    """It is the same as another, open incident: that one goes on, with the reporters of both."""

    by: Name
    into: OtherIncident
    reason: Annotated[MultilineText, at_most(2_000)] = ""

    @property
    def other(self) -> str:
        return self.into


class Linked(InboundMessage):
    """What an incident tells the other one when it is linked to it.

    statements: what it knows of its own impact. `answer`: it is told because the other one told it
    first, and wants no answer.
    """

    by: Name
    incident_id: OtherIncident
    relation: Relation
    statements: tuple[Statement, ...] = Field(default=(), max_length=MOST_KEPT)
    answer: bool = False

    @property
    def heard(self) -> tuple[Statement, ...]:
        """The statements as those of the incident that is told.

        They count for the one that is the cause: what it brings about is its impact. Of what is
        only related, or is the cause itself, they are shown.
        """
        counts = self.relation is Relation.CAUSES
        return _heard(self.incident_id, self.statements, StatementKind.LINKED, counts)


class Absorb(InboundMessage):
    """What an incident hands over to the one that it is merged into."""

    by: Name
    incident_id: OtherIncident
    report: Report
    occurrences: int = Field(ge=1)
    reporters: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = Field(default=(), max_length=MOST_KEPT)

    @property
    def heard(self) -> tuple[Statement, ...]:
        """The statements as those of the incident that goes on: it is the same, so all count."""
        return _heard(self.incident_id, self.statements, StatementKind.MERGED, True)


class Related(Message):
    """Another incident, and what it is to this one."""

    incident_id: str
    relation: Relation


def _heard(
    incident_id: str, statements: tuple[Statement, ...], kind: StatementKind, counts: bool
) -> tuple[Statement, ...]:
    told = {"source": incident_id, "kind": kind}
    return tuple(
        each.model_copy(update={**told, "counts": each.counts and counts}) for each in statements
    )
