"""The SMTP listener: it accepts a mail once Temporal has it; otherwise the sending server keeps it.

It belongs behind your own mail server, which authenticates senders; it relays nothing.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.service import RPCError

from standfast.api.backend import Backend
from standfast.api.health import Metrics
from standfast.api.mail import mail_desk
from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import variable
from standfast.intake.errors import IntakeError, Refused
from standfast.mail import mail
from standfast.mail.desk import MailResult
from standfast.mail.handling import handle_mail
from standfast.mail.senders import is_ours
from standfast.messages.clean_text import one_line
from standfast.web.smtp_door import Door

_log = logging.getLogger(__name__)

_BARE_END = re.compile(rb"(?<!\r)\n\.(?:\r?\n|\r)|\r\.\r")
"""What some servers take for the end of a message, and we do not: it hides a second one."""

_MAX_CONCURRENT = 8
"""Messages that are handled at the same time."""

_MAX_RECIPIENTS = 100
_HANDLE_WITHIN = 120
_STOP_WITHIN = 5.0
"""Seconds: to handle one message; to finish at shutdown."""
_MAX_ANSWER = 400


@asynccontextmanager
async def smtp_listener(
    backend: Backend, metrics: Metrics | None = None
) -> AsyncIterator[tuple[str, int] | None]:
    """Listen for mail inside the block, where the settings name a port; yields its address.

    metrics: where what was done with each mail is counted.

    Raises:
        BadSetting: cannot listen there.
    """
    port = backend.settings.smtp_port
    if port is None:
        yield None
        return
    # aiosmtpd would log every command, with the addresses in it.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    handler = _Handler(backend, metrics)
    door = Door(handler, lambda: backend.policy.current().mail.max_bytes)
    host = backend.settings.smtp_host
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(door.conversation, host, port)
    except OSError as error:
        raise BadSetting(
            f"{variable('smtp_port')}: cannot listen on {host}:{port}: {error.strerror or error}"
        ) from None
    address = server.sockets[0].getsockname()
    _log.info("listening for mail at %s:%s", address[0], address[1])
    try:
        yield address[0], address[1]
    finally:
        server.close()
        await handler.end()
        door.close()
        await server.wait_closed()


class _Handler:
    """Answers a client's commands; aiosmtpd gives the method names."""

    def __init__(self, backend: Backend, metrics: Metrics | None) -> None:
        self._backend = backend
        self._desk = mail_desk(backend, metrics)
        self._concurrent = asyncio.Semaphore(_MAX_CONCURRENT)
        self._running: set[asyncio.Task[Any]] = set()

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, if it is one of our mailboxes."""
        if len(envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if not is_ours(address, self._backend.policy.current().mail):
            return "550 5.1.1 no such mailbox here: it is not one of `mail.mailboxes`"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 accepted"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept the message: 250 once Temporal has it, 451 try again, 5xx rejected."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        if _BARE_END.search(raw):
            return "554 5.6.0 it holds a line of one dot that ends with a bare CR or LF"
        # That of a bounce is `<>`.
        sender = (envelope.mail_from or "").strip("<>")
        envelope_of_mail = mail.Envelope(sender, tuple(envelope.rcpt_tos))
        ours = asyncio.current_task()
        if ours:
            self._running.add(ours)
        try:
            async with self._concurrent, asyncio.timeout(_HANDLE_WITHIN):
                result = await handle_mail(
                    raw, self._desk, self._backend.policy.current(), envelope_of_mail
                )
        except Refused as refused:
            return _answer("554 5.6.0", str(refused))
        except IntakeError as later:
            return _answer("451 4.3.0", str(later))
        except (RPCError, RuntimeError, TimeoutError, OSError) as away:
            # RuntimeError is what the SDK raises when it cannot connect.
            _log.warning("mail is not accepted now, the sending server will try again: %s", away)
            return "451 4.3.0 Temporal cannot be reached; please try again later"
        finally:
            if ours:
                self._running.discard(ours)
        return _accepted(result)

    async def handle_exception(self, error: Exception) -> str:
        """A bug here must not lose the message: ask the sender to try again."""
        _log.error("a mail could not be handled", exc_info=error)
        return "451 4.3.0 this should not have happened; please try again later"

    async def end(self) -> None:
        """Wait for running messages, within a time limit."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=_STOP_WITHIN)


def _accepted(result: MailResult) -> str:
    return _answer("250 2.0.0", f"{result.result}: {result.reason}")


def _answer(code: str, words: str) -> str:
    """An answer of one line that every client can read."""
    line = one_line(words).encode("ascii", "replace").decode()
    return f"{code} {line[:_MAX_ANSWER]}"
