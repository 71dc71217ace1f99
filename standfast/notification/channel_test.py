"""Lists the channels of people, the policy's and their own, and sends a test through one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import NamedTuple

from standfast.decisions.personal_channels import problem_with, usable
from standfast.decisions.policy_names import no_such
from standfast.incidents.channel_list import ChannelTestResult, ListedChannel
from standfast.incidents.own_channel import NOTHING_SET, OwnChannel, OwnSettings
from standfast.messages.message import words_of
from standfast.notification.addresses import Address
from standfast.notification.channel_sender import ChannelSender, Words
from standfast.notification.errors import TooManyTests, UnknownRecipient
from standfast.notification.kinds.kind import scheme_of
from standfast.notification.kinds.registry import kind_of
from standfast.policy import Policy
from standfast.policy.contact_methods import masked
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore

Audit = Callable[[AuditEvent], Awaitable[None]]


class Dependencies(NamedTuple):
    """What is needed: the policy in force, the record store, a sender, and the audit log."""

    policy: Policy
    records: RecordStore
    sender: ChannelSender
    audit: Audit


async def listed_channels(needs: Dependencies, person: str = "") -> tuple[ListedChannel, ...]:
    """The channels of a person, or of everybody: the policy's, then what they have added.

    Raises:
        UnknownRecipient: the policy has nobody of that name.
        RecordsUnavailable: what people have added is not known.
    """
    policy, sender = needs.policy, needs.sender
    if person:
        _must_exist(policy, person)
    own: Mapping[str, OwnSettings] = {}
    if policy.contact_methods:
        own = await needs.records.run(needs.records.own_channels.all)
    people = [person] if person else [*policy.people]

    def listed() -> Iterator[ListedChannel]:
        for key in people:
            for name, url in policy.people[key].channels.items():
                yield _listed(key, sender.address_of(name, url))
            for each in own.get(key, NOTHING_SET).channels:
                yield _listed_own(policy, sender, each)

    return await asyncio.to_thread(lambda: tuple(listed()))


async def send_test(needs: Dependencies, person: str, channel: str, by: str) -> ChannelTestResult:
    """Send a test message through exactly that channel, as loud as a page; the audit log has it.

    Raises:
        UnknownRecipient: the policy has nobody of that name, or they have no such channel.
        TooManyTests: so many went to what they have added that they have to wait.
        RecordsUnavailable: what people have added is not known.
    """
    policy, records = needs.policy, needs.records
    _must_exist(policy, person)
    theirs = policy.people[person].channels
    if channel in theirs:
        address = needs.sender.address_of(channel, theirs[channel])
    else:
        settings = NOTHING_SET
        if policy.contact_methods:
            settings = await records.run(records.own_channels.of, person)
        own = usable(policy, settings)
        if channel not in own:
            there = ", ".join([*theirs, *own]) or "none"
            raise UnknownRecipient(
                f"{person} has no channel called {channel!r}; there are: {there}"
            )
        method = policy.contact_methods[own[channel].method]
        address = needs.sender.own_address_of(channel, method, own[channel].address)
        await count_message(records, person, own[channel].address)
    words = Words(
        "Test: nothing is wrong",
        f"This is a test of the channel {channel} of {person}, sent by {by}. There is nothing to "
        "do. A page will arrive like this.",
        is_page=True,
    )
    tested = await needs.sender.send(person, address, words)
    subject = f"{channel} of {person}"
    await needs.audit(
        AuditEvent(AuditKind.CHANNEL_TESTED, by=by, subject=subject, detail=tested.words)
    )
    return tested


async def count_message(records: RecordStore, person: str, address: str) -> None:
    """Count a message to an address that a person has given us. Raises TooManyTests."""
    if wait := await records.run(records.own_channels.spend, person, address):
        raise TooManyTests(
            f"too many codes and test messages were sent: try again in {words_of(wait)}"
        )


def _must_exist(policy: Policy, person: str) -> None:
    if person not in policy.people:
        raise UnknownRecipient(no_such("person", person, policy.people))


def _listed_own(policy: Policy, sender: ChannelSender, channel: OwnChannel) -> ListedChannel:
    listed = ListedChannel(person=channel.person, name=channel.name)
    if method := policy.contact_methods.get(channel.method):
        address = sender.own_address_of(channel.name, method, channel.address)
        listed = _listed(channel.person, address)
    unused = problem_with(policy, channel)
    more = {
        "method": channel.method,
        "address": masked(method, channel.address),
        "problem": unused or listed.problem,
    }
    return listed.model_copy(update=more)


def _listed(person: str, address: Address) -> ListedChannel:
    if address.problem:
        return ListedChannel(person=person, name=address.channel, problem=address.problem)
    kind = kind_of(address.url)
    return ListedChannel(
        person=person,
        name=address.channel,
        kind=scheme_of(address.url),
        form=kind.form_of(address.url),
        problem=kind.problem_of(address.url),
    )
