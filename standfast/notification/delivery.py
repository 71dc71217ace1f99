"""Delivering a message: at least once, and not again when the ledger has it as delivered.

In a storm the pages of one person are held for a while and go out as one digest.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from standfast.incidents import notification_texts as texts
from standfast.incidents.ids import episode_of
from standfast.incidents.notification import Audience, Delivery, Notification, Purpose
from standfast.notification.channels import Channels
from standfast.notification.errors import KeyReused, NotDelivered
from standfast.notification.ledger import DeliveryLedger, fingerprint
from standfast.notification.outgoing_message import outgoing
from standfast.notification.question import Question
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import DeliveryState, KnownDelivery, SentThrough
from standfast.records.digest import Digest

AnswerLinks = Callable[[str, int, str, datetime], tuple[str, str]]
"""Addresses for fixed and not fixed, from incident, episode, reporter and when they were asked."""


AnswerTag = Callable[[str, int, str, datetime], str]
"""What an answer by mail is recognised by, from the same."""


class MessageDelivery:
    """Delivers messages for the workflow's activities and for the watchdog."""

    def __init__(
        self,
        policy: PolicySource,
        channels: Channels,
        ledger: DeliveryLedger,
        *,
        link: str = "",
        reporter_links: AnswerLinks | None = None,
        answer_tag: AnswerTag | None = None,
    ) -> None:
        """Take the links that messages get.

        link: where people see an incident, with `{incident}` for its id; empty for nowhere.
        reporter_links: by which a reporter who is asked can answer; None for none.
        answer_tag: by which their answer by mail is recognised; None for none.
        """
        self._policy = policy
        self._channels = channels
        self._ledger = ledger
        self._link = link
        self._reporter_links = reporter_links
        self._answer_tag = answer_tag

    async def deliver(
        self, notification: Notification, asked_at: datetime | None = None
    ) -> Delivery:
        """Reach one recipient through the first of their channels that takes the message.

        In a storm a page may be held for a digest instead: then nothing has been sent yet.

        asked_at: when a reporter is asked, on the clock of the incident and the same at every
            attempt; their links hold for this question. None: the message gets no such links.

        Raises:
            UnknownRecipient, KeyReused: for good.
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
            return await self._send_digest(opened, notification)
        if opened:
            known, held_for = opened
            if _is_another(known, notification.recipient, text):
                again = await self._under_new_key(notification, known)
                return await self._delivered(again, asked_at)
            if settled := _settled(known, held_for):
                return settled
        try:
            reached = await self._reach(self._with_links(notification, asked_at))
        except NotDelivered as problem:
            await self._ledger.undelivered(notification, text, problem)
            raise
        await self._ledger.delivered(notification, text, reached)
        return Delivery(
            key=notification.key,
            recipient=notification.recipient,
            channel=reached.channel,
            problems=_problems(reached),
        )

    async def _reach(self, message: Notification) -> SentThrough:
        """Send it, as it is said through each channel."""
        return await self._channels.reach(message, lambda form: outgoing(message))  # noqa: ARG005

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

    async def _send_digest(self, digest: Digest, asked_by: Notification) -> Delivery:
        """Send the digest's pages as one message; each of them is then delivered."""
        meanwhile = await self._ledger.since_held(digest)
        message = asked_by.model_copy(
            update={
                "key": digest.key,
                "priority": digest.pages[0].priority,
                "title": texts.digest_subject(asked_by.team, digest.pages, meanwhile),
                "body": texts.digest_body(asked_by.team, digest.pages, meanwhile),
            }
        )
        try:
            reached = await self._reach(message)
        except NotDelivered as problem:
            await self._ledger.digest_not_sent(digest, str(problem))
            raise
        await self._ledger.digest_sent(digest, reached)
        return Delivery(
            key=asked_by.key,
            recipient=asked_by.recipient,
            channel=reached.channel,
            problems=_problems(reached),
            detail=digest.detail,
        )

    def _with_links(self, notification: Notification, asked_at: datetime | None) -> Notification:
        """The message as it goes out. A reporter could not open what operators look at."""
        if notification.audience is Audience.REPORTER:
            return self._with_reporter_links(notification, asked_at)
        if not self._link or not notification.incident_id:
            return notification
        link = self._link.replace("{incident}", notification.incident_id)
        return notification.model_copy(update={"body": f"{notification.body}\n\n{link}"})

    def _with_reporter_links(
        self, notification: Notification, asked_at: datetime | None
    ) -> Notification:
        """The question with ways to answer it, for this resolution and this reporter alone."""
        if notification.purpose is not Purpose.CONFIRM or asked_at is None:
            return notification
        incident_id, episode = notification.incident_id, episode_of(notification.key)
        who = notification.recipient
        if self._reporter_links:
            fixed, not_fixed = self._reporter_links(incident_id, episode, who, asked_at)
            body = texts.with_reporter_links(notification.body, incident_id, fixed, not_fixed)
            notification = notification.model_copy(update={"body": body})
        if self._answer_tag:
            tag = self._answer_tag(incident_id, episode, who, asked_at)
            told = {"answer_tag": tag, "reply_to": self._policy.current().mail.reply_to(tag)}
            notification = Question.model_validate(notification.model_dump() | told)
        return notification


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
