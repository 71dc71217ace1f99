"""Reaching people: their channels in order, a ledger of what went out, and digests in a storm."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeats
from activities.requests import NotificationBatch, NotificationResult
from standfast.decisions import storm
from standfast.incidents import notification_texts as texts
from standfast.incidents.ids import episode_of
from standfast.incidents.notification import Audience, Delivery, Notification, Purpose
from standfast.messages.message import short
from standfast.notification.addresses import Address, NoSuchRecipient, addresses_of
from standfast.notification.file_channel import SCHEME as OUTBOX
from standfast.notification.file_channel import Outbox
from standfast.notification.sending import get_ready, try_to_send
from standfast.outgoing.circuit_breaker import Attempt, CircuitBreaker, Tried
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import DeliveryState, KnownDelivery
from standfast.records.digest import Admission, Digest, PageLine
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

TRY_FOR = timedelta(seconds=20)
"""How long one channel may take before the next one is tried."""

TRY_ALL_FOR = timedelta(seconds=80)
"""How long all channels together may take: they, and the ledger, fit into one try of the workflow.

With more than a few channels each of them gets less than `TRY_FOR`.
"""

LEDGER_WITHIN = timedelta(seconds=10)
"""How long a message waits for the ledger; then it goes out without."""

DIGEST_LEASE = TRY_ALL_FOR + 3 * LEDGER_WITHIN
"""How long a digest is one worker's to send; dead meanwhile, it leaves it to the next."""

TELL_ATTEMPTS = 5
"""Attempts of `tell` that ask for another one; then it says who was not told."""

Answer = TypeVar("Answer")

AnswerLinks = Callable[[str, int, str, datetime], tuple[str, str]]
"""Addresses for fixed and not fixed, from incident, episode, reporter and when they were asked."""


class NotificationActivities:
    """Sends at least once, and not again what the ledger knows as delivered.

    The record store is asked twice for a message: before it is sent, and when a channel took it.
    A page that is held asks once, and so does forgetting it; a digest asks twice for all its pages.
    """

    def __init__(
        self,
        policy: PolicySource,
        records: RecordStore,
        outbox: Path,
        environment: Mapping[str, str] = os.environ,
        try_for: timedelta = TRY_FOR,
        *,
        link: str = "",
        reporter_links: AnswerLinks | None = None,
        isolation: CircuitBreaker | None = None,
        digest_lease: timedelta = DIGEST_LEASE,
    ) -> None:
        """Take where `outbox://` writes, and where `secret:NAME` is looked up.

        link: where people see an incident, with `{incident}` for its id; empty for nowhere.
        reporter_links: by which a reporter who is asked can answer; None for none.
        """
        self._policy = policy
        self._records = records
        self._outbox = Outbox(outbox)
        self._environment = environment
        self._try_for = try_for
        self._link = link
        self._reporter_links = reporter_links
        self._isolation = isolation or CircuitBreaker()
        self._digest_lease = digest_lease
        get_ready()

    @activity.defn
    async def notify(self, notification: Notification) -> Delivery:
        """Reach one recipient through the first of their channels that takes the message.

        In a storm a page may be held for a digest instead: then nothing has been sent yet.

        Fails with UnknownRecipient and KeyReused for good, with Undeliverable to be tried again.
        Where every channel is left alone for now, Undeliverable's first detail is the moment, in
        ISO 8601, from which on one may be tried.
        """
        async with heartbeats():
            delivery = await self.deliver(notification)
        return delivery.model_copy(update={"policy_version": self._policy.current().version})

    @activity.defn
    def forget(self, notification: Notification) -> bool:
        """Take a page that is held out of its digest: somebody has acknowledged meanwhile.

        False when it is not held, or when its digest is on its way. Without the record store it
        fails, to be tried again.
        """
        return self._records.digests.forget(
            notification.key, notification.recipient, notification.team
        )

    @activity.defn
    async def tell(self, tidings: NotificationBatch) -> list[NotificationResult]:
        """Reach every recipient, each on their own; after some attempts it says who was not.

        Fails with Undeliverable while another attempt may reach who was not reached in this one.
        """
        async with heartbeats():
            outcomes = await asyncio.gather(
                *(self.deliver(message) for message in tidings.messages), return_exceptions=True
            )
        told = []
        for message, outcome in zip(tidings.messages, outcomes, strict=True):
            if isinstance(outcome, Delivery):
                told.append(
                    NotificationResult(
                        recipient=message.recipient,
                        channel=outcome.channel,
                        problems=outcome.problems,
                    )
                )
            elif isinstance(outcome, ApplicationError):
                if not outcome.non_retryable and activity.info().attempt < TELL_ATTEMPTS:
                    raise outcome
                told.append(
                    NotificationResult(recipient=message.recipient, problem=outcome.message)
                )
            else:
                raise outcome
        return told

    async def deliver(self, notification: Notification) -> Delivery:
        """What `notify` does; for the watchdog too, which is no activity. Fails as that does."""
        text = _fingerprint(notification)
        opened = await self._open(notification, text)
        if isinstance(opened, Digest):
            return await self._send_digest(opened, notification)
        if opened:
            known, held_for = opened
            if _is_another(known, notification.recipient, text):
                return await self.deliver(await self._of_a_repaired_run(notification, known))
            if settled := _settled(known, held_for):
                return settled
        message = self._with_links(notification)
        key, recipient = notification.key, notification.recipient
        try:
            outcome = await self._reach(message)
        except ApplicationError as failed:
            await self._ledger(
                key, self._records.deliveries.undelivered, key, recipient, text, failed.message
            )
            raise
        await self._ledger(
            key, self._records.deliveries.delivered, key, recipient, text, outcome.channel
        )
        return Delivery(
            key=key, recipient=recipient, channel=outcome.channel, problems=outcome.problems
        )

    async def _of_a_repaired_run(
        self, notification: Notification, known: KnownDelivery
    ) -> Notification:
        """The message under a key of its own, where its run was reset since the key was used.

        A reset run may say something else in the same step, and that must be said.
        """
        key, repairs = notification.key, 0
        if key.startswith(f"{notification.incident_id}:"):
            count = self._records.repairs.count
            episode = episode_of(key)
            repairs = await self._ledger(key, count, notification.incident_id, episode) or 0
        suffix = f":r{repairs}"
        if repairs and not key.endswith(suffix):
            return notification.model_copy(update={"key": f"{key}{suffix}"})
        what = (
            f"for {known.recipient}"
            if known.recipient != notification.recipient
            else ("with another text")
        )
        raise ApplicationError(
            f"the key {key} was used before, {what}; a key belongs to one message",
            type="KeyReused",
            non_retryable=True,
        )

    async def _open(self, notification: Notification, text: str) -> "Admission | Digest | None":
        """What the record store says before a message is sent; None when it says nothing."""
        key, recipient = notification.key, notification.recipient
        if not _may_be_bundled(notification):
            known = await self._ledger(key, self._records.deliveries.intend, key, recipient, text)
            return Admission(known) if known else None
        page = PageLine(
            key=key,
            recipient=recipient,
            team=notification.team,
            incident_id=notification.incident_id,
            priority=notification.priority,
            title=notification.title,
            fingerprint=text,
        )
        digests = self._records.digests
        if notification.digest:
            return await self._ledger(key, digests.claim, page, self._digest_lease)
        rules = self._policy.current().storm

        def holding(recent: int, since: datetime | None, now: datetime) -> timedelta | None:
            return storm.held_for(rules, page.priority, recent=recent, waiting_since=since, now=now)

        return await self._ledger(key, digests.admit, page, holding, rules.within)

    async def _send_digest(self, digest: Digest, asked_by: Notification) -> Delivery:
        """Send the pages that are now ours as one; each of them is then delivered."""
        message = asked_by.model_copy(
            update={
                "key": digest.key,
                "priority": digest.pages[0].priority,
                "title": texts.digest_subject(asked_by.team, digest.pages),
                "body": texts.digest_body(asked_by.team, digest.pages),
            }
        )
        digests = self._records.digests
        try:
            outcome = await self._reach(message)
        except ApplicationError as failed:
            await self._ledger(digest.key, digests.not_sent, digest, failed.message)
            raise
        await self._ledger(digest.key, digests.sent, digest, outcome.channel)
        return Delivery(
            key=asked_by.key,
            recipient=asked_by.recipient,
            channel=outcome.channel,
            problems=outcome.problems,
            detail=digest.detail,
        )

    async def _reach(self, message: Notification) -> "_Reached":
        """Try the recipient's channels in order; ApplicationError when none took it."""
        recipient = message.recipient
        try:
            addresses = addresses_of(message, self._policy.current(), self._environment)
        except NoSuchRecipient as nobody:
            raise ApplicationError(
                str(nobody), type="UnknownRecipient", non_retryable=True
            ) from None
        within = min(self._try_for, TRY_ALL_FOR / len(addresses))
        problems: list[str] = []
        rests: list[datetime] = []
        for address in addresses:
            attempt = await self._attempt(address, message, within)
            if not attempt.problem:
                return _Reached(address.channel, tuple(problems))
            problems.append(f"{address.channel}: {attempt.problem}")
            rests += [attempt.resting_until] if attempt.resting_until else []
            activity.logger.warning("%s: did not go through %s", message.key, problems[-1])
        if len(rests) == len(addresses):
            until = min(rests)
            why = f"every channel of {recipient} is left alone, the first until {short(until)}. "
            raise ApplicationError(
                why + "; ".join(problems), until.isoformat(), type="Undeliverable"
            )
        why = f"no channel of {recipient} took it. " + "; ".join(problems)
        raise ApplicationError(why, type="Undeliverable")

    async def _attempt(self, address: Address, message: Notification, within: timedelta) -> Attempt:
        if address.problem:
            return Attempt(address.problem)

        def work() -> Tried:
            if address.url.lower().startswith(f"{OUTBOX}://"):
                return self._put_in_outbox(message)
            return try_to_send(address.url, message)

        return await self._isolation.attempt(address.service, work, within)

    def _put_in_outbox(self, notification: Notification) -> Tried:
        try:
            self._outbox.append(notification)
        except OSError as error:
            return Tried(f"{self._outbox.path} cannot be written: {error.strerror or error}")
        return Tried()

    def _with_links(self, notification: Notification) -> Notification:
        """The message as it goes out. A reporter could not open what operators look at."""
        if notification.audience is Audience.REPORTER:
            return self._with_reporter_links(notification)
        if not self._link or not notification.incident_id:
            return notification
        link = self._link.replace("{incident}", notification.incident_id)
        return notification.model_copy(update={"body": f"{notification.body}\n\n{link}"})

    def _with_reporter_links(self, notification: Notification) -> Notification:
        """The question as it goes out, for this resolution alone.

        The moment is Temporal's: on the clock of the incident, and the same at every attempt.
        """
        if notification.purpose is not Purpose.CONFIRM or self._reporter_links is None:
            return notification
        incident_id, asked_at = notification.incident_id, activity.info().scheduled_time
        fixed, not_fixed = self._reporter_links(
            incident_id, episode_of(notification.key), notification.recipient, asked_at
        )
        body = texts.with_reporter_links(notification.body, incident_id, fixed, not_fixed)
        return notification.model_copy(update={"body": body})

    async def _ledger(
        self, key: str, call: Callable[..., Answer], *details: object
    ) -> Answer | None:
        """Ask or write the ledger. A page matters more: without the ledger it goes out as well."""
        try:
            async with asyncio.timeout(LEDGER_WITHIN.total_seconds()):
                return await asyncio.to_thread(call, *details)
        except (RecordsUnavailable, TimeoutError) as away:
            activity.logger.warning(
                "%s: the ledger of deliveries is away, so it may be sent twice: %s",
                key,
                str(away) or f"no answer in {LEDGER_WITHIN.total_seconds():.0f} s",
            )
            return None


class _Reached(NamedTuple):
    """The channel that took a message, and the problems of those before it."""

    channel: str
    problems: tuple[str, ...]


def _may_be_bundled(notification: Notification) -> bool:
    return (
        notification.purpose is Purpose.PAGE
        and notification.audience is Audience.PERSON
        and notification.team != ""
        and not notification.at_once
    )


def _settled(known: KnownDelivery, held_for: timedelta | None) -> Delivery | None:
    """What there is to answer without sending anything."""
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


def _fingerprint(notification: Notification) -> str:
    """What stands for the text in the ledger."""
    parts = (notification.audience, notification.purpose, notification.title, notification.body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
