"""Overrides and swaps that somebody asks for: whether they make sense, and what they come to."""

from collections.abc import Collection
from datetime import UTC, datetime

from standfast.decisions.on_call import on_call_between
from standfast.incidents.schedule import DatedShifts, NewOverride, Override
from standfast.messages.message import short
from standfast.policy import Policy
from standfast.policy.schedules import Tier


class CannotOverride(Exception):  # noqa: N818
    """An override cannot be made; says why, and what there is."""


def tier_of(policy: Policy, team: str, tier: str) -> Tier:
    """The tier of that name.

    Raises:
        CannotOverride: there is no such team, or it has no such tier.
    """
    if team not in policy.teams:
        raise CannotOverride(f"no team {team!r}; there are: {_listed(policy.teams)}")
    tiers = {each.name: each for each in policy.teams[team].tiers}
    if tier not in tiers:
        raise CannotOverride(f"{team} has no tier {tier!r}; there are: {', '.join(tiers)}")
    return tiers[tier]


def known_person(policy: Policy, person: str) -> str:
    """The person, of whichever team.

    Raises:
        CannotOverride: the policy has nobody of that name.
    """
    if person not in policy.people:
        raise CannotOverride(f"no person {person!r}; there are: {_listed(policy.people)}")
    return person


def not_over(ends: datetime, now: datetime) -> None:
    """Whether an override that ends then is still to come.

    Raises:
        CannotOverride: it would be over already.
    """
    if ends.astimezone(UTC) <= now:
        raise CannotOverride(f"it would be over already: it ends {short(ends)}")


def from_now_on(asked: NewOverride, now: datetime) -> NewOverride:
    """What is still to come of it: nobody stands in for the past."""
    return asked.model_copy(update={"starts": max(asked.starts.astimezone(UTC), now)})


def swapped(asked: NewOverride, other: str, tier: Tier, dated: DatedShifts) -> list[NewOverride]:
    """The two overrides by which `asked.person` and `other` take each other's turns in that time.

    Turns that begin before or end after it are swapped as far as they lie in it.

    Raises:
        CannotOverride: one of them has no turn there.
    """
    person, begins, ends = asked.person, asked.starts, asked.ends
    if person == other:
        raise CannotOverride(f"{person} cannot swap with {other}: they are the same person")
    on_call = {turn.who.on_call for turn in on_call_between(tier, asked.team, begins, ends, dated)}
    for one in (person, other):
        if one not in on_call:
            raise CannotOverride(
                f"{one} is not on call in {tier.name} of {asked.team} from {short(begins)} to"
                f" {short(ends)}: there is nothing to swap"
            )
    return [
        asked.model_copy(update={"person": one, "instead_of": another})
        for one, another in ((person, other), (other, person))
    ]


def why_not_ended(override: Override | None, override_id: str) -> str:
    """Why an override could not be ended early."""
    if override is None:
        return f"there is no override {override_id}"
    if override.ended_at:
        return f"{override.ended_by} has ended {override.id} already, {short(override.ended_at)}"
    return f"{override.id} is over already, since {short(override.ends)}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
