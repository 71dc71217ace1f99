"""The clocks of a priority: targets, repeats, and the holds that pause them."""

from enum import StrEnum

from pydantic import Field

from standfast.messages.message import Duration, Instant, Message


class HoldReason(StrEnum):
    """What an incident on hold waits for."""

    USER = "user"
    VENDOR = "vendor"
    PROBLEM = "problem"
    EVIDENCE = "evidence"
    CHANGE = "change"


class TimeCounted(StrEnum):
    """Which time counts towards a target."""

    AROUND_THE_CLOCK = "around the clock"
    WORKING_HOURS = "working hours"


class Clocks(Message):
    """How long each wait in `resolve` may last, for one priority.

    acknowledge_within: the response target, for each tier anew.
    page_again_every: from the last step of the escalation policy until it repeats.
    resolve_within: the resolution target, over all tiers; once missed, each further tier has it.
    warn_at: the share of `resolve_within` at which the assignee is warned.
    idle_after: an acknowledgement expires when its owner has done nothing for so long.
    remind_hold_every: between reminders that an incident is on hold.
    counts: which time all but the last of these count.
    hold_pauses: the holds that pause the resolution target. Every hold pauses the pages.
    """

    acknowledge_within: Duration
    page_again_every: Duration
    resolve_within: Duration
    warn_at: float = Field(gt=0, lt=1, default=0.75)
    idle_after: Duration | None = None
    remind_hold_every: Duration
    counts: TimeCounted = TimeCounted.AROUND_THE_CLOCK
    hold_pauses: tuple[HoldReason, ...] = (HoldReason.USER, HoldReason.VENDOR)


class Target(StrEnum):
    """The targets: that somebody responds, and that it is resolved."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


class Breach(Message):
    """A missed target: `due` is when it should have been met, `tier` the tier that had it then."""

    target: Target
    within: Duration
    due: Instant
    tier: int


class AfterOutage(StrEnum):
    """What clocks do that ran out while Standfast was not running."""

    PAGE = "page"
    ESCALATE = "escalate"
