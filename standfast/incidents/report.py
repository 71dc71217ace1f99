"""A report: the first box of the flowchart."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from standfast.incidents.person import EnteredBy
from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import (
    InboundMessage,
    Instant,
    Line,
    Message,
    MultilineText,
    OptionalLine,
    at_most,
)

LONGEST_DESCRIPTION = 20_000
"""Characters; about a third of a Temporal payload in the longest encoding."""

MOST_LABELS = 50

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=5)
"""How far in the future a time of occurrence may be."""


class Channel(StrEnum):
    """How a report came in."""

    PORTAL = "portal"
    EMAIL = "email"
    PHONE = "phone"
    CLI = "cli"
    API = "api"
    MONITOR = "monitor"
    CHAT = "chat"


class Report(InboundMessage):
    """An issue as a person or a monitor reported it.

    >>> Report(title="Website down", service="website", reporter="mia@fernhill.example").channel
    <Channel.API: 'api'>
    """

    title: Everybody[Annotated[Line, at_most(300)]]
    description: Everybody[Annotated[MultilineText, at_most(LONGEST_DESCRIPTION)]] = ""
    service: Everybody[Annotated[OptionalLine, at_most(100)]] = ""
    reporter: Everybody[Annotated[OptionalLine, at_most(200)]] = ""
    entered_by: Responders[EnteredBy] = ""
    channel: Everybody[Channel] = Channel.API
    users_affected: Everybody[int] = Field(default=1, ge=0, le=1_000_000_000, strict=True)
    impact_statement: Everybody[Annotated[MultilineText, at_most(4_000)]] = ""
    error_message: Everybody[Annotated[MultilineText, at_most(10_000)]] = ""
    occurred_at: Everybody[Instant | None] = None
    labels: Everybody[
        dict[Annotated[Line, at_most(100)], Annotated[OptionalLine, at_most(500)]]
    ] = Field(default_factory=dict, max_length=MOST_LABELS)
    confidential: Everybody[bool] = False
    dedup_key: Everybody[Annotated[OptionalLine, at_most(255)]] = ""

    @property
    def by_monitor(self) -> bool:
        """Whether a monitor sent it, so that no person can confirm a fix."""
        return self.channel is Channel.MONITOR


class ReportResult(Message):
    """Where a report went. `created` is False where it joined an open incident.

    `note` says what could not be looked up on the way.
    """

    incident_id: Everybody[str]
    episode: Everybody[int]
    created: Everybody[bool]
    note: Everybody[str] = ""


def refusal(report: Report, now: datetime) -> str | None:
    """Why `report` is refused at `now`, naming the field; None when it is accepted.

    This is not in the model: models are also read in replay, where the clock must not matter.
    """
    if report.occurred_at and report.occurred_at > now + CLOCKS_MAY_DIFFER_BY:
        return f"occurred_at: {report.occurred_at.isoformat()} is in the future"
    return None
