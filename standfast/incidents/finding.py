"""Findings: what is wrong with an open incident as a workflow, and what to do about it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from standfast.messages.message import Instant, Message, OptionalLine

LONGEST = 400
"""Characters of what is said of a finding: an error message may be long."""


def _cut(text: object) -> object:
    return f"{text[:LONGEST]}…" if isinstance(text, str) and len(text) > LONGEST else text


Said = Annotated[OptionalLine, BeforeValidator(_cut)]
"""One line, cleaned and cut: others' error messages stand in it."""


class FindingKind(StrEnum):
    """What can be wrong with an open incident."""

    STUCK = "stuck"
    OVERDUE = "overdue"
    NO_NEXT_EVENT = "no_next_event"
    NOT_TAKEN_UP = "not_taken_up"

    @property
    def words(self) -> str:
        """As people say it: `no next event`."""
        return self.value.replace("_", " ")


class Finding(Message):
    """One thing that is wrong with one run of an incident, since when, and what to do."""

    kind: FindingKind
    incident_id: str
    run_id: str
    since: Instant
    what: Said
    remedy: Said

    @property
    def key(self) -> str:
        """The same for the same thing at every look."""
        return f"{self.kind}:{self.incident_id}:{self.run_id}"


class Bulletin(Message):
    """What the operators are to be told in one message; `key` is its idempotency key.

    new: found since they were last told; again: told before, and still so; over: told before, and
        not so any more.
    """

    key: str
    new: tuple[Finding, ...] = ()
    again: tuple[Finding, ...] = ()
    over: tuple[Finding, ...] = ()
