"""Mail as people use it: they report, write again, and say whether it is fixed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.incidents.dedup_keys import MAIL, incident_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.intake.errors import Unavailable
from standfast.mail.handling import handle_mail
from standfast.mail.threading import LONG_QUIET
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.mail.conftest import MailRoom, MailServer
from tests.mail.messages import HELP, RITA, Ids, message, raw, reply, reply_address
from tests.stories.desk import Desk


async def test_reported_discussed_and_confirmed_by_mail(
    desk: Desk, room: MailRoom, server: MailServer, ids: Ids
) -> None:
    first = message("Nothing opens any more.", message_id=f"<{ids[1]}>")
    answer = await server.send(first, RITA, HELP)
    assert answer.startswith("2.0.0 opened: rita@storyville.example reports it: INC-")
    ticket = desk.ticket(answer.split()[-1])
    assert ticket.id != incident_id(incident_key(MAIL, ids[1])), "its sender could foretell it"
    view = await ticket.reaches_resolve()
    assert view.title == "Wiki crashed"
    assert view.report.description == "Nothing opens any more."
    assert (view.report.reporter, view.report.channel) == (RITA, "email")

    answer = await server.send(reply("It is only page 7.", ids[1]), RITA, HELP)
    assert answer.startswith("2.0.0 commented")
    [comment] = await ticket.told("comment")
    assert (comment.actor, comment.detail) == (RITA, "It is only page 7.")

    await ticket.act("acknowledge", by="ana")
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    fixed = reply("Fixed, thanks!", ids[1], to=reply_address(await room.tag(ticket)))
    said = await server.send(fixed, RITA, HELP)
    assert said.startswith("2.0.0 confirmed")
    closed = await ticket.closes()
    assert (closed.outcome, closed.occurrences) == ("resolved", 1)


async def test_not_fixed_sends_it_on(desk: Desk, room: MailRoom, ids: Ids) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    to = reply_address(await room.tag(ticket))
    told = await room.take(reply("Still broken.\nSame page.", ids[1], to=to))
    assert told.result == "confirmed"
    assert (await ticket.note("verified")) == "unresolved Still broken.\nSame page."
    await ticket.reaches(Box.RESOLVE)


async def test_only_its_reporter_confirms(desk: Desk, room: MailRoom, ids: Ids) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    told = await room.take(
        raw("fixed", subject=f"Re: {ticket.id}", sender="mallory@elsewhere.example")
    )
    assert told.result == "commented"
    assert (await ticket.note("comment")) == (
        "[by mail from mallory@elsewhere.example, who is not among its reporters]\nfixed"
    )
    await ticket.reaches(Box.ISSUE_RESOLVED)


async def test_the_same_message_twice_is_one_incident(room: MailRoom, ids: Ids) -> None:
    once = raw(message_id=f"<{ids[1]}>")
    ticket = await room.opens(once)
    again = await room.take(b"Received: from elsewhere\r\n" + once)
    assert (again.result, again.incident_id) == ("opened", ticket.id)
    assert again.reason.startswith("it has come before: ")
    assert (await ticket.view()).occurrences == 1


async def test_without_a_message_id_too(room: MailRoom, ids: Ids) -> None:
    once = raw(f"Not even {ids[1]} opens.", message_id="", date="Mon, 23 Nov 2026 10:00:00 +0100")
    ticket = await room.opens(once)
    assert (await room.take(once)).incident_id == ticket.id
    assert (await room.opens(raw("Another page."))).id != ticket.id


async def test_a_program_that_says_the_same_each_night_is_heard_each_night(
    room: MailRoom, ids: Ids
) -> None:
    said = raw(f"Backup {ids[1]} failed.", message_id="")
    nights = [datetime(2026, 11, day, 3, tzinfo=UTC) for day in (23, 23, 24)]
    policy = room.desk.policy.current()
    told = [await handle_mail(said, room.mail, policy, now=night) for night in nights]
    first, again, next_night = (one.incident_id for one in told)
    assert first == again != next_night


async def test_a_reply_twice_is_one_comment_also_while_the_store_forgets(
    room: MailRoom, desk: Desk, ids: Ids
) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    comment = reply("It is only page 7.", ids[1], message_id=f"<{ids[2]}>")
    assert (await room.take(comment)).result == "commented"
    assert (await room.take(comment)).reason.startswith("it has come before")
    with desk.records._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM mails_seen")
    assert (await room.take(comment)).result == "commented"
    assert [entry.detail for entry in await ticket.told("comment")] == ["It is only page 7."]


async def test_an_answer_to_a_comment_finds_the_incident(room: MailRoom, ids: Ids) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await room.take(reply("Page 7.", ids[1], message_id=f"<{ids[2]}>"))
    told = await room.take(reply("Page 8 too.", ids[2]))
    assert (told.result, told.incident_id) == ("commented", ticket.id)


async def test_two_messages_with_one_id_at_once_are_two_incidents(room: MailRoom, ids: Ids) -> None:
    """freescout-help-desk/freescout#5591."""
    both = [
        raw(f"{host} broke.", subject=f"Backup of {host} failed", message_id=f"<{ids[1]}>")
        for host in ("db1", "db2")
    ]
    told = await asyncio.gather(*map(room.take, both))
    assert [one.result for one in told] == ["opened", "opened"]
    assert len({one.incident_id for one in told}) == 2


async def test_another_subject_in_an_open_thread_is_shown(room: MailRoom, ids: Ids) -> None:
    """chatwoot/chatwoot#15869: whoever reads the comment must see what it is about."""
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await room.take(reply("Since eight.", ids[1], subject="RE: Payments by card are refused"))
    await room.take(reply("Page 7.", ids[1], subject="RE: [EXTERNAL] Wiki crashed"))
    assert [entry.detail for entry in await ticket.told("comment")] == [
        "Subject: Payments by card are refused\n\nSince eight.",
        "Page 7.",
    ]


async def test_the_id_in_the_subject_or_the_address_finds_it(room: MailRoom, ids: Ids) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    for number, headers in enumerate(
        (
            {"subject": f"Re: Is it resolved? P3 Wiki crashed ({ticket.id})"},
            {"subject": f"[{ticket.id}] page 7"},
            {"to": f"Help <help+{ticket.id.lower()}@storyville.example>"},
        )
    ):
        told = await room.take(raw(f"Page {number}.", **headers))
        assert (told.result, told.incident_id) == ("commented", ticket.id)
    nobody = await room.take(raw("Hm.", subject="Re: [INC-AAAAAAAAAA] Wiki crashed"))
    assert nobody.result == "opened"


async def test_another_message_with_a_message_id_used_before_is_another_incident(
    room: MailRoom, ids: Ids
) -> None:
    """freescout-help-desk/freescout#5591."""
    one = {"message_id": f"<{ids[1]}>", "sender": "carrier@storyville.example"}
    first = await room.opens(raw("Pallet 41 was refused.", subject="Refused at gate 3", **one))
    second = raw("It is held by customs.", subject="Customs hold for 9942", **one)
    other = await room.opens(second)
    assert other.id != first.id
    assert (await other.view()).title == "Customs hold for 9942"
    assert (await room.take(second)).reason.startswith("it has come before: ")
    third = await room.opens(raw("Pallet 42 was refused.", subject="Refused at gate 3", **one))
    assert len({first.id, other.id, third.id}) == 3


async def test_the_same_message_by_way_of_a_list_is_the_same(room: MailRoom, ids: Ids) -> None:
    text = "Nothing opens any more, not even the page of the canteen."
    ticket = await room.opens(raw(text, message_id=f"<{ids[1]}>"))
    told = await room.take(
        raw(
            f"{text}\n\n_____\nStaff mailing list",
            subject="[staff] Wiki crashed",
            message_id=f"<{ids[1]}>",
        )
    )
    assert (told.result, told.incident_id) == ("joined", ticket.id)


async def closed_by_mail(room: MailRoom, ids: Ids) -> str:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    told = await room.take(reply("yes", ids[1], to=reply_address(await room.tag(ticket))))
    assert told.result == "confirmed"
    await ticket.closes()
    return ticket.id


NEW = "Payments by card are refused"


async def test_a_new_matter_in_the_thread_of_a_closed_incident_is_a_new_one_linked(
    room: MailRoom, ids: Ids
) -> None:
    """freescout-help-desk/freescout#4454, zammad/zammad#5286."""
    closed = await closed_by_mail(room, ids)
    told = await room.take(reply("Since 7:30 nobody can pay.", ids[1], subject=NEW))
    assert told.result == "opened"
    assert told.incident_id != closed
    ticket = room.desk.ticket(told.incident_id)
    await ticket.told("linked")
    view = await ticket.view()
    assert (view.title, view.episode, view.report.labels) == (NEW, 1, {"follows": closed})
    assert view.report.description == (
        f"Sent as a reply about {closed}, with a subject of its own.\n\nSince 7:30 nobody can pay."
    )
    assert [other.incident_id for other in view.related] == [closed]


async def test_a_new_matter_in_a_thread_that_is_long_quiet_is_a_new_one_linked(
    room: MailRoom, ids: Ids
) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    told = await room.take(reply("It is only page 7.", ids[1], subject="Page 7"))
    assert (told.result, told.incident_id) == ("commented", ticket.id), "the thread is alive"

    [comment] = await ticket.told("comment")
    later = comment.at + LONG_QUIET + timedelta(minutes=1)
    still = await handle_mail(
        reply("Any news?", ids[1]), room.mail, room.desk.policy.current(), now=later
    )
    assert (still.result, still.incident_id) == ("commented", ticket.id), "its subject is the same"


async def test_nobody_wrote_for_long(room: MailRoom, ids: Ids) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    view = await ticket.reaches_resolve()
    later = view.opened_at + LONG_QUIET + timedelta(minutes=1)
    told = await handle_mail(
        reply("Since 7:30.", ids[1], subject=NEW), room.mail, room.desk.policy.current(), now=later
    )
    assert (told.result, told.incident_id != ticket.id) == ("opened", True)
    await ticket.told("linked")
    assert [other.incident_id for other in (await ticket.view()).related] == [told.incident_id]


async def test_a_reply_in_a_closed_thread_reports_it_again(room: MailRoom, ids: Ids) -> None:
    closed = await closed_by_mail(room, ids)
    told = await room.take(reply("It crashed again.", ids[1]))
    assert (told.result, told.incident_id) == ("opened", closed)
    assert told.reason.endswith(f"{closed}, episode 2")
    view = await room.desk.ticket(closed).reaches_resolve()
    assert (view.episode, view.title) == (2, "Wiki crashed")
    assert view.report.description == "It crashed again."


async def test_thanks_after_the_end_are_on_its_record_and_open_nothing(
    room: MailRoom, ids: Ids
) -> None:
    closed = await closed_by_mail(room, ids)
    thanks = reply("Thank you very much!", ids[1])
    for mail in (thanks, thanks, reply("Hi,\n\nyes, it works again.", ids[1])):
        told = await room.take(mail)
        assert (told.result, told.incident_id) == ("commented", closed)
        assert told.reason.endswith("which has closed: it is on its record")
    with_logo = message("Thank you!", subject="Re: Wiki crashed", in_reply_to=f"<{ids[1]}>")
    with_logo.add_related(b"PNG", "image", "png", cid="<logo>", disposition="inline")
    assert (await room.take(with_logo.as_bytes())).result == "commented"
    view = (await room.desk.lookup.find(closed)).view
    assert view.episode == 1
    words = [(each.by, each.text.partition("\n")[0]) for each in view.additions]
    assert words[:2] == [(RITA, "Thank you very much!"), (RITA, "Hi,")]
    assert len(words) == 3
    log = room.desk.records.audit.newest(1, kind=AuditKind.ADDED_TO_RECORD)
    assert [(entry.by, entry.subject, entry.origin) for entry in log] == [(RITA, closed, "by mail")]


async def test_thanks_of_somebody_else_and_what_says_nothing_are_set_aside(
    room: MailRoom, ids: Ids
) -> None:
    closed = await closed_by_mail(room, ids)
    others = reply("Thank you very much!", ids[1], sender="sam@storyville.example")
    two = reply("Thanks!", ids[1], sender=f"{RITA}, sam@storyville.example")
    for mail in (others, two):
        told = await room.take(mail)
        assert (told.result, told.incident_id) == ("set_aside", closed)
    assert (await room.desk.lookup.find(closed)).view.additions == ()


async def test_the_id_of_a_closed_incident_opens_one_that_mentions_it(
    room: MailRoom, ids: Ids
) -> None:
    closed = await closed_by_mail(room, ids)
    told = await room.take(raw("Printing fails.", subject=f"Re: Printer ({closed})"))
    assert told.result == "opened"
    assert told.incident_id != closed
    report = (await room.desk.ticket(told.incident_id).view()).report
    assert report.title == "Printer"
    assert report.description == f"About {closed}, which has closed.\n\nPrinting fails."
    assert report.labels == {"follows": closed}


@pytest.mark.parametrize("nothing", ["\u200b", "\u2800\u3164", "\u202e \ufeff", "\u00ad"])
async def test_a_reply_in_which_nothing_can_be_seen_is_set_aside(
    room: MailRoom, ids: Ids, nothing: str
) -> None:
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    told = await room.take(reply(nothing, ids[1]))
    assert (told.result, told.incident_id) == ("set_aside", ticket.id)


async def test_a_mailbox_tells_the_service(room: MailRoom) -> None:
    room.desk.amend(mail={"mailboxes": [{"address": "shop@storyville.example", "service": "shop"}]})
    ticket = await room.opens(raw(to="Shop <shop+x@storyville.example>"))
    assert (await ticket.view()).report.service == "shop"


async def test_it_follows_a_merge(room: MailRoom, ids: Ids) -> None:
    first = await room.opens(raw(message_id=f"<{ids[1]}>"))
    other = await room.opens(raw("And the other.", message_id=f"<{ids[2]}>"))
    await first.reaches_resolve()
    await other.reaches_resolve()
    await first.act("merge", by="ana", into=other.id)
    told = await room.take(reply("Page 7.", ids[2]))
    again = await room.take(reply("Page 8.", ids[1]))
    assert told.result == again.result == "commented"
    assert told.incident_id == again.incident_id


async def test_before_the_record_store_was_ever_reached_mail_waits_outside(
    room: MailRoom, ids: Ids, tmp_path: Path
) -> None:
    """Its key is sealed with a secret that is there; without it, the incident could be foretold."""
    (tmp_path / "no-directory").write_text("")
    away = RecordStore(f"sqlite:///{tmp_path / 'no-directory' / 'records.db'}", patience=1)
    desk = replace(room.mail, records=away)
    with pytest.raises(Unavailable, match="cannot be used"):
        await handle_mail(raw(message_id=f"<{ids[1]}>"), desk, room.desk.policy.current())
    away.close()
