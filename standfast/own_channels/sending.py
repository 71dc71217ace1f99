"""Sends what a person asks for to one of their own channels: a code, or a test page."""

import asyncio
import secrets
from datetime import timedelta

from standfast.incidents.assessment import Priority
from standfast.incidents.notification import Audience, Purpose
from standfast.incidents.own_channel import OwnChannel
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import CircuitBreaker
from standfast.outgoing.secrets import resolved
from standfast.policy.contact_methods import ContactMethod

SEND_WITHIN = timedelta(seconds=10)
"""How long whoever waits for it sees nothing."""


class ChannelSender:
    """Sends from this process; its circuit breakers are its own."""

    def __init__(self, context: KindContext) -> None:
        """`context` is what the kinds of channels send with."""
        self._context = context
        self._circuit_breaker = CircuitBreaker()

    def url_of(self, method: ContactMethod, address: str) -> str:
        """The URL of that address.

        Raises:
            NoSuchSecret: the method's URL is a secret that is not set here.
            ValueError: the method's URL is wrong; in words without it.
        """
        return method.filled(resolved(method.url, self._context.environment), address)

    async def send(
        self, url: str, channel: OwnChannel, title: str, body: str, *, is_page: bool
    ) -> str:
        """Send it; what went wrong, without any part of the URL, or nothing."""
        message = OutgoingMessage(
            key=f"{channel.id}:{secrets.token_hex(8)}",
            incident_id="",
            purpose=Purpose.PAGE if is_page else Purpose.TELL,
            audience=Audience.PERSON,
            recipient=channel.person,
            priority=Priority.P1 if is_page else Priority.P5,
            title=title,
            body=body,
        )
        kind = await asyncio.to_thread(kind_of, url)
        attempt = await self._circuit_breaker.attempt(
            url, lambda: kind.send(url, message, self._context), SEND_WITHIN
        )
        return attempt.problem
