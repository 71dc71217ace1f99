"""Tells people what became of an answer that came by mail: by mail, where they have that."""

import asyncio
from functools import cached_property

from standfast.hosting.kind_context import kind_context
from standfast.hosting.settings import Settings
from standfast.incidents.assessment import Priority
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.ids import idempotency_key
from standfast.incidents.notification import Notification, Purpose
from standfast.intake.page_links import PageClaim
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.errors import NotForThis
from standfast.notification.ledger import DeliveryLedger
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore

_BUT_CALLS = tuple(form for form in ChannelForm if form is not ChannelForm.VOICE)


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
            NotDelivered: none of their channels took it, or they have only phones to call.
        """
        message = Notification(
            key=idempotency_key(claim.incident_id, claim.episode, f"reply-{key[:16]}", 1),
            incident_id=claim.incident_id,
            purpose=Purpose.TELL,
            recipient=claim.person,
            priority=Priority.P3,
            title=f"Your answer to {claim.incident_id}: {words}",
            body=words,
        )
        channels, delivery = await asyncio.to_thread(lambda: self._means)
        through = await channels.names(message, ChannelForm.MAIL)
        if not through:  # nobody is called to hear what became of a mail
            through = await channels.names(message, *_BUT_CALLS)
        if not through:
            raise NotForThis(f"{claim.person} has no channel but calls that can be used here")
        await delivery.deliver(message.model_copy(update={"through": through}))

    @cached_property
    def _means(self) -> tuple[Channels, MessageDelivery]:
        channels = Channels(self._policy, kind_context(self._settings, self._records))
        ledger = DeliveryLedger(self._policy, self._records)
        return channels, MessageDelivery(self._policy, channels, ledger)
