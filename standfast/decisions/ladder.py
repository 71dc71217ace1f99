"""The escalation ladder: which pages a tier gets, to whom and when, until somebody acknowledges."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from standfast.decisions.on_call import duty
from standfast.incidents.assessment import Priority
from standfast.incidents.assignment import PlannedPage
from standfast.incidents.schedule import Roster
from standfast.policy import Policy
from standfast.policy.paging import (
    INCIDENT_MANAGER,
    ON_CALL,
    PAGE_WHO_IS_ON_CALL,
    TEAM,
    TIER,
    VENDOR,
    PagingStep,
)
from standfast.policy.schedules import Tier
from standfast.policy.teams import Team

Chain = tuple[str, ...]
"""Whom to page, and who is tried in turn when that person cannot be reached."""

Timed = tuple[timedelta, tuple[Chain, ...], tuple[str, ...]]
"""A page of a round: when, counted from its beginning, to whom and through which channels."""


class Climbed(NamedTuple):
    """A tier as its ladder is climbed: who is on call and after them, and the last resort.

    first: targets that the first step has whatever the policy says of it.
    """

    team: str
    contacts: tuple[str, ...]
    last_resort: str
    first: tuple[str, ...]
    at: datetime


def steps_for(policy: Policy, team: Team, priority: Priority) -> tuple[PagingStep, ...]:
    """The ladder of a priority: the team's own, else that of the policy, else one page."""
    return team.paging.get(priority) or policy.paging.get(priority) or PAGE_WHO_IS_ON_CALL


def pages(
    policy: Policy, priority: Priority, climbed: Climbed, roster: Roster
) -> tuple[tuple[PlannedPage, ...], tuple[str, ...]]:
    """The pages of one round in the order of time, and in words which targets nobody answers to.

    It is never empty, and never begins later than the policy says: where nobody answers to what
    comes first, the tier's contacts are paged in its place. Whom two steps page at the same moment
    through the same channels is paged by the first.
    """
    steps = sorted(
        steps_for(policy, policy.teams[climbed.team], priority), key=lambda step: step.times[0]
    )
    begins = steps[0].times[0]
    timed: list[Timed] = []
    missing: list[str] = []
    for number, step in enumerate(steps):
        targets = step.page if number else (*climbed.first, *step.page)
        chains = tuple(_chains(policy, targets, climbed, roster, missing))
        if chains:
            timed += [(moment, chains, step.through) for moment in step.times]
    if not any(moment == begins for moment, _, _ in timed):
        timed.append((begins, (_whole(climbed.contacts, climbed),), ()))
    timed.sort(key=lambda page: page[0])
    return tuple(_planned(timed)), tuple(dict.fromkeys(missing))


def _planned(timed: Sequence[Timed]) -> Iterator[PlannedPage]:
    before = timedelta()
    paged: set[tuple[str, tuple[str, ...]]] = set()
    for moment, chains, through in timed:
        if moment != before:
            paged.clear()
        left = tuple(chain for chain in chains if (chain[0], through) not in paged)
        paged.update((chain[0], through) for chain in left)
        if left:
            yield PlannedPage(after=moment - before, chains=left, through=through)
            before = moment


def _chains(
    policy: Policy,
    targets: tuple[str, ...],
    climbed: Climbed,
    roster: Roster,
    missing: list[str],
) -> Iterator[Chain]:
    """One chain for each who is paged at once, no first person twice."""
    paged: set[str] = set()
    for target in targets:
        found = list(_targeted(policy, target, climbed, roster))
        if not found:
            missing.append(f"nobody answers to {target!r} of the ladder in {climbed.team}")
        for chain in found:
            if chain[0] not in paged:
                paged.add(chain[0])
                yield _whole(chain, climbed)


def _whole(chain: Chain, climbed: Climbed) -> Chain:
    return tuple(dict.fromkeys(filter(None, (*chain, climbed.last_resort))))


def _targeted(policy: Policy, target: str, climbed: Climbed, roster: Roster) -> Iterator[Chain]:
    team = policy.teams[climbed.team]
    if target == ON_CALL:
        yield climbed.contacts
    elif target == TIER:
        yield from ((person,) for person in climbed.contacts)
    elif target == TEAM:
        known = (duty(tier, climbed.team, climbed.at, roster).people for tier in team.tiers)
        yield from (
            (person,) for person in dict.fromkeys(name for names in known for name in names)
        )
    elif target == INCIDENT_MANAGER:
        if manager := policy.incident_manager:
            yield from _on_call(manager, policy.teams[manager].tiers, climbed.at, roster)
    elif target == VENDOR:
        vendors = [tier for tier in team.tiers if tier.name == VENDOR]
        yield from _on_call(climbed.team, vendors, climbed.at, roster)
    elif target in policy.people:
        yield (target, *climbed.contacts)


def _on_call(team: str, tiers: Sequence[Tier], at: datetime, roster: Roster) -> Iterator[Chain]:
    """The first of these tiers that somebody is on call in: who is, then the others of it."""
    for tier in tiers:
        found = duty(tier, team, at, roster)
        if found.on_call:
            yield found.people
            return
