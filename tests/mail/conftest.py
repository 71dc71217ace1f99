"""The mail room of Storyville: what comes by mail, handed over by itself or by SMTP."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from standfast.api.backend import Backend
from standfast.api.mail import mail_desk
from standfast.hosting.settings import Settings
from standfast.lookup.lookup import Lookup
from standfast.mail.desk import MailDesk, MailResult
from standfast.mail.handling import handle_mail
from standfast.mail.mail import Envelope
from standfast.web.smtp import smtp_listener
from tests.mail.messages import RITA, Ids
from tests.patience import PATIENCE
from tests.stories.desk import Desk, Ticket


@dataclass
class MailRoom:
    """Takes messages for a desk."""

    desk: Desk
    mail: MailDesk

    async def take(self, raw: bytes, envelope: Envelope | None = None) -> MailResult:
        """Hand a message over."""
        return await handle_mail(raw, self.mail, self.desk.policy.current(), envelope)

    async def opens(self, raw: bytes) -> Ticket:
        """Hand a message over that opens an incident."""
        result = await self.take(raw)
        assert result.result == "opened", result
        return self.desk.ticket(result.incident_id)

    async def tag(self, ticket: Ticket, reporter: str = RITA) -> str:
        """What the answer of that reporter to our last question brings back."""
        view = await ticket.view()
        assert view.resolution
        return self.mail.answers.tag(view.incident_id, view.episode, reporter, view.resolution.at)

    def kept(self, incident_id: str) -> list[Path]:
        """The attachments of an incident."""
        return sorted((self.mail.attachments / incident_id).glob("*"))


def backend_of(desk: Desk, **settings: Any) -> Backend:
    """What stands behind the API, for a desk."""
    return Backend(
        Settings(data_dir=desk.place / "data", task_queue=desk.task_queue, **settings),
        desk.client,
        desk.records,
        desk.policy,
        Lookup(desk.client, desk.records),
    )


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture
async def room(desk: Desk) -> MailRoom:
    return MailRoom(desk, mail_desk(backend_of(desk)))


@dataclass
class MailServer:
    """The listener, and somebody who sends mail to it."""

    host: str
    port: int

    async def send(self, message: EmailMessage | bytes, sender: str, to: str) -> str:
        """Send a message; the server's last answer. Refusals raise as smtplib has them."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        return await asyncio.to_thread(self._send, raw, sender, to)

    def _send(self, raw: bytes, sender: str, to: str) -> str:
        with smtplib.SMTP(self.host, self.port, timeout=PATIENCE) as client:
            client.ehlo("storyville.example")
            code, words = client.mail(sender)
            if code < 400:
                code, words = client.rcpt(to)
            if code < 400:
                code, words = client.data(raw)
            if code >= 400:
                raise smtplib.SMTPResponseException(code, words)
            return words.decode()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[MailServer]:
    async with smtp_listener(backend_of(desk, smtp_port=0)) as address:
        assert address
        yield MailServer(*address)
