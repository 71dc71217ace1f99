"""What people do with channels of their own: add, verify, test, remove, and set their rules.

The API, the console and commands do it here. Each change is in the audit log. Nothing that a person
writes goes into what is sent, and no page goes to a channel before its code has come back.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from standfast.decisions.personal_channels import problem_with, unmet_demands, usable
from standfast.incidents.own_channel import (
    MOST_OWN_CHANNELS,
    MaskedChannel,
    MyChannels,
    NewOwnChannel,
    OwnChannel,
    OwnSettings,
    PagingRules,
    UsedChannel,
    rules_in_words,
)
from standfast.intake.errors import Refused, Unavailable
from standfast.messages.message import words_of
from standfast.outgoing.secrets import NoSuchSecret
from standfast.own_channels.messages import code_message, test_page
from standfast.own_channels.sending import ChannelSender
from standfast.policy import Policy
from standfast.policy.contact_methods import KINDS, ContactMethod
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.own_channels import CODE_HOLDS_FOR, MOST_TRIES, CodeState
from standfast.records.store import RecordStore

OF_PERSON, TO_ADDRESS, OF_ALL = 10, 3, 60
"""Codes and test pages an hour: that one person asks for, to one address, and altogether."""

Audit = Callable[[AuditEvent], Awaitable[None]]


class Dependencies(NamedTuple):
    """What changes need: the policy in force, the record store, a sender, and the audit log."""

    policy: Policy
    records: RecordStore
    sender: ChannelSender
    audit: Audit


class OwnChannelSetup:
    """The channels of one person of the policy, whom the caller has made sure of.

    Raises Refused for what makes no sense, Unavailable where a message cannot be sent now.
    """

    def __init__(self, person: str, needs: Dependencies) -> None:
        """Refused: the policy has nobody of that name."""
        self._policy, self._records, self._sender, self._audit = needs
        if person not in self._policy.people:
            raise Refused(
                f"the policy's people have nobody called {person!r}: only they have channels. "
                "Whoever is one of them needs a token or account of the name in the policy"
            )
        self._person = person

    async def shown(self) -> MyChannels:
        """Everything that the person sees."""
        settings = await self._settings()
        return MyChannels(
            person=self._person,
            methods={
                name: method.kind.words for name, method in self._policy.contact_methods.items()
            },
            of_policy=tuple(self._policy.people[self._person].channels),
            own=tuple(
                UsedChannel(channel=each, problem=problem_with(self._policy, each))
                for each in settings.channels
            ),
            rules=settings.rules,
            problems=unmet_demands(self._policy, {self._person: settings}, [self._person]),
        )

    async def add(self, asked: NewOwnChannel) -> OwnChannel:
        """Add a channel, and send a code through it."""
        method = self._method(asked.method)
        try:
            address = method.kind.checked(asked.address)
        except ValueError as wrong:
            raise Refused(f"address: {wrong}") from None
        settings = await self._settings()
        if any(
            (each.method, each.address) == (asked.method, address) for each in settings.channels
        ):
            raise Refused("you have this channel already")
        if len(settings.channels) >= MOST_OWN_CHANNELS:
            raise Refused(f"you have {MOST_OWN_CHANNELS} channels, the most that are possible")
        name = self._name_for(asked, settings)
        added = await self._records.run(
            self._records.own_channels.add, self._person, asked.method, name, address
        )
        if added is None:
            raise Refused(f"you have a channel called {name}: give this one another name")
        await self._record(AuditKind.CHANNEL_ADDED, added)
        await self._send_code(added)
        return added

    async def send_code(self, channel_id: str) -> OwnChannel:
        """Send another code; an earlier one does not count any more."""
        channel = await self._channel(channel_id)
        if channel.verified_at:
            raise Refused(f"{channel.name} is verified already")
        await self._send_code(channel)
        return channel

    async def verify(self, channel_id: str, code: str) -> OwnChannel:
        """Verify a channel by the code that came through it."""
        channel = await self._channel(channel_id)
        if channel.verified_at:
            return channel
        digits = "".join(code.split())
        state = await self._records.run(
            self._records.own_channels.verify, self._person, channel_id, digits
        )
        if state is not CodeState.RIGHT:
            raise Refused(_NOT_VERIFIED[state])
        await self._record(AuditKind.CHANNEL_VERIFIED, channel)
        return await self._channel(channel_id)

    async def test(self, channel_id: str) -> OwnChannel:
        """Send the person a test page through this channel alone."""
        channel = await self._channel(channel_id)
        if problem := problem_with(self._policy, channel):
            raise Refused(f"{channel.name} is not used: {problem}")
        title, body = test_page(self._policy.organisation)
        await self._send(channel, title, body, is_page=True)
        return channel

    async def remove(self, channel_id: str) -> OwnChannel:
        """Remove a channel. Rules that name it are passed over."""
        gone = await self._records.run(self._records.own_channels.remove, self._person, channel_id)
        if gone is None:
            raise Refused(f"you have no channel {channel_id}")
        await self._record(AuditKind.CHANNEL_REMOVED, gone)
        return gone

    async def set_rules(self, rules: PagingRules) -> PagingRules:
        """Set the rules in place of those before."""
        there = {
            *self._policy.people[self._person].channels,
            *usable(self._policy, await self._settings()),
        }
        for rule in (*rules.high, *rules.low):
            if rule.through not in there:
                raise Refused(
                    f"you have no channel {rule.through!r} that is used; there are: "
                    f"{', '.join(sorted(there))}"
                )
        await self._records.run(self._records.own_channels.set_rules, self._person, rules)
        quiet = rules.quiet
        told = (
            f"high: {rules_in_words(rules.high) or 'as the policy says'}; "
            f"low: {rules_in_words(rules.low) or 'as the policy says'}"
        )
        if quiet:
            told += f"; quiet {quiet.begins:%H:%M}-{quiet.ends:%H:%M} {quiet.time_zone}"
        await self._audit(
            AuditEvent(
                AuditKind.PAGING_RULES_SET, by=self._person, subject=self._person, detail=told
            )
        )
        return rules

    async def _send_code(self, channel: OwnChannel) -> None:
        code = f"{secrets.randbelow(1_000_000):06}"
        await self._records.run(self._records.own_channels.open_code, channel.id, code)
        title, body = code_message(self._policy.organisation, code, CODE_HOLDS_FOR)
        await self._send(channel, title, body, is_page=False)

    async def _send(self, channel: OwnChannel, title: str, body: str, *, is_page: bool) -> None:
        method = self._method(channel.method)
        try:
            url = self._sender.url_of(method, channel.address)
        except NoSuchSecret as missing:
            raise Refused(
                f"{channel.method} cannot be used: {missing.variable} is not set where this runs"
            ) from None
        except ValueError as wrong:
            raise Refused(f"{channel.method} cannot be used: {wrong}") from None
        spend = partial(
            self._records.own_channels.spend,
            of_person=OF_PERSON,
            to_address=TO_ADDRESS,
            of_all=OF_ALL,
        )
        wait = await self._records.run(spend, self._person, channel.address)
        if wait:
            raise Refused(f"too many codes and test pages were sent: try again in {words_of(wait)}")
        problem = await self._sender.send(url, channel, title, body, is_page=is_page)
        if problem:
            raise Unavailable(f"{channel.name}: {problem}. Try again, or see whether it is right")

    def _method(self, name: str) -> ContactMethod:
        offered = self._policy.contact_methods
        if name not in offered:
            there_are = ", ".join(offered) or "none: an administrator names some in the policy"
            raise Refused(f"the policy offers no {name!r}; its contact_methods are: {there_are}")
        return offered[name]

    def _name_for(self, asked: NewOwnChannel, settings: OwnSettings) -> str:
        of_policy = self._policy.people[self._person].channels
        taken = {*of_policy, *(each.name for each in settings.channels)}
        if asked.name in of_policy:
            raise Refused(f"name: the policy has given you a channel called {asked.name}")
        free = (f"{asked.method}-{number}" for number in range(2, 2 + len(taken)))
        return asked.name or next(name for name in (asked.method, *free) if name not in taken)

    async def _channel(self, channel_id: str) -> OwnChannel:
        for each in (await self._settings()).channels:
            if each.id == channel_id:
                return each
        raise Refused(f"you have no channel {channel_id}")

    async def _settings(self) -> OwnSettings:
        return await self._records.run(self._records.own_channels.of, self._person)

    async def _record(self, kind: AuditKind, channel: OwnChannel) -> None:
        masked = _masked(self._policy, channel)
        await self._audit(
            AuditEvent(
                kind,
                by=self._person,
                subject=f"{channel.id} of {self._person}",
                detail=f"{channel.name}: {channel.method} {masked}",
            )
        )


def seen_by_operators(policy: Policy, records: RecordStore) -> Sequence[MaskedChannel]:
    """Everybody's own channels, their addresses masked; in the order of the policy's people."""
    everybody = records.own_channels.all()
    return [
        MaskedChannel(
            person=person,
            id=each.id,
            name=each.name,
            method=each.method,
            address=_masked(policy, each),
            verified_at=each.verified_at,
            problem=problem_with(policy, each),
        )
        for person in policy.people
        if person in everybody
        for each in everybody[person].channels
    ]


def _masked(policy: Policy, channel: OwnChannel) -> str:
    method = policy.contact_methods.get(channel.method)
    kind = method.kind if method else KINDS["topic"]
    return kind.masked(channel.address)


_NOT_VERIFIED = {
    CodeState.WRONG: "this is not the code that was sent",
    CodeState.TOO_LATE: f"the code was good for {words_of(CODE_HOLDS_FOR)}: have another one sent",
    CodeState.TOO_OFTEN: f"a code was wrong {MOST_TRIES} times: have another one sent",
    CodeState.NOT_ASKED: "no code was sent through this channel: have one sent",
}
