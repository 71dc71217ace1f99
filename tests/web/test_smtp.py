"""The SMTP listener as mail servers see it: taken, refused, or to be kept for later."""

import asyncio
import smtplib
from contextlib import suppress

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.client import Client

from standfast.hosting.errors import BadSetting
from standfast.hosting.plugin import standfast_plugin
from standfast.incidents.assessment import Priority
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.lookup.lookup import Lookup
from standfast.mail.filter import judge
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.reading import read
from standfast.notification.kinds.apprise import try_to_send
from standfast.notification.outgoing_message import outgoing
from standfast.web import smtp_door
from standfast.web.smtp import smtp_listener
from tests.mail.conftest import MailServer, backend_of
from tests.mail.messages import HELP, RITA, Ids, message, raw
from tests.stories.desk import Desk

BACK = smtplib.SMTPResponseException


async def test_what_opens_nothing_is_taken_and_the_answer_says_why(server: MailServer) -> None:
    bounce = await server.send(raw(subject="Undelivered"), "", HELP)
    assert bounce == (
        "2.0.0 set_aside: it is a report of a mail server: its return path is empty; its subject "
        "begins as that of a mail server: 'undelivered'"
    )
    away = await server.send(message(auto_submitted="auto-replied"), RITA, HELP)
    assert away == "2.0.0 set_aside: it is an automatic mail: Auto-Submitted is auto-replied"
    nothing_at_all = await server.send(b"\r\nno headers", RITA, HELP)
    assert nothing_at_all.startswith("2.0.0 set_aside: this is not a mail message")


async def test_only_our_mailboxes(desk: Desk, server: MailServer) -> None:
    desk.amend(mail={"mailboxes": [{"address": HELP}]})
    with pytest.raises(BACK) as refused:
        await server.send(raw(), RITA, "sales@storyville.example")
    assert refused.value.smtp_code == 550
    tagged = await server.send(raw(), RITA, "Help+INC-AAAAAAAAAA@storyville.example")
    assert tagged.startswith("2.0.0 opened")


async def test_too_large(desk: Desk, server: MailServer) -> None:
    desk.amend(mail={"max_bytes": 10_000})
    with pytest.raises(BACK) as refused:
        await server.send(raw("x " * 20_000), RITA, HELP)
    assert refused.value.smtp_code == 552
    assert (await server.send(raw("x " * 2_000), RITA, HELP)).startswith("2.0.0 opened")


async def test_lines_that_are_too_long_for_the_standard(server: MailServer) -> None:
    long = b"From: rita@storyville.example\r\nSubject: long\r\n\r\n" + b"x" * 50_000
    assert (await server.send(long, RITA, HELP)).startswith("2.0.0 opened")


async def test_every_script(desk: Desk, server: MailServer) -> None:
    mail = "From: jürg@bücher.example\r\nSubject: 障害 ä\r\n\r\nDruckt nicht: ß 漢\r\n".encode()
    answer = await server.send(mail, "jurg@xn--bcher-kva.example", HELP)
    assert answer.isascii()
    view = await desk.ticket(answer.split()[-1]).view()
    assert (view.title, view.report.description) == ("障害 ä", "Druckt nicht: ß 漢")
    assert view.report.reporter == "jürg@bücher.example"


async def test_while_temporal_is_away_the_sender_keeps_it(desk: Desk, ids: Ids) -> None:
    away = await Client.connect("127.0.0.1:1", lazy=True, plugins=[standfast_plugin()])
    backend = backend_of(desk, smtp_port=0)
    cut_off = type(backend)(
        backend.settings, away, desk.records, desk.policy, Lookup(away, desk.records)
    )
    mail = raw(message_id=f"<{ids[1]}>")
    async with smtp_listener(cut_off) as address:
        assert address
        with pytest.raises(BACK) as kept:
            await MailServer(*address).send(mail, RITA, HELP)
        assert kept.value.smtp_code == 451
    async with smtp_listener(backend) as address:
        assert address
        again = await MailServer(*address).send(mail, RITA, HELP)
        assert again.startswith("2.0.0 opened")
        assert (await desk.ticket(again.split()[-1]).view()).occurrences == 1


async def test_the_store_that_is_away_costs_no_report(
    desk: Desk, server: MailServer, ids: Ids
) -> None:
    mail = raw(message_id=f"<{ids[1]}>")
    desk.records.installation.key_secret()  # which a process reads once
    with desk.records._database.writing():  # it holds the lock that others wait for
        answer = await server.send(mail, RITA, HELP)
    assert answer.startswith("2.0.0 opened")
    again = await server.send(mail, RITA, HELP)
    assert again.split()[-1] == answer.split()[-1]
    assert (await desk.ticket(answer.split()[-1]).view()).occurrences == 1


async def test_when_it_is_full_a_client_that_has_just_come_makes_room_for_nobody(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "MAX_CONNECTIONS", 2)
    assert await _greetings(server, 3) == ["220", "220", "421"]


async def test_silent_clients_do_not_keep_a_good_sender_out(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "_SPARED", 0.0)
    silent = [await asyncio.open_connection(server.host, server.port) for _ in range(60)]
    answer = await server.send(raw(), RITA, HELP)
    assert answer.startswith("2.0.0 opened")
    words = await silent[0][0].read()
    assert words.startswith(b"220")
    assert words.endswith(
        b"421 4.3.2 too many connections at once, and you have been silent longest\r\n"
    )
    for _, writer in silent:
        writer.close()


async def test_one_address_cannot_take_every_place(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "MAX_PER_ADDRESS", 2)
    assert await _greetings(server, 3) == ["220", "220", "421"]


async def _greetings(server: MailServer, clients: int) -> list[str]:
    open_ = [await asyncio.open_connection(server.host, server.port) for _ in range(clients)]
    greetings = [(await reader.readline())[:3].decode() for reader, _ in open_]
    for _, writer in open_:
        writer.close()
        await writer.wait_closed()
    return greetings


async def test_a_line_without_end_ends_the_connection(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "_BETWEEN_COMMANDS", -19_000_000)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    assert (await reader.readline()).startswith(b"220")
    with suppress(ConnectionError):
        for _ in range(30):
            writer.write(b"x" * 100_000)
            await writer.drain()
    with suppress(ConnectionError):
        assert b"421 4.3.2 that is more than any message may have" in await reader.read()
    assert reader.at_eof() or reader.exception()
    writer.close()


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r"])
async def test_a_message_hidden_behind_a_bare_end_is_refused(
    server: MailServer, end: bytes
) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    hidden = b"MAIL FROM:<ceo@storyville.example>\r\nRCPT TO:<" + HELP.encode() + b">\r\nDATA\r\n"
    writer.write(b"EHLO x\r\nMAIL FROM:<rita@storyville.example>\r\n")
    writer.write(b"RCPT TO:<" + HELP.encode() + b">\r\nDATA\r\n")
    writer.write(b"Subject: a\r\n\r\nx" + end + hidden + b"Subject: b\r\n\r\n.\r\nQUIT\r\n")
    answers = (await reader.read()).decode().splitlines()
    assert answers[-2:] == [
        "554 5.6.0 it holds a line of one dot that ends with a bare CR or LF",
        "221 Bye",
    ]
    writer.close()


async def test_garbage_on_the_line_hurts_nobody(server: MailServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"\xff\xfe\r\nGET / HTTP/1.1\r\n" + b"x" * 300_000 + b"\r\n")
    await writer.drain()
    assert (await reader.readline()).startswith(b"220")
    writer.close()
    await writer.wait_closed()
    assert (await server.send(raw(), RITA, HELP)).startswith("2.0.0 opened")


async def test_a_port_that_is_taken_is_told(desk: Desk, server: MailServer) -> None:
    with pytest.raises(BadSetting, match=f"STANDFAST_SMTP_PORT: .*127.0.0.1:{server.port}"):
        async with smtp_listener(backend_of(desk, smtp_port=server.port)):
            pass


async def test_without_a_port_nobody_listens(desk: Desk) -> None:
    async with smtp_listener(backend_of(desk)) as address:
        assert address is None


class Inbox:
    """Takes what we send."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        return "250 taken"


async def test_our_own_mail_is_known_as_ours_and_can_be_answered(desk: Desk) -> None:
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    notification = Notification(
        key="INC-7F3K2QXWM4:1:confirm-1:1",
        incident_id="INC-7F3K2QXWM4",
        purpose=Purpose.CONFIRM,
        audience=Audience.REPORTER,
        recipient=RITA,
        priority=Priority.P3,
        title="Is it resolved? P3 Wiki crashed (INC-7F3K2QXWM4)",
        body="It was restarted.",
    )
    url = f"mailto://127.0.0.1:{port}/?from={HELP}&to={RITA}&mode=insecure"
    tried = await asyncio.to_thread(try_to_send, url, outgoing(notification))
    listening.close()
    await listening.wait_closed()
    assert tried.problem == ""
    [sent] = inbox.got
    ours = read(sent)
    judged = judge(ours, desk.policy.current().mail)
    assert judged.kind is SetAsideKind.OWN_MESSAGE
    assert ours.header("auto-submitted") == "auto-generated"
    assert "(INC-7F3K2QXWM4)" in ours.subject
