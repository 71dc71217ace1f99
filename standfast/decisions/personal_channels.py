"""By which channels a person is reached, in which order, and which pages their rules add."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from standfast.incidents.assessment import Priority
from standfast.incidents.own_channel import (
    NOTHING_SET,
    OwnChannel,
    OwnSettings,
    PagingRule,
    Urgency,
    rules_in_words,
)
from standfast.policy import Policy
from standfast.policy.page_targets import Chain

Timed = tuple[timedelta, tuple[Chain, ...], tuple[str, ...]]
"""A page of a round: when, counted from its beginning, to whom and through which channels."""

MOST_PAGES = 100
"""Of the rounds that stand together, so that an assignment stays small."""


class Round(NamedTuple):
    """When a round begins anew after its last page, and when nobody is paged by it any more."""

    again_after: timedelta
    ends: timedelta


def urgency_of(policy: Policy, priority: Priority) -> Urgency:
    """Low for what the policy's quiet hours let wait."""
    return Urgency.LOW if priority in policy.quiet_hours.priorities else Urgency.HIGH


def problem_with(policy: Policy, channel: OwnChannel) -> str:
    """Why a person's own channel is not used, in words; empty where it is."""
    person = policy.people.get(channel.person)
    if person is None:
        return "the policy does not have this person"
    if channel.name in person.channels:
        return "the policy has given you a channel of that name"
    if channel.method not in policy.contact_methods:
        return f"the policy does not offer {channel.method} any more"
    if channel.verified_at is None:
        return "not verified: type in the code that was sent"
    return ""


def usable(policy: Policy, settings: OwnSettings) -> dict[str, OwnChannel]:
    """A person's own channels that are used, by name, in the order of adding."""
    return {
        channel.name: channel for channel in settings.channels if not problem_with(policy, channel)
    }


def rules_of(
    policy: Policy, person: str, settings: OwnSettings, urgency: Urgency
) -> list[PagingRule]:
    """The person's rules for that urgency whose channels there are, in the order of time."""
    there = {*policy.people[person].channels, *usable(policy, settings)}
    return [rule for rule in settings.rules.for_(urgency) if rule.through in there]


def order_of_channels(
    policy: Policy, person: str, settings: OwnSettings, urgency: Urgency, first: int = 0
) -> tuple[str, ...]:
    """All channels of a person in the order to try: by their rules, from the rule of that number
    on, then those of the policy, then their others.
    """
    named = [rule.through for rule in rules_of(policy, person, settings, urgency)]
    others = (*policy.people[person].channels, *usable(policy, settings))
    return tuple(dict.fromkeys((*named[first:], *named[:first], *others)))


def with_further_pages(
    timed: Sequence[Timed],
    each: Round,
    policy: Policy,
    own: Mapping[str, OwnSettings],
    urgency: Urgency,
) -> tuple[list[Timed], list[str]]:
    """The pages of a round with those that people's own rules add; and the reasons, in words.

    A person's rules count from the first page that goes to them through no channel in particular.
    All other pages stay what they are, and when: where a rule would page after the round's last
    page, the next rounds stand here too, so that the last page is the policy's.

    timed: in the order of time.
    """
    further: list[Timed] = []
    reasons: list[str] = []
    for moment, chain in _first_pages(timed):
        person = chain[0]
        settings = own.get(person, NOTHING_SET)
        rules = rules_of(policy, person, settings, urgency) if person in policy.people else []
        added = [
            (moment + rule.after, (chain,), order_of_channels(policy, person, settings, urgency, n))
            for n, rule in enumerate(rules)
            if rule.after and moment + rule.after < each.ends
        ]
        if added:
            reasons.append(f"the rules of {person}: {rules_in_words(tuple(rules))}")
        further += added
    if not further:
        return list(timed), []
    begins, last = timed[0][0], timed[-1][0]
    latest = max(moment for moment, _, _ in further)
    length = last - begins + each.again_after
    rounds, shift = list(timed), timedelta()
    while last + shift < latest and len(rounds) + len(timed) <= MOST_PAGES:
        shift += length
        rounds += [(moment + shift, chains, through) for moment, chains, through in timed]
    kept = [page for page in further if page[0] <= last + shift]
    if len(kept) < len(further):
        reasons.append(f"some rules page too late: a round ends after {MOST_PAGES} pages")
    return sorted([*rounds, *kept], key=lambda page: page[0]), reasons


def whose_address(policy: Policy, own: Mapping[str, OwnSettings], address: str) -> tuple[str, ...]:
    """The people who have verified that this mail address, or number, is theirs."""
    return tuple(
        person
        for person, settings in own.items()
        for channel in usable(policy, settings).values()
        if address and channel.address.casefold() == address.casefold()
    )


def unmet_demands(
    policy: Policy,
    own: Mapping[str, OwnSettings],
    devices: Mapping[str, int],
    people: Iterable[str],
) -> tuple[str, ...]:
    """Who of these people does not meet the policy's `contact_demands`, in words.

    devices: how many of a person's devices get pages. Each is a channel of their own, all of them
        by one method, where the policy gives that person a channel that reaches devices.

    Whoever has rules for what is urgent has to have as many in these, the policy's counted too.
    """
    found = []
    for person in dict.fromkeys(people):
        settings = own.get(person, NOTHING_SET)
        theirs = [_Way(name, channel.method) for name, channel in usable(policy, settings).items()]
        for name in policy.people[person].push_channels[:1]:
            theirs += [_Way(name, "webpush://")] * devices.get(person, 0)
        named = {rule.through for rule in rules_of(policy, person, settings, Urgency.HIGH)}
        others = named - {way.channel for way in theirs}
        ruled = [way for way in theirs if way.channel in named] + [_Way(n, n) for n in others]
        if short := _short_of(policy, theirs, "verified channel"):
            found.append(f"{person} has {short}")
        elif named and (short := _short_of(policy, ruled, "channel")):
            found.append(f"the rules of {person} for what is urgent use {short}")
    return tuple(found)


class _Way(NamedTuple):
    """One place where a person is reached, by the name of its channel and its method."""

    channel: str
    method: str


def _short_of(policy: Policy, ways: Sequence[_Way], what: str) -> str:
    """What there is and what the policy demands, in words; empty where it is enough."""
    demands, methods = policy.contact_demands, {way.method for way in ways}
    own = " of their own" if what == "verified channel" else ""
    has = f"{_counted(len(ways), what)}{own}"
    if len(ways) < demands.verified:
        return f"{has}; the policy demands {demands.verified}"
    if len(methods) < demands.methods:
        by = _counted(len(methods), "contact method")
        return f"{has}, by {by}; the policy demands {demands.methods}"
    return ""


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _first_pages(timed: Sequence[Timed]) -> Iterator[tuple[timedelta, Chain]]:
    """The first page of each person that names no channel, and who is tried after them."""
    seen: set[str] = set()
    for moment, chains, through in timed:
        for chain in chains:
            if not through and chain[0] not in seen:
                seen.add(chain[0])
                yield moment, chain
