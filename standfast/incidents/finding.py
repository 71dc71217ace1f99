"""Findings: technical problems of an open incident's workflow, and what to do about them."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from standfast.messages.message import Instant, Message, OptionalLine

LONGEST = 400
"""Characters of a finding's text: an error message may be long."""


def _cut(text: object) -> object:
    return f"{text[:LONGEST]}…" if isinstance(text, str) and len(text) > LONGEST else text


Said = Annotated[OptionalLine, BeforeValidator(_cut)]
"""One line, cleaned and cut: it may hold an error message."""


class FindingKind(StrEnum):
    """The kinds of problems of an open incident's workflow."""

    STUCK = "stuck"
    OVERDUE = "overdue"
    NO_NEXT_EVENT = "no_next_event"
    NOT_TAKEN_UP = "not_taken_up"

    @property
    def words(self) -> str:
        """As people say it: `no next event`."""
        return self.value.replace("_", " ")


class Finding(Message):
    """One problem of one run of an incident, since when, and what to do."""

    kind: FindingKind
    incident_id: str
    run_id: str
    since: Instant
    what: Said
    remedy: Said

    @property
    def key(self) -> str:
        """Identifies the problem: the same in every scan."""
        return f"{self.kind}:{self.incident_id}:{self.run_id}"


class OperatorNotice(Message):
    """One message to the operators; `key` is its idempotency key.

    new: found since the last notice; again: reminders of earlier findings; over: earlier findings
        that are resolved.
    """

    key: str
    new: tuple[Finding, ...] = ()
    again: tuple[Finding, ...] = ()
    over: tuple[Finding, ...] = ()
