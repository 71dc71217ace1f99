"""Links and merges of incidents, and the messages that the incidents send each other."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.ids import is_incident_id
from standfast.incidents.impact_ledger import MOST_KEPT, Statement, StatementKind
from standfast.incidents.person import PersonAction
from standfast.incidents.report import Report
from standfast.messages.message import InboundMessage, Line, Message, MultilineText, Name, at_most


class Relation(StrEnum):
    """The relation of another incident to this one."""

    RELATED = "related"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"

    @property
    def inverse(self) -> "Relation":
        """The relation from the other incident's side."""
        turned = {Relation.CAUSED_BY: Relation.CAUSES, Relation.CAUSES: Relation.CAUSED_BY}
        return turned.get(self, self)


def _an_id(text: str) -> str:
    if not is_incident_id(text.upper()):
        raise ValueError("is not the id of an incident; ids look like INC-7F3K2QXWM4")
    return text.upper()


OtherIncident = Annotated[Line, at_most(200), AfterValidator(_an_id)]


class Link(PersonAction):
    """Link two incidents; each shows the other."""

    to: OtherIncident
    relation: Relation = Relation.RELATED

    @property
    def other(self) -> str:
        return self.to


class Merge(PersonAction):
    """Merge into another open incident: that one goes on, with the reporters of both."""

    into: OtherIncident
    reason: Annotated[MultilineText, at_most(2_000)] = ""

    @property
    def other(self) -> str:
        return self.into


class Linked(InboundMessage):
    """The message of an incident to another that it is linked to.

    statements: about its own impact. `answer`: this is the reply to such a message, and gets none.
    """

    by: Name
    incident_id: OtherIncident
    relation: Relation
    statements: tuple[Statement, ...] = Field(default=(), max_length=MOST_KEPT)
    answer: bool = False

    @property
    def heard(self) -> tuple[Statement, ...]:
        """The statements for the ledger of the incident that receives them.

        They count for an incident that is the cause: what it causes is part of its impact.
        Otherwise they are only shown.
        """
        counts = self.relation is Relation.CAUSES
        return _heard(self.incident_id, self.statements, StatementKind.LINKED, counts)


class Absorb(InboundMessage):
    """The message of an incident to the one that it is merged into."""

    by: Name
    incident_id: OtherIncident
    report: Report
    occurrences: int = Field(ge=1)
    reporters: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = Field(default=(), max_length=MOST_KEPT)
    confidential: Confidential | None = None

    @property
    def heard(self) -> tuple[Statement, ...]:
        """The statements for the ledger of the incident that goes on: all of them count."""
        return _heard(self.incident_id, self.statements, StatementKind.MERGED, True)


class Related(Message):
    """A related incident, and the relation."""

    incident_id: str
    relation: Relation


def _heard(
    incident_id: str, statements: tuple[Statement, ...], kind: StatementKind, counts: bool
) -> tuple[Statement, ...]:
    told = {"source": incident_id, "kind": kind}
    return tuple(
        each.model_copy(update={**told, "counts": each.counts and counts}) for each in statements
    )
