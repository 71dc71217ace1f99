"""What people do with channels of their own: add, verify, test, remove, and set their rules.

The API, the console and commands do it here. Each change is in the audit log. Nothing that a person
writes goes into what is sent, and no page goes to a channel before its code has come back.
"""

import secrets
from datetime import UTC, datetime

from standfast.decisions.personal_channels import problem_with, unmet_demands, usable
from standfast.incidents.own_channel import (
    MOST_OWN_CHANNELS,
    MyChannels,
    NewOwnChannel,
    OwnChannel,
    OwnChannelAction,
    OwnSettings,
    PagingRules,
    UsedChannel,
    rules_in_words,
)
from standfast.intake.errors import Refused, Unavailable
from standfast.messages.message import words_of
from standfast.notification.addresses import Address
from standfast.notification.channel_test import Dependencies, count_message, send_test
from standfast.notification.errors import TooManyTests
from standfast.own_channels.messages import code_message
from standfast.policy.contact_methods import ContactMethod, masked
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.own_channels import CODE_HOLDS_FOR, MOST_TRIES, CodeState


class OwnChannelSetup:
    """The channels of one person of the policy, whom the caller has made sure of.

    Raises Refused for what makes no sense, Unavailable where a message cannot be sent now.
    """

    def __init__(self, person: str, needs: Dependencies) -> None:
        """Refused: the policy has nobody of that name."""
        self._needs = needs
        self._policy, self._records = needs.policy, needs.records
        if person not in self._policy.people:
            raise Refused(
                f"the policy's people have nobody called {person!r}: only they have channels. "
                "Whoever is one of them needs a token or account of the name in the policy"
            )
        self._person = person

    async def shown(self) -> MyChannels:
        """Everything that the person sees."""
        settings = await self._settings()
        own = {self._person: settings}
        devices = await self._records.run(self._records.push_devices.counted, datetime.now(UTC))
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
            problems=unmet_demands(self._policy, own, devices, [self._person]),
        )

    async def add(self, asked: NewOwnChannel) -> OwnChannel:
        """Add a channel, and send a code through it."""
        method = self._method(asked.method)
        try:
            address = method.kind.checked(asked.address)
        except ValueError as wrong:
            raise Refused(f"address: {wrong}") from None
        settings = await self._settings()
        this = (asked.method, address.casefold())
        if any((each.method, each.address.casefold()) == this for each in settings.channels):
            raise Refused("you have this channel already")
        if len(settings.channels) >= MOST_OWN_CHANNELS:
            raise Refused(f"you have {MOST_OWN_CHANNELS} channels, the most that are possible")
        name = self._name_for(asked, settings)
        where = await self._address_for_code(asked.method, name, address)
        added = await self._records.run(
            self._records.own_channels.add, self._person, asked.method, name, address
        )
        if added is None:
            raise Refused("your channels have just changed: look at them, and try again")
        await self._record(AuditKind.CHANNEL_ADDED, added)
        await self._send_code(added, where)
        return added

    async def send_code(self, channel_id: str) -> OwnChannel:
        """Send another code; an earlier one does not count any more."""
        channel = await self._channel(channel_id)
        if channel.verified_at:
            raise Refused(f"{channel.name} is verified already")
        where = await self._address_for_code(channel.method, channel.name, channel.address)
        await self._send_code(channel, where)
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
        verified = await self._channel(channel_id)
        if state is CodeState.RIGHT:
            await self._record(AuditKind.CHANNEL_VERIFIED, verified)
        elif not verified.verified_at:  # else the same code was typed twice at once
            raise Refused(_NOT_VERIFIED[state])
        return verified

    async def test(self, channel_id: str) -> OwnChannel:
        """Send the person a test page through this channel alone."""
        channel = await self._channel(channel_id)
        if problem := problem_with(self._policy, channel):
            raise Refused(f"{channel.name} is not used: {problem}")
        try:
            tested = await send_test(self._needs, self._person, channel.name, self._person)
        except TooManyTests as wait:
            raise Refused(str(wait)) from None
        if tested.problem:
            raise _not_sent(channel.name, tested.problem)
        return channel

    async def remove(self, channel_id: str) -> OwnChannel:
        """Remove a channel. Rules that name it are passed over."""
        gone = await self._records.run(self._records.own_channels.remove, self._person, channel_id)
        if gone is None:
            raise Refused(f"you have no channel {channel_id}")
        await self._record(AuditKind.CHANNEL_REMOVED, gone)
        return gone

    async def act(self, action: OwnChannelAction, channel_id: str) -> OwnChannel:
        """Do with a channel what needs nothing besides it."""
        does = {
            OwnChannelAction.CODE: self.send_code,
            OwnChannelAction.TEST: self.test,
            OwnChannelAction.REMOVE: self.remove,
        }
        return await does[action](channel_id)

    async def set_rules(self, rules: PagingRules) -> PagingRules:
        """Set the rules in place of those before."""
        settings = await self._settings()
        before = (*settings.rules.high, *settings.rules.low)
        there = {
            *self._policy.people[self._person].channels,
            *usable(self._policy, settings),
        }
        # A rule whose channel is gone may stay, whatever else is changed: it is passed over.
        kept = {rule.through for rule in before}
        for rule in (*rules.high, *rules.low):
            if rule.through not in there | kept:
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
        await self._needs.audit(
            AuditEvent(
                AuditKind.PAGING_RULES_SET, by=self._person, subject=self._person, detail=told
            )
        )
        return rules

    async def _send_code(self, channel: OwnChannel, address: Address) -> None:
        code = f"{secrets.randbelow(1_000_000):06}"
        await self._records.run(self._records.own_channels.open_code, channel.id, code)
        words = code_message(self._policy.organisation, code, CODE_HOLDS_FOR)
        sent = await self._needs.sender.send(self._person, address, words)
        if sent.problem:
            raise _not_sent(channel.name, sent.problem)

    async def _address_for_code(self, method: str, name: str, address: str) -> Address:
        """Where a code goes, and that one more may. Before anything changes: a code that is not
        sent must not take the place of one that was, nor give new tries to whoever guesses.
        """
        found = self._needs.sender.own_address_of(name, self._method(method), address)
        if found.problem:
            raise Refused(f"{method} cannot be used: {found.problem}")
        try:
            await count_message(self._records, self._person, address)
        except TooManyTests as wait:
            raise Refused(str(wait)) from None
        return found

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
        if asked.name in taken:
            raise Refused(f"you have a channel called {asked.name}: give this one another name")
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
        shown = masked(self._policy.contact_methods.get(channel.method), channel.address)
        await self._needs.audit(
            AuditEvent(
                kind,
                by=self._person,
                subject=f"{channel.id} of {self._person}",
                detail=f"{channel.name}: {channel.method} {shown}",
            )
        )


def _not_sent(channel: str, problem: str) -> Unavailable:
    return Unavailable(f"{channel}: {problem}. Try again, or see whether it is right")


_NOT_VERIFIED = {
    CodeState.WRONG: "this is not the code that was sent",
    CodeState.TOO_LATE: f"the code was good for {words_of(CODE_HOLDS_FOR)}: have another one sent",
    CodeState.TOO_OFTEN: f"a code was wrong {MOST_TRIES} times: have another one sent",
    CodeState.NOT_ASKED: "no code was sent through this channel: have one sent",
}
