"""People, and teams with their tiers."""

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from standfast.messages.message import Line, Name, at_most
from standfast.policy.channels import Channels, mail_recipients
from standfast.policy.paging import EscalationPolicies
from standfast.policy.schedules import Tier
from standfast.policy.section import Section
from standfast.policy.working_hours import OneOrMoreHours
from standfast.time.wall_clock import TimeZone


def _mail_address(text: str) -> str:
    local, at, domain = text.strip().lower().rpartition("@")
    if not (local and at and domain) or any(character in text for character in ' <>",;:'):
        raise ValueError("must be an address such as hana@fernhill.example")
    return f"{local}@{domain}"


MailAddress = Annotated[Line, at_most(254), AfterValidator(_mail_address)]
"""The mail address of a person, in small letters."""


class Person(Section):
    """A responder and where they are reached, in the order to try.

    day: when they may be paged about what can wait, see `QuietHours`; None for at any time.
    addresses: mail addresses by which calendars name them, besides those of their channels.
    time_zone: by whose clock they are told when something began; None for that of their `day`.
    """

    name: Name
    channels: Annotated[Channels, Field(min_length=1)]
    day: OneOrMoreHours | None = None
    addresses: tuple[MailAddress, ...] = ()
    time_zone: TimeZone | None = None

    @property
    def zone(self) -> str:
        """The time zone they are told times in."""
        return self.time_zone or (self.day.time_zone if self.day else "UTC")

    @property
    def push_channels(self) -> tuple[str, ...]:
        """The names of those that reach the devices that they have added."""
        return tuple(
            name for name, url in self.channels.items() if url.lower().startswith("webpush:")
        )

    @cached_property
    def mail_addresses(self) -> tuple[str, ...]:
        """Theirs, and those that their channels write to, as far as the policy itself says it."""
        of_channels = (each for url in self.channels.values() for each in mail_recipients(url))
        return tuple(dict.fromkeys((*self.addresses, *of_channels)))


class Team(Section):
    """A support team; `tiers` go from first line to vendor.

    working_hours: when it is at work, for clocks that count only that; None for around the clock.
    confidential: so are all incidents that it gets.
    """

    title: Name
    tiers: tuple[Tier, ...] = Field(min_length=1)
    paging: EscalationPolicies = Field(default_factory=dict)
    working_hours: OneOrMoreHours | None = None
    confidential: bool = False

    @cached_property
    def people(self) -> frozenset[str]:
        """Everybody in its rotations; whom a calendar names is not known here."""
        layers = (layer for tier in self.tiers for layer in tier.every_layer)
        return frozenset(person for layer in layers for person in layer.rotation.people)

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
