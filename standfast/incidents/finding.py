"""Findings: technical problems of the run of an incident or a review, and what to do about them."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from standfast.incidents.ids import review_id
from standfast.messages.message import Instant, Message, OptionalLine

LONGEST = 400
"""Characters of a finding's text: an error message may be long."""


def _cut(text: object) -> object:
    return f"{text[:LONGEST]}…" if isinstance(text, str) and len(text) > LONGEST else text


Said = Annotated[OptionalLine, BeforeValidator(_cut)]
"""One line, cleaned and cut: it may hold an error message."""


class FindingKind(StrEnum):
    """The kinds of problems of a run. not_running: of a review that is not over."""

    STUCK = "stuck"
    OVERDUE = "overdue"
    NO_NEXT_EVENT = "no_next_event"
    NOT_TAKEN_UP = "not_taken_up"
    NOT_RUNNING = "not_running"

    @property
    def words(self) -> str:
        """As people say it: `no next event`."""
        return self.value.replace("_", " ")


class Finding(Message):
    """One problem of one run of an incident or of its review, since when, and what to do.

    reviewed: the episode whose review it is; None for the incident itself.
    """

    kind: FindingKind
    incident_id: str
    reviewed: int | None = None
    run_id: str
    since: Instant
    what: Said
    remedy: Said

    @property
    def key(self) -> str:
        """Identifies the problem: the same in every scan."""
        return f"{self.kind}:{self.workflow_id}:{self.run_id}"

    @property
    def workflow_id(self) -> str:
        """Of the run."""
        if self.reviewed is None:
            return self.incident_id
        return review_id(self.incident_id, self.reviewed)

    @property
    def about(self) -> str:
        """What it is about, as people say it: `the review of INC-7F3K2QXWM4`."""
        if self.reviewed is None:
            return self.incident_id
        episode = f", episode {self.reviewed}" if self.reviewed > 1 else ""
        return f"the review of {self.incident_id}{episode}"


class OperatorNotice(Message):
    """One message to the operators; `key` is its idempotency key.

    new: found since the last notice; again: reminders of earlier findings; over: earlier findings
        that are resolved.
    """

    key: str
    new: tuple[Finding, ...] = ()
    again: tuple[Finding, ...] = ()
    over: tuple[Finding, ...] = ()
