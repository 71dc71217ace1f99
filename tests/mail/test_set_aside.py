"""Mail that is set aside: it is kept, listed, and becomes an incident when somebody opens it."""

import asyncio
import smtplib
from dataclasses import replace

import pytest
from sqlalchemy import update

from standfast.intake.errors import Refused, Unavailable
from standfast.mail.desk import MailResult
from standfast.mail.mail import Envelope
from standfast.mail.opening import NoSuchMail, open_mail
from standfast.records.store import RecordStore
from standfast.records.tables import mails_set_aside
from standfast.web.smtp import smtp_listener
from tests.mail.conftest import MailRoom, MailServer, backend_of
from tests.mail.messages import HELP, RITA, Ids, message, raw, reply
from tests.stories.desk import Desk

AWAY = {"subject": "Automatic reply: Wiki", "in_reply_to": "<1@x>", "text": "I am away."}


async def opens(room: MailRoom, mail_id: str, by: str = "ana") -> MailResult:
    return await open_mail(mail_id, by, room.mail, room.desk.policy.current())


async def test_set_aside_listed_and_opened(room: MailRoom) -> None:
    told = await room.take(raw(**AWAY), Envelope(RITA, (HELP,)))
    assert (told.result, told.kind, told.incident_id) == ("set_aside", "automatic", "")
    [line] = room.desk.records.mails_set_aside.latest()
    assert (line.id, line.kind, line.sender) == (told.mail_id, "automatic", RITA)
    assert (line.subject, line.reason) == ("Automatic reply: Wiki", told.reason)
    assert (line.opened_by, line.incident_id) == ("", "")

    result = await opens(room, line.id)
    assert result.result == "opened"
    view = await room.desk.ticket(result.incident_id).reaches_resolve()
    assert (view.report.reporter, view.report.description) == (RITA, "I am away.")

    [line] = room.desk.records.mails_set_aside.latest()
    assert (line.opened_by, line.incident_id) == ("ana", view.incident_id)


async def test_opened_twice_and_at_once_is_one_incident(room: MailRoom) -> None:
    told = await room.take(raw(message_id="", **AWAY))
    both = await asyncio.gather(opens(room, told.mail_id), opens(room, told.mail_id, "ben"))
    again = await opens(room, told.mail_id, "cem")
    assert len({one.incident_id for one in (*both, again)}) == 1
    view = await room.desk.ticket(again.incident_id).view()
    assert view.occurrences == 1
    [line] = room.desk.records.mails_set_aside.latest()
    assert line.opened_by in ("ana", "ben")


async def test_the_same_message_is_kept_once(room: MailRoom) -> None:
    once = raw(**AWAY)
    first = await room.take(once)
    again = await room.take(b"Received: from elsewhere\r\n" + once)
    assert again == first
    assert len(room.desk.records.mails_set_aside.latest()) == 1


async def test_opened_it_may_be_a_comment_on_the_incident_that_it_answers(
    room: MailRoom, ids: Ids
) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    told = await room.take(reply("It is only page 7.", ids[1], auto_submitted="auto-replied"))
    assert told.result == "set_aside"
    opened = await opens(room, told.mail_id)
    assert (opened.result, opened.incident_id) == ("commented", ticket.id)
    [comment] = await ticket.told("comment")
    assert comment.detail == "It is only page 7."


async def test_a_reply_that_says_nothing_is_on_the_list_and_opens_an_incident_of_its_own(
    room: MailRoom, ids: Ids
) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    nothing = raw("", subject="Re: Wiki crashed", in_reply_to=f"<{ids[1]}>")
    told = await room.take(nothing)
    assert (told.kind, told.incident_id) == ("nothing_new", ticket.id)
    [line] = room.desk.records.mails_set_aside.latest()
    assert (line.kind, line.incident_id) == ("nothing_new", ticket.id)
    opened = await opens(room, told.mail_id)
    assert opened.result == "opened"
    assert opened.incident_id != ticket.id


async def test_our_own_message_that_comes_back_is_counted_and_not_kept(room: MailRoom) -> None:
    counted: list[MailResult] = []
    room.mail = replace(room.mail, count=counted.append)
    told = await room.take(raw(x_standfast="INC-AAAAAAAAAA"))
    assert (told.result, told.kind, told.mail_id) == ("set_aside", "own_message", "")
    assert counted == [told]
    assert room.desk.records.mails_set_aside.latest() == []


async def test_a_form_s_mail_from_our_own_address_is_the_person_s(room: MailRoom) -> None:
    """zammad/zammad#2551, zammad/zammad#943: From is our address, Reply-To the person."""
    room.desk.amend(mail={"mailboxes": [{"address": HELP}]})
    form = raw("My order 4711 is gone.", sender=HELP, reply_to=f"Klara <{RITA}>")
    ticket = await room.opens(form)
    assert (await ticket.view()).report.reporter == RITA


async def test_what_cannot_be_opened_says_why(room: MailRoom) -> None:
    with pytest.raises(NoSuchMail, match="no mail MAIL-AAAAAAAA is set aside"):
        await opens(room, "MAIL-AAAAAAAA")


async def test_while_the_records_are_away_it_is_to_come_again(
    room: MailRoom, desk: Desk, ids: Ids
) -> None:
    away = RecordStore("sqlite:////proc/nowhere/records.db", patience=0)
    away.installation = desk.records.installation  # it was reached before, and the secret is known
    room.mail = replace(room.mail, records=away)
    with pytest.raises(Unavailable, match="cannot be kept now"):
        await room.take(raw(**AWAY))
    # What loops is not kept, so it is taken; and what people report is, too.
    assert (await room.take(raw(x_standfast="INC-AAAAAAAAAA"))).result == "set_aside"
    assert (await room.take(raw(message_id=f"<{ids[1]}>"))).result == "opened"

    backend = replace(backend_of(desk, smtp_port=0), records=away)
    async with smtp_listener(backend) as address:
        assert address
        with pytest.raises(smtplib.SMTPResponseException) as later:
            await MailServer(*address).send(raw(**AWAY), RITA, HELP)
    assert later.value.smtp_code == 451


async def test_it_is_not_answered(desk: Desk, server: MailServer) -> None:
    away = message(AWAY["text"], subject=AWAY["subject"], in_reply_to="<1@x>")
    answer = await server.send(away, RITA, HELP)
    assert answer.startswith("2.0.0 set_aside: it is an automatic mail: ")
    assert desk.sink.requests == []


async def test_without_its_content_it_cannot_be_opened(room: MailRoom) -> None:
    told = await room.take(raw(**AWAY))
    with room.desk.records._database.writing() as connection:
        connection.execute(update(mails_set_aside).values(raw=None, stored=0))
    with pytest.raises(Refused, match="its content was dropped"):
        await opens(room, told.mail_id)
