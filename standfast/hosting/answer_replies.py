"""Tells people what became of an answer that came by mail, by mail where that is known to us."""

import asyncio
from functools import cached_property

from standfast.hosting.kind_context import kind_context
from standfast.hosting.settings import Settings
from standfast.incidents.assessment import Priority
from standfast.incidents.ids import idempotency_key
from standfast.incidents.notification import Notification, Purpose
from standfast.intake.page_links import PageClaim
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.ledger import DeliveryLedger
from standfast.policy.channels import mail_recipients
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore


class AnswerReplies:
    """Sends them through the person's own channels, never to whoever a mail says it is from.

    What sends messages is loaded when it is first needed: it takes a second.
    """

    def __init__(self, settings: Settings, policy: PolicySource, records: RecordStore) -> None:
        self._settings = settings
        self._policy = policy
        self._records = records

    async def send(self, claim: PageClaim, words: str, key: str) -> None:
        """Say it once for each `key`.

        Raises:
            NotDelivered: none of their channels took it.
        """
        message = Notification(
            key=idempotency_key(claim.incident_id, claim.episode, f"reply-{key[:16]}", 1),
            incident_id=claim.incident_id,
            purpose=Purpose.TELL,
            recipient=claim.person,
            priority=Priority.P3,
            title=f"Your answer to {claim.incident_id}: {words}",
            body=words,
            through=self._by_mail(claim.person),
        )
        delivery = await asyncio.to_thread(lambda: self._delivery)
        await delivery.deliver(message)

    @cached_property
    def _delivery(self) -> MessageDelivery:
        context = kind_context(self._settings, self._records)
        ledger = DeliveryLedger(self._policy, self._records)
        return MessageDelivery(self._policy, Channels(self._policy, context), ledger)

    def _by_mail(self, person: str) -> tuple[str, ...]:
        """Their channels that the policy itself shows to be mail."""
        known = self._policy.current().people.get(person)
        channels = known.channels if known else {}
        return tuple(name for name, url in channels.items() if any(mail_recipients(url)))
