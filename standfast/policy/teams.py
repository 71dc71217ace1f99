"""People, and teams with their tiers."""

from typing import Annotated

from pydantic import Field, field_validator

from standfast.messages.message import Name
from standfast.policy.channels import Channels
from standfast.policy.paging import EscalationPolicies
from standfast.policy.schedules import Tier
from standfast.policy.section import Section
from standfast.policy.working_hours import WorkingHours


class Person(Section):
    """A responder and where they are reached, in the order to try.

    day: when they may be paged about what can wait, see `QuietHours`; None for at any time.
    """

    name: Name
    channels: Annotated[Channels, Field(min_length=1)]
    day: WorkingHours | None = None


class Team(Section):
    """A support team; `tiers` go from first line to vendor.

    working_hours: when it is at work, for clocks that count only that; None for around the clock.
    """

    title: Name
    tiers: tuple[Tier, ...] = Field(min_length=1)
    paging: EscalationPolicies = Field(default_factory=dict)
    working_hours: WorkingHours | None = None

    @field_validator("tiers")
    @classmethod
    def _have_a_name_each(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        names = [tier.name for tier in tiers]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(
                f"two tiers are called {twice!r}: an override could not tell them apart"
            )
        return tiers
