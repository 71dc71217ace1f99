"""Reaching people: the policy's channels in order, and a ledger of what went out."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.addresses import Address, NoSuchRecipient, addresses_of
from activities.heartbeat import heartbeats
from activities.outbox import SCHEME as OUTBOX
from activities.outbox import Outbox
from activities.policy_source import PolicySource
from activities.requests import Tidings, Told
from activities.sending import bounded, get_ready, send
from incidents.notification import Delivery, Notification
from records.store import DeliveryState, KnownDelivery, RecordStore, RecordsUnavailable

TRY_FOR = timedelta(seconds=20)
"""How long one channel may take before the next one is tried."""

LEDGER_WITHIN = timedelta(seconds=10)
"""How long a message waits for the ledger; then it goes out without."""

TELL_ATTEMPTS = 5
"""Attempts of `tell` that ask for another one; then it says who was not told."""

Answer = TypeVar("Answer")


class NotificationActivities:
    """Sends at least once, and not again what the ledger knows as delivered."""

    def __init__(
        self,
        policy: PolicySource,
        records: RecordStore,
        outbox: Path,
        environment: Mapping[str, str] = os.environ,
        try_for: timedelta = TRY_FOR,
    ) -> None:
        """Take where `outbox://` writes, and where `secret:NAME` is looked up."""
        self._policy = policy
        self._records = records
        self._outbox = Outbox(outbox)
        self._environment = environment
        self._try_for = try_for
        get_ready()

    @activity.defn
    async def notify(self, notification: Notification) -> Delivery:
        """Reach one recipient through the first of their channels that takes the message.

        Fails with UnknownRecipient and KeyReused for good, with Undeliverable to be tried again.
        """
        async with heartbeats():
            return await self._deliver(notification)

    @activity.defn
    async def tell(self, tidings: Tidings) -> list[Told]:
        """Reach every recipient, each on their own; after some attempts it says who was not.

        Fails with Undeliverable while another attempt may reach who was not reached in this one.
        """
        async with heartbeats():
            outcomes = await asyncio.gather(
                *(self._deliver(message) for message in tidings.messages), return_exceptions=True
            )
        told = []
        for message, outcome in zip(tidings.messages, outcomes, strict=True):
            if isinstance(outcome, Delivery):
                told.append(Told(recipient=message.recipient, channel=outcome.channel))
            elif isinstance(outcome, ApplicationError):
                if not outcome.non_retryable and activity.info().attempt < TELL_ATTEMPTS:
                    raise outcome
                told.append(Told(recipient=message.recipient, problem=outcome.message))
            else:
                raise outcome
        return told

    async def _deliver(self, notification: Notification) -> Delivery:
        key, recipient, digest = notification.key, notification.recipient, _digest(notification)
        known = await self._ledger(self._records.intend_delivery, key, recipient, digest)
        if known:
            _refuse_another_message(known, recipient, digest)
            if known.state is DeliveryState.DELIVERED:
                return Delivery(key=key, recipient=recipient, channel=known.channel, repeated=True)
        try:
            addresses = addresses_of(notification, self._policy.current(), self._environment)
        except NoSuchRecipient as nobody:
            await self._ledger(self._records.undelivered, key, recipient, digest, str(nobody))
            raise ApplicationError(
                str(nobody), type="UnknownRecipient", non_retryable=True
            ) from None
        problems = []
        for address in addresses:
            problem = address.problem or await self._send(address, notification)
            if not problem:
                await self._ledger(self._records.delivered, key, recipient, digest, address.label)
                return Delivery(key=key, recipient=recipient, channel=address.label)
            problems.append(f"{address.label}: {problem}")
            activity.logger.warning("%s: %s did not take it: %s", key, address.label, problem)
        why = f"no channel of {recipient} took it. " + "; ".join(problems)
        await self._ledger(self._records.undelivered, key, recipient, digest, why)
        raise ApplicationError(why, type="Undeliverable")

    async def _send(self, address: Address, notification: Notification) -> str | None:
        if address.url.lower().startswith(f"{OUTBOX}://"):
            return await bounded(lambda: self._put_in_outbox(notification), self._try_for)
        return await send(address.url, notification, self._try_for)

    def _put_in_outbox(self, notification: Notification) -> str | None:
        try:
            self._outbox.append(notification)
        except OSError as error:
            return f"{self._outbox.path} cannot be written: {error.strerror or error}"
        return None

    async def _ledger(self, call: Callable[..., Answer], key: str, *details: str) -> Answer | None:
        """Ask or write the ledger. A page matters more: without the ledger it goes out as well."""
        try:
            async with asyncio.timeout(LEDGER_WITHIN.total_seconds()):
                return await asyncio.to_thread(call, key, *details)
        except (RecordsUnavailable, TimeoutError) as away:
            activity.logger.warning(
                "%s: the ledger of deliveries is away, so it may be sent twice: %s",
                key,
                str(away) or f"no answer in {LEDGER_WITHIN.total_seconds():.0f} s",
            )
            return None


def _refuse_another_message(known: KnownDelivery, recipient: str, digest: str) -> None:
    if (known.recipient, known.digest) == (recipient, digest):
        return
    what = f"for {known.recipient}" if known.recipient != recipient else "with another text"
    raise ApplicationError(
        f"the key {known.key} was used before, {what}; a key belongs to one message",
        type="KeyReused",
        non_retryable=True,
    )


def _digest(notification: Notification) -> str:
    """What stands for the text in the ledger."""
    parts = (notification.audience, notification.purpose, notification.title, notification.body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
