"""Delivering a message: at least once, and not again when the ledger has it as delivered.

In a storm the pages of one person are held for a while and go out as one digest.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from standfast.incidents import notification_texts as texts
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Delivery, Notification
from standfast.notification.channels import Channels
from standfast.notification.errors import KeyReused, NotDelivered
from standfast.notification.ledger import DeliveryLedger, fingerprint
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.notification.rendering import NO_LINKS, Links, Renderer
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import DeliveryState, KnownDelivery, SentThrough
from standfast.records.digest import Digest


class MessageDelivery:
    """Delivers messages for the workflow's activities and for the watchdog."""

    def __init__(
        self,
        policy: PolicySource,
        channels: Channels,
        ledger: DeliveryLedger,
        links: Links = NO_LINKS,
    ) -> None:
        self._policy = policy
        self._channels = channels
        self._ledger = ledger
        self._renderer = Renderer(policy, links)

    async def deliver(
        self, notification: Notification, asked_at: datetime | None = None
    ) -> Delivery:
        """Reach one recipient through the first of their channels that takes the message.

        In a storm a page may be held for a digest instead: then nothing has been sent yet.

        asked_at: when somebody is asked, on the clock of the incident and the same at every
            attempt; links by which they answer hold for this question. None: there are none.

        Raises:
            UnknownRecipient, KeyReused, NotForThis: for good.
            Undeliverable: another attempt may succeed.
        """
        delivery = await self._delivered(notification, asked_at)
        return delivery.model_copy(update={"policy_version": self._policy.current().version})

    def forget(self, notification: Notification) -> bool:
        """Take a page that is held out of its digest.

        False when it is not held, or when its digest is on its way.

        Raises:
            RecordsUnavailable: the record store is away.
        """
        return self._ledger.forget(notification)

    async def _delivered(self, notification: Notification, asked_at: datetime | None) -> Delivery:
        text = fingerprint(notification)
        opened = await self._ledger.open(notification, text)
        if isinstance(opened, Digest):
            return await self._send_digest(opened, notification, asked_at)
        if opened:
            known, held_for = opened
            if _is_another(known, notification.recipient, text):
                again = await self._under_new_key(notification, known)
                return await self._delivered(again, asked_at)
            if settled := _settled(known, held_for):
                return settled
        is_in_doubt = opened is not None and opened.known.is_in_doubt
        said = await self._ledger.as_it_is_now(notification)
        try:
            reached = await self._reach(said, asked_at, lambda _: said, is_in_doubt=is_in_doubt)
        except NotDelivered as problem:
            await self._ledger.undelivered(notification, text, problem, is_in_doubt=is_in_doubt)
            raise
        await self._ledger.delivered(notification, text, reached)
        return Delivery(
            key=notification.key,
            recipient=notification.recipient,
            channel=reached.channel,
            problems=_problems(reached),
            detail=reached.detail,
        )

    async def _reach(
        self,
        message: Notification,
        asked_at: datetime | None,
        saying: Callable[[str], Notification],
        *,
        is_in_doubt: bool,
    ) -> SentThrough:
        """Send it, as it is said through each channel.

        saying: what it says through that channel of the recipient's own; "" for the policy's.
        """

        def rendering(form: ChannelForm, *, own_channel: str, **how: Any) -> OutgoingMessage:
            said = saying(own_channel)
            return self._renderer.render(said, form, asked_at, own_channel=own_channel, **how)

        return await self._channels.reach(
            message, rendering, asked_at or datetime.now(UTC), is_in_doubt=is_in_doubt
        )

    async def _under_new_key(
        self, notification: Notification, known: KnownDelivery
    ) -> Notification:
        """The message under a key of its own, where its run was reset since the key was used.

        A reset run may say something else in the same step, and that must be said.
        """
        key, repairs = notification.key, await self._ledger.repairs(notification)
        suffix = f":r{repairs}"
        if repairs and not key.endswith(suffix):
            return notification.model_copy(update={"key": f"{key}{suffix}"})
        is_of_another = known.recipient != notification.recipient
        what = f"for {known.recipient}" if is_of_another else "with another text"
        raise KeyReused(f"the key {key} was used before, {what}; a key belongs to one message")

    async def _send_digest(
        self, digest: Digest, asked_by: Notification, asked_at: datetime | None
    ) -> Delivery:
        """Send the digest's pages as one message; each of them is then delivered."""
        meanwhile = await self._ledger.since_held(digest)
        who = asked_by.recipient
        message = asked_by.model_copy(
            update={
                "key": digest.key,
                "priority": digest.pages[0].priority,
                "incident_id": "",
            }
        )

        def saying(own_channel: str) -> Notification:
            link = self._renderer.page_link
            links = {
                page.incident_id: link(page.key, page.incident_id, who, asked_at, own_channel)
                for page in digest.pages
            }
            content = texts.digest_content(asked_by.team, digest.pages, meanwhile, links)
            return message.model_copy(update={"content": content})

        try:
            reached = await self._reach(message, asked_at, saying, is_in_doubt=digest.is_in_doubt)
        except NotDelivered as problem:
            await self._ledger.digest_not_sent(digest, problem)
            raise
        await self._ledger.digest_sent(digest, reached)
        return Delivery(
            key=asked_by.key,
            recipient=asked_by.recipient,
            channel=reached.channel,
            problems=_problems(reached),
            detail=", ".join(filter(None, (digest.detail, reached.detail))),
        )


def _problems(reached: SentThrough) -> tuple[str, ...]:
    return tuple(f"{channel}: {problem}" for channel, problem in reached.not_through)


def _settled(known: KnownDelivery, held_for: timedelta | None) -> Delivery | None:
    """The answer if nothing has to be sent."""
    key, recipient = known.key, known.recipient
    if known.state is DeliveryState.DELIVERED:
        return Delivery(
            key=key,
            recipient=recipient,
            channel=known.channel,
            repeated=True,
            detail=known.detail,
        )
    if known.state is DeliveryState.FORGOTTEN:
        return Delivery(key=key, recipient=recipient, repeated=True, detail="forgotten")
    if held_for:
        return Delivery(key=key, recipient=recipient, held_for=held_for)
    return None


def _is_another(known: KnownDelivery, recipient: str, text: str) -> bool:
    return (known.recipient, known.fingerprint) != (recipient, text)
