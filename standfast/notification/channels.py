"""Reaching one recipient: their channels in order, until one takes the message."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from standfast.decisions.suppression import waits_until
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Audience, Notification
from standfast.incidents.own_channel import NOTHING_SET, OwnSettings
from standfast.messages.message import short
from standfast.notification.addresses import Address, addresses_of
from standfast.notification.errors import NotForThis, Undeliverable
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.registry import get_ready, kind_of
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import Attempt, CircuitBreaker, SendResult
from standfast.policy import Policy
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import SentThrough
from standfast.records.errors import RecordsUnavailable

TRY_FOR = timedelta(seconds=20)
"""How long one channel may take before the next one is tried."""

TRY_ALL_FOR = timedelta(seconds=80)
"""How long all channels together may take: they, and the ledger, fit into one try of the workflow.

With more than a few channels each of them gets less than `TRY_FOR`.
"""

PERHAPS_TWICE = "perhaps for the second time: what became of an earlier attempt is not known"
"""What the timeline and the ledger say of a message whose recipient may have two of it."""

LOOK_UP_WITHIN = 5.0
"""Seconds for what people have set themselves: a message does not wait for the record store."""

_log = logging.getLogger(__name__)


class Rendering(Protocol):
    """The message in the form of a channel; the parameters as for `Renderer.render`."""

    def __call__(
        self,
        form: ChannelForm,
        *,
        reply_by: Mapping[str, str],
        has_button: bool,
        is_mail: bool,
        own_channel: str,
    ) -> OutgoingMessage: ...


class Channels:
    """Sends messages by the channels of the policy that is in force now."""

    def __init__(
        self,
        policy: PolicySource,
        context: KindContext,
        try_for: timedelta = TRY_FOR,
        circuit_breaker: CircuitBreaker | None = None,
    ) -> None:
        """`context` is what the kinds of channels send with."""
        self._policy = policy
        self._context = context
        self._try_for = try_for
        self._circuit_breaker = circuit_breaker or CircuitBreaker()
        get_ready()

    async def reach(
        self,
        message: Notification,
        rendering: Rendering,
        at: datetime,
        *,
        is_in_doubt: bool = False,
    ) -> SentThrough:
        """Try the recipient's channels in order.

        rendering: what is sent, by the form of the channel. at: now, by the incident's clock.
        is_in_doubt: an earlier attempt may have got through.

        Raises:
            UnknownRecipient: there are none.
            NotForThis: an all clear, which does not disturb anybody: it is their night, or there
                are only phones to call.
            Undeliverable: none took it.
        """
        policy = self._policy.current()
        own = await self._set_by(message, policy)
        if message.purpose.is_all_clear:
            _check_is_no_night(message, policy, own, at)
        addresses = self._addresses_for(message, policy, own)
        within = min(self._try_for, TRY_ALL_FOR / len(addresses))
        failed: list[tuple[str, str]] = []
        open_until: list[datetime] = []
        in_doubt = False
        for address in addresses:
            attempt = await self._attempt(address, message, rendering, within)
            if not attempt.problem:
                kind = kind_of(address.url)
                return SentThrough(
                    address.channel,
                    tuple(failed),
                    kind.provider,
                    attempt.provider_id,
                    PERHAPS_TWICE if is_in_doubt and (failed or not kind.once) else "",
                )
            failed.append((address.channel, attempt.problem))
            open_until += [attempt.open_until] if attempt.open_until else []
            in_doubt |= attempt.in_doubt and not kind_of(address.url).once
            _log.warning(
                "%s: did not go through %s: %s", message.key, address.channel, attempt.problem
            )
        problems = "; ".join(f"{channel}: {problem}" for channel, problem in failed)
        if len(open_until) == len(addresses):
            first = min(open_until)
            why = (
                f"the circuit breaker of every channel of {message.recipient} is open, "
                f"the first until {short(first)}"
            )
            raise Undeliverable(f"{why}. {problems}", failed, first)
        raise Undeliverable(
            f"no channel of {message.recipient} took it. {problems}", failed, in_doubt=in_doubt
        )

    async def names(self, message: Notification, *forms: ChannelForm) -> tuple[str, ...]:
        """The recipient's channels of these forms, in the order to try.

        Raises:
            UnknownRecipient: they have no channels at all.
        """
        policy = self._policy.current()
        own = await self._set_by(message, policy)
        return tuple(
            each.channel
            for each in addresses_of(message, policy, self._context.environment, own)
            if not each.problem and kind_of(each.url).form_of(each.url) in forms
        )

    def _addresses_for(
        self, message: Notification, policy: Policy, own: OwnSettings
    ) -> list[Address]:
        """Where to try it. For an all clear nobody is called, and what can take the place of a page
        comes first.
        """
        environment = self._context.environment
        addresses = addresses_of(message, policy, environment, own)
        if not message.purpose.is_all_clear:
            return addresses
        anywhere = message.model_copy(update={"through": ()})
        others = addresses_of(anywhere, policy, environment, own)
        quiet = _not_calls(addresses) or _not_calls(others)
        if not quiet:
            raise NotForThis(f"{message.recipient} has only phones to call, which is for pages")
        return sorted(quiet, key=_is_seen_beside_the_page)

    async def _set_by(self, message: Notification, policy: Policy) -> OwnSettings:
        """What the recipient has set themselves, where the policy lets people.

        Without the record store, the policy's channels are used.
        """
        records = self._context.records
        if not policy.contact_methods or message.audience is not Audience.PERSON or not records:
            return NOTHING_SET
        try:
            async with asyncio.timeout(LOOK_UP_WITHIN):
                return await records.run(records.own_channels.of, message.recipient)
        except (RecordsUnavailable, TimeoutError) as away:
            _log.warning("%s: goes by the policy's channels alone: %s", message.key, away)
            return NOTHING_SET

    async def _attempt(
        self, address: Address, message: Notification, rendering: Rendering, within: timedelta
    ) -> Attempt:
        if address.problem:
            return Attempt(address.problem)
        kind = kind_of(address.url)

        def work() -> SendResult:
            url = address.url
            reply_by = kind.reply_by(url, message, self._context)
            words = rendering(
                kind.form_of(url),
                reply_by=reply_by,
                has_button=kind.has_button,
                is_mail=kind.is_mail(url),
                own_channel=address.own_channel,
            )
            return kind.send(url, replace(words, channel=address.channel), self._context)

        breaker = kind.breaker_of(address.service, message.recipient)
        return await self._circuit_breaker.attempt(breaker, work, within)


def _check_is_no_night(
    message: Notification, policy: Policy, own: OwnSettings, at: datetime
) -> None:
    """An all clear of what could wait for somebody's day does not come at their night.

    Raises:
        NotForThis: it is night for the recipient.
    """
    who, priority = message.recipient, message.priority
    if begins := waits_until(policy, priority, who, at, own.rules.quiet):
        raise NotForThis(
            f"{priority} does not disturb {who} outside their day, which begins {short(begins)}"
        )


def _is_seen_beside_the_page(address: Address) -> bool:
    """Whether news through it does not take the place of the page that came by it."""
    return bool(address.problem) or not kind_of(address.url).replaces


def _not_calls(addresses: Iterable[Address]) -> list[Address]:
    return [
        each
        for each in addresses
        if each.problem or kind_of(each.url).form_of(each.url) is not ChannelForm.VOICE
    ]
