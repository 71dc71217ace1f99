"""Reaching one recipient: their channels in order, until one takes the message."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from standfast.incidents.notification import Notification
from standfast.messages.message import short
from standfast.notification.addresses import Address, addresses_of
from standfast.notification.errors import Undeliverable
from standfast.notification.file_channel import SCHEME as FILE_CHANNEL
from standfast.notification.file_channel import FileChannel
from standfast.notification.sending import get_ready, try_to_send
from standfast.outgoing.circuit_breaker import Attempt, CircuitBreaker, SendResult
from standfast.policy_file.source import PolicySource

TRY_FOR = timedelta(seconds=20)
"""How long one channel may take before the next one is tried."""

TRY_ALL_FOR = timedelta(seconds=80)
"""How long all channels together may take: they, and the ledger, fit into one try of the workflow.

With more than a few channels each of them gets less than `TRY_FOR`.
"""

_log = logging.getLogger(__name__)


class Reached(NamedTuple):
    """The channel that took a message, and the problems of those before it."""

    channel: str
    problems: tuple[str, ...]


class Channels:
    """Sends messages by the channels of the policy that is in force now."""

    def __init__(
        self,
        policy: PolicySource,
        file: Path,
        environment: Mapping[str, str] = os.environ,
        try_for: timedelta = TRY_FOR,
        circuit_breaker: CircuitBreaker | None = None,
    ) -> None:
        """`file` is where `outbox://` writes; in `environment` a `secret:NAME` is looked up."""
        self._policy = policy
        self._file = FileChannel(file)
        self._environment = environment
        self._try_for = try_for
        self._circuit_breaker = circuit_breaker or CircuitBreaker()
        get_ready()

    async def reach(self, message: Notification) -> Reached:
        """Try the recipient's channels in order.

        Raises:
            UnknownRecipient: there are none.
            Undeliverable: none took it.
        """
        addresses = addresses_of(message, self._policy.current(), self._environment)
        within = min(self._try_for, TRY_ALL_FOR / len(addresses))
        problems: list[str] = []
        open_until: list[datetime] = []
        for address in addresses:
            attempt = await self._attempt(address, message, within)
            if not attempt.problem:
                return Reached(address.channel, tuple(problems))
            problems.append(f"{address.channel}: {attempt.problem}")
            open_until += [attempt.open_until] if attempt.open_until else []
            _log.warning("%s: did not go through %s", message.key, problems[-1])
        if len(open_until) == len(addresses):
            first = min(open_until)
            why = (
                f"the circuit breaker of every channel of {message.recipient} is open, "
                f"the first until {short(first)}"
            )
            raise Undeliverable(f"{why}. {'; '.join(problems)}", first)
        raise Undeliverable(f"no channel of {message.recipient} took it. {'; '.join(problems)}")

    async def _attempt(self, address: Address, message: Notification, within: timedelta) -> Attempt:
        if address.problem:
            return Attempt(address.problem)

        def work() -> SendResult:
            if address.url.lower().startswith(f"{FILE_CHANNEL}://"):
                return self._write_to_file(message)
            return try_to_send(address.url, message)

        return await self._circuit_breaker.attempt(address.service, work, within)

    def _write_to_file(self, notification: Notification) -> SendResult:
        try:
            self._file.append(notification)
        except OSError as error:
            return SendResult(f"{self._file.path} cannot be written: {error.strerror or error}")
        return SendResult()
