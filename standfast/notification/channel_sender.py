"""Sends a message through exactly one channel of a person: a test, or the code for a new one."""

import asyncio
import secrets
from dataclasses import dataclass

from standfast.incidents.assessment import Priority
from standfast.incidents.channel_list import ChannelTestResult
from standfast.incidents.notification import Audience, Purpose
from standfast.notification.addresses import Address, address_of, own_address_of
from standfast.notification.channels import TRY_FOR
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import CircuitBreaker
from standfast.policy.contact_methods import ContactMethod

_HERE = "here"


@dataclass(frozen=True)
class Words:
    """What is sent. is_page: as loud as a page of P1, else as quietly as can be."""

    title: str
    body: str
    is_page: bool = False


class ChannelSender:
    """Sends from this process; its circuit breakers are its own."""

    def __init__(self, context: KindContext) -> None:
        """`context` is what the kinds of channels send with."""
        self.context = context
        self._circuit_breaker = CircuitBreaker()

    def address_of(self, channel: str, url: str) -> Address:
        """Where a channel of the policy leads, by the secrets that are set here."""
        return address_of(channel, url, self.context.environment, _HERE)

    def own_address_of(self, channel: str, method: ContactMethod, address: str) -> Address:
        """The same of a channel that its person has added."""
        return own_address_of(channel, method, address, self.context.environment, _HERE)

    async def send(self, person: str, address: Address, words: Words) -> ChannelTestResult:
        """Send it; what the provider said. A problem has no part of the URL."""
        sent = ChannelTestResult(person=person, channel=address.channel, problem=address.problem)
        if address.problem:
            return sent
        message = OutgoingMessage(
            key=f"test:{secrets.token_hex(8)}",
            incident_id="",
            purpose=Purpose.PAGE if words.is_page else Purpose.TELL,
            audience=Audience.PERSON,
            recipient=person,
            priority=Priority.P1 if words.is_page else Priority.P5,
            title=words.title,
            body=words.body,
        )
        url = address.url
        kind = await asyncio.to_thread(kind_of, url)
        attempt = await self._circuit_breaker.attempt(
            kind.breaker_of(url, person), lambda: kind.send(url, message, self.context), TRY_FOR
        )
        said = {
            "provider": kind.provider,
            "provider_id": attempt.provider_id,
            "problem": attempt.problem,
        }
        return sent.model_copy(update=said)
