"""The SMTP listener: mail is taken as soon as Temporal has it, or the sending server keeps it.

It stands behind the mail server of the house, which knows whom to believe; it relays nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.service import RPCError

from standfast.api.backend import Backend
from standfast.api.mail import mail_desk
from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import variable
from standfast.intake.errors import IntakeError, Refused
from standfast.mail import mail
from standfast.mail.filter import is_ours
from standfast.mail.handling import MailResult, handle_mail
from standfast.messages.problems import one_line

_log = logging.getLogger(__name__)

MOST_CONNECTIONS = 50
"""At once; whoever comes beyond that is asked to come again."""

_AT_ONCE = 8
"""Messages that are handled at once."""

_MOST_RECIPIENTS = 100
_LONGEST_LINE = 100_000
"""Bytes; programs write longer lines than the standard's 998."""
_SILENT_FOR = 300
_TAKE_WITHIN = 120
_LAST_WORDS = 5.0
"""Seconds: for a client to say something, to handle a message, for messages when it all ends."""
_LONGEST_ANSWER = 400

_BUSY = b"421 4.3.2 too many connections at once, please try again later\r\n"


@asynccontextmanager
async def smtp_listener(backend: Backend) -> AsyncIterator[tuple[str, int] | None]:
    """Listens for mail while the block lasts, where the settings name a port; its address.

    Raises:
        BadSetting: nobody can listen there.
    """
    port = backend.settings.smtp_port
    if port is None:
        yield None
        return
    # It would write every command, with the addresses in it, into our log.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    listener = _Listener(backend)
    host = backend.settings.smtp_host
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(listener.conversation, host, port)
    except OSError as error:
        raise BadSetting(
            f"{variable('smtp_port')}: cannot listen on {host}:{port}: {error.strerror or error}"
        ) from None
    address = server.sockets[0].getsockname()
    _log.info("mail is taken at %s:%s", address[0], address[1])
    try:
        yield address[0], address[1]
    finally:
        server.close()
        await listener.close()
        await server.wait_closed()


class _Listener:
    """All conversations that go on, and what they share."""

    def __init__(self, backend: Backend) -> None:
        self._taking = _Taking(backend)
        self._backend = backend
        self.open: set[_Conversation] = set()

    def conversation(self) -> asyncio.Protocol:
        """One more client."""
        if len(self.open) >= MOST_CONNECTIONS:
            return _TooMany()
        largest = self._backend.policy.current().mail.max_bytes
        return _Conversation(self, self._taking, largest)

    async def close(self) -> None:
        """Let messages that are being handled be, for a moment; then hang up."""
        await self._taking.end()
        for conversation in list(self.open):
            if conversation.transport:
                conversation.transport.close()


class _TooMany(asyncio.Protocol):
    """Asks a client to come again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BUSY)
        transport.close()


class _Conversation(SMTP):
    """One connection."""

    line_length_limit = _LONGEST_LINE

    def __init__(self, listener: _Listener, taking: "_Taking", largest: int) -> None:
        super().__init__(
            taking,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            hostname="standfast",
            ident="Standfast",
            timeout=_SILENT_FOR,
        )
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It counts from now on."""
        self._listener.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """It does not count any more."""
        self._listener.open.discard(self)
        super().connection_lost(error)


class _Taking:
    """What aiosmtpd asks when a client says something; the names are its own."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether somebody of that address is here."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if not is_ours(address, self._backend.policy.current().mail):
            return "550 5.1.1 no such mailbox here: it is not one of `mail.mailboxes`"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 taken here"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the message: 250 once Temporal has it, 451 for now, 5xx for good."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        # That of a bounce is `<>`.
        sender = (envelope.mail_from or "").strip("<>")
        told = mail.Envelope(sender, tuple(envelope.rcpt_tos))
        ours = asyncio.current_task()
        if ours:
            self._under_way.add(ours)
        try:
            async with self._at_once, asyncio.timeout(_TAKE_WITHIN):
                result = await handle_mail(
                    raw, mail_desk(self._backend), self._backend.policy.current(), told
                )
        except Refused as refused:
            return _answer("554 5.6.0", str(refused))
        except IntakeError as later:
            return _answer("451 4.3.0", str(later))
        except (RPCError, RuntimeError, TimeoutError, OSError) as away:
            # RuntimeError is what the SDK raises when it cannot connect.
            _log.warning("mail stays with the server that sends it: %s", away)
            return "451 4.3.0 Temporal cannot be reached; please try again later"
        finally:
            if ours:
                self._under_way.discard(ours)
        return _told(result)

    async def handle_exception(self, error: Exception) -> str:
        """A mistake of ours must not cost the sender the message."""
        _log.error("a mail could not be handled", exc_info=error)
        return "451 4.3.0 this should not have happened; please try again later"

    async def end(self) -> None:
        """Wait for what is under way, so long at most."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=_LAST_WORDS)


def _told(result: MailResult) -> str:
    return _answer("250 2.0.0", f"{result.result}: {result.reason}")


def _answer(code: str, words: str) -> str:
    """An answer of one line that every client can read."""
    told = one_line(words).encode("ascii", "replace").decode()
    return f"{code} {told[:_LONGEST_ANSWER]}"
