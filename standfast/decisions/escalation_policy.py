"""The escalation policy: which pages a tier gets, to whom and when, until somebody acknowledges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from standfast.decisions.on_call import on_call_at
from standfast.decisions.personal_channels import Round, Timed, urgency_of, with_further_pages
from standfast.incidents.assessment import Priority
from standfast.incidents.assignment import PlannedPage
from standfast.incidents.own_channel import OwnSettings
from standfast.incidents.schedule import DatedShifts
from standfast.policy import Policy
from standfast.policy.page_targets import Chain, kinds_of
from standfast.policy.paging import PAGE_WHO_IS_ON_CALL, PagingStep
from standfast.policy.schedules import Tier
from standfast.policy.teams import Team


@dataclass(frozen=True)
class TierToPage:
    """A tier that is paged `at` some moment: who is on call and after them, and the last resort.

    first: targets that the first step has whatever the policy says of it.
    own: what people have set themselves.
    """

    policy: Policy
    dated: DatedShifts
    team: str
    contacts: Chain
    last_resort: str
    first: tuple[str, ...]
    at: datetime
    own: Mapping[str, OwnSettings] = field(default_factory=dict)

    def on_call(self, team: str, tiers: Sequence[Tier]) -> Iterator[Chain]:
        """Of these tiers the first that somebody is on call in: who is, then the others of it."""
        for tier in tiers:
            found = on_call_at(tier, team, self.at, self.dated)
            if found.on_call:
                yield found.people
                return

    def everybody(self, team: str, tiers: Sequence[Tier]) -> Iterator[str]:
        """All people of these tiers, nobody twice."""
        known = (on_call_at(tier, team, self.at, self.dated).people for tier in tiers)
        yield from dict.fromkeys(name for names in known for name in names)


def steps_for(policy: Policy, team: Team, priority: Priority) -> tuple[PagingStep, ...]:
    """The steps for a priority: the team's own, else the policy's, else one page."""
    return team.paging.get(priority) or policy.paging.get(priority) or PAGE_WHO_IS_ON_CALL


def pages(tier: TierToPage, priority: Priority) -> tuple[tuple[PlannedPage, ...], tuple[str, ...]]:
    """The pages of one round in the order of time, and in words which targets nobody answers to,
    and whose own rules add pages.

    It is never empty, and never begins later than the policy says: where nobody answers to what
    comes first, the tier's contacts are paged in its place. Whom two steps page at the same moment
    through the same channels is paged by the first.
    """
    steps = sorted(
        steps_for(tier.policy, tier.policy.teams[tier.team], priority),
        key=lambda step: step.times[0],
    )
    begins = steps[0].times[0]
    timed: list[Timed] = []
    missing: list[str] = []
    for number, step in enumerate(steps):
        targets = step.page if number else (*tier.first, *step.page)
        chains = tuple(_chains(targets, tier, missing))
        if chains:
            timed += [(moment, chains, step.through) for moment in step.times]
    if not any(moment == begins for moment, _, _ in timed):
        timed.append((begins, (_whole(tier.contacts, tier),), ()))
    timed.sort(key=lambda page: page[0])
    clocks = tier.policy.clocks[priority]
    timed, whose = with_further_pages(
        timed,
        Round(clocks.page_again_every, clocks.acknowledge_within),
        tier.policy,
        tier.own,
        urgency_of(tier.policy, priority),
    )
    return tuple(_planned(timed)), tuple(dict.fromkeys((*missing, *whose)))


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


def _chains(targets: tuple[str, ...], tier: TierToPage, missing: list[str]) -> Iterator[Chain]:
    """One chain for each who is paged at once, no first person twice."""
    paged: set[str] = set()
    for target in targets:
        kinds = kinds_of(target, tier.policy)
        found = [chain for kind in kinds for chain in kind.chains(target, tier)]
        if not found:
            missing.append(f"nobody answers to {target!r} of the escalation policy in {tier.team}")
        for chain in found:
            if chain[0] not in paged:
                paged.add(chain[0])
                yield _whole(chain, tier)


def _whole(chain: Chain, tier: TierToPage) -> Chain:
    return tuple(dict.fromkeys(filter(None, (*chain, tier.last_resort))))
