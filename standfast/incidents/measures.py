"""What is measured of each episode once it has closed. Each field says what it means.

The descriptions are the definitions: pages, commands and documents show them, and state no other.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from standfast.messages.message import Instant, Message
from standfast.time.clocks import Target


class Times(Message):
    """Seconds from the report until something happened; None where it did not."""

    to_page: float | None = Field(None, description="Until the first page was sent to somebody.")
    to_acknowledge: float | None = Field(
        None, description="Until somebody acknowledged it for the first time."
    )
    to_first_action: float | None = Field(
        None,
        description="Until a responder or a runbook first did something: acknowledged it, "
        "commented, decided on a runbook, put it on hold, passed it on, asked for help, resolved "
        "it, or a runbook started. What monitors and reporters say does not count.",
    )
    to_resolve: float | None = Field(
        None,
        description="Until somebody, a monitor or a runbook resolved it for the last time; what "
        "verification refused does not count. Empty for what was withdrawn or merged.",
    )
    to_verify: float | None = Field(
        None,
        description="Until verification said for the last time that it is resolved, at least in "
        "part. Empty for what was withdrawn or merged.",
    )
    to_close: float = Field(description="Until it closed.")


class Automated(StrEnum):
    """What automation did."""

    NOT_TRIED = "not_tried"
    FAILED = "failed"
    WORKED = "worked"


class PageSent(Message):
    """One page that was sent to somebody."""

    person: str
    at: Instant


class Held(Message):
    """For how many seconds somebody had it, all together."""

    person: str
    seconds: float


class Missed(Message):
    """A target that was missed. tier: which had it then; None if that was not kept."""

    target: Target
    tier: int | None = None


def _of_a_tier(missed: Any) -> Any:
    """Builds until 30 November 2026 kept the target alone."""
    return {"target": missed} if isinstance(missed, str) else missed


class Measures(Message):
    """The measures of one episode."""

    calendar: Times = Field(description="Times around the clock.")
    working: Times = Field(
        description="The same times, counted only while its team was at work, by the working hours "
        "that held when it closed; around the clock for a team without any."
    )
    held_by: tuple[Held, ...] = Field(
        description="For how long each person had it: from their acknowledgement until they "
        "resolved it, it was passed on or went to the next tier, their acknowledgement expired, or "
        "it closed."
    )
    hand_offs: int = Field(
        description="How often it changed hands: it was reassigned, or acknowledged by somebody "
        "other than whoever acknowledged it before."
    )
    escalations: int = Field(
        description="How often it was escalated: to the next tier, or, from the top tier, to "
        "everybody of it."
    )
    tier: int | None = Field(
        description="The tier that had it in the end; empty if it came to no team."
    )
    reopened: int = Field(
        description="How often verification or follow-up said that it was not resolved after all."
    )
    pages: tuple[PageSent, ...] = Field(description="The pages that were sent, the oldest first.")
    missed: tuple[Annotated[Missed, BeforeValidator(_of_a_tier)], ...] = Field(
        description="The targets that were missed, response or resolution, each for the tier that "
        "had it then."
    )
    automation: Automated = Field(
        description="Whether a runbook was tried, and whether its own check passed in the end."
    )
    runbook: str = Field(description="The runbook that was tried last; empty if none was.")
