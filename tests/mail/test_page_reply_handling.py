"""Whoever was paged answers by mail, and is told what became of it."""

from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.via import Via
from standfast.mail.handling import handle_opened
from tests.mail.conftest import MailRoom
from tests.mail.messages import RITA, raw, reply, reply_address
from tests.stories.desk import Ticket, until

MALLORY = "mallory@evil.example"


def address(person: str) -> str:
    return f"{person}@storyville.example"


@pytest.fixture
def paged_by_mail(room: MailRoom) -> MailRoom:
    """Ana and Ben have mail addresses that the policy knows."""
    people = {person: {"addresses": [address(person)]} for person in ("ana", "ben", "dora")}
    room.desk.amend(people=people, mail={"reply_address": "help@storyville.example"})
    return room


async def outage(room: MailRoom) -> tuple[Ticket, str, str]:
    ticket = await room.desk.report("Outage: wiki down", service="wiki", users_affected=30)
    first = str((await ticket.reaches_resolve()).assignee)
    return ticket, first, "ben" if first == "ana" else "ana"


def token(room: MailRoom, ticket: Ticket, person: str, **ago: float) -> str:
    return room.mail.pages.token(ticket.id, 1, person, datetime.now(UTC) - timedelta(**ago))


def answer(text: str, who: str, tag: str, **more: str) -> bytes:
    """Their reply to the page with that token."""
    given = {"sender": address(who), "to": reply_address(tag), "subject": "Re: Outage"}
    return reply(text, "page@storyville.example", **{**given, **more})


async def told(room: MailRoom, person: str, words: str) -> None:
    """Wait until a person got a message with these words."""

    async def found() -> bool:
        return any(words in title for title in room.desk.pages_to(person))

    await until(f"{person} is told: {words}", found)


async def test_ack_not_me_escalate_and_resolved(paged_by_mail: MailRoom) -> None:
    room = paged_by_mail
    ticket, first, second = await outage(room)
    passed = await room.take(answer("Not me: on a train", first, token(room, ticket, first)))
    assert (passed.result, passed.incident_id) == ("answered", ticket.id)
    assert passed.reason.endswith(f"Declined; paged now: {second}.")
    [declined] = await ticket.entries("declined")
    assert (declined.actor, declined.detail, declined.via) == (first, "on a train", Via.MAIL)
    await told(room, first, f"Your answer to {ticket.id}: Declined; paged now: {second}.")

    ack = answer("ACK, on my way", second, token(room, ticket, second))
    for _ in range(2):  # the same mail again
        taken = await room.take(ack)
        assert taken.reason.endswith("You have it: paging has stopped.")
    view = await ticket.view()
    assert view.acknowledged_by == second
    [comment] = await ticket.entries("comment")
    assert (comment.actor, comment.detail, comment.via) == (second, "on my way", Via.MAIL)
    await told(room, second, "paging has stopped. The rest of your mail is a comment.")

    late = await room.take(answer("ack", first, token(room, ticket, first)))
    assert f"{second} has it: acknowledged" in late.reason
    await told(room, first, f"{second} has it: acknowledged")

    nothing = await room.take(answer("resolved", second, token(room, ticket, second)))
    assert "say what was done" in nothing.reason
    await room.take(answer("Resolved: restarted it", second, token(room, ticket, second)))
    view = await ticket.reaches(Box.ISSUE_RESOLVED)
    assert view.resolution
    assert (view.resolution.by, view.resolution.summary) == (second, "restarted it")
    over = await room.take(answer("escalate", first, token(room, ticket, first)))
    assert f"{second} has resolved it" in over.reason


async def test_any_other_text_is_a_comment_of_whoever_was_paged(paged_by_mail: MailRoom) -> None:
    room = paged_by_mail
    ticket, first, _ = await outage(room)
    tag = token(room, ticket, first)
    link = f"https://standfast.example/p/{tag}"
    looked = await room.take(answer(f"Is it the disk again?\n{link} did not open", first, tag))
    assert looked.result == "commented"
    [comment] = await ticket.entries("comment")
    assert (comment.actor, comment.via) == (first, Via.MAIL)
    said = "Is it the disk again?\nhttps://standfast.example/p/… did not open"
    assert comment.detail == said, "whoever reads it could answer in their name"
    assert (await ticket.view()).acknowledged_by is None


async def test_an_address_that_they_have_verified_themselves_is_theirs(
    paged_by_mail: MailRoom,
) -> None:
    room = paged_by_mail
    room.desk.amend(contact_methods={"mail": "outbox://file/?to={address}"})
    ticket, first, _ = await outage(room)
    private, kept = f"{first}@home.example", room.desk.records.own_channels
    added = kept.add(first, "mail", "mail", private)
    assert added
    ack = answer("ack", first, token(room, ticket, first), sender=private)
    assert "was not sent to" in (await room.take(ack)).reason, "it is not verified"
    kept.open_code(added.id, "123456")
    kept.verify(first, added.id, "123456")
    again = answer("ack!", first, token(room, ticket, first), sender=private)
    assert (await room.take(again)).result == "answered"
    assert (await ticket.view()).acknowledged_by == first


async def test_who_is_not_who_was_paged_does_nothing(paged_by_mail: MailRoom) -> None:
    room = paged_by_mail
    ticket, first, second = await outage(room)
    tag = token(room, ticket, first)
    changed = tag[:-1] + ("b" if tag[-1] == "a" else "a")
    forged = [
        (answer("ack", second, tag), "was not sent to"),
        (answer("ack", first, changed), "was not sent to"),
        (answer("ack", first, tag, sender=MALLORY), "was not sent to"),
        (answer("ack", first, tag, sender=f"{address(first)}, {MALLORY}"), "plain address"),
        (answer("ack", first, tag, Sender=MALLORY), "its Sender is not who its From says"),
        (answer("ack", first, tag, Resent_From=MALLORY), "somebody else sent it on"),
        (answer("ack", first, token(room, ticket, first, days=4)), "could be answered for 3 d"),
    ]
    for mail, why in forged:
        result = await room.take(mail)
        assert (result.result, result.incident_id) == ("commented", ticket.id), result
        assert "not counted as an answer to a page: " in result.reason
        assert why in result.reason
    assert (await ticket.view()).acknowledged_by is None
    await told(room, first, "could be answered for 3 d")

    room.desk.amend(mail={"trusted_server": "mx.storyville.example"})
    unproven = await room.take(answer("ack", first, tag))
    assert "mx.storyville.example" in unproven.reason
    proof = "mx.storyville.example; dmarc=pass header.from=storyville.example"
    proven = await room.take(answer("ack", first, tag, Authentication_Results=proof))
    assert proven.result == "answered", proven


async def test_an_automatic_reply_and_a_late_one_do_nothing(paged_by_mail: MailRoom) -> None:
    room = paged_by_mail
    ticket, first, _ = await outage(room)
    tag = token(room, ticket, first)
    away = answer("ack", first, tag, Auto_Submitted="auto-replied")
    assert (await room.take(away)).result == "set_aside"
    opened = await handle_opened(
        away, room.mail, room.desk.policy.current(), None, datetime.now(UTC)
    )
    assert opened.result == "commented"
    assert "answer to a page: it had been set aside, and somebody else opened it" in opened.reason
    for header, says in (
        ({"Auto_Submitted": "auto-generated"}, "Auto-Submitted"),
        ({"Precedence": "bulk"}, "Precedence"),
    ):
        taken = await room.take(answer("ack", first, tag, **header))
        assert taken.result == "commented"
        assert f"not counted as an answer to a page: a program sent it: {says}" in taken.reason
    assert (await ticket.view()).acknowledged_by is None
    await ticket.act("withdraw", by=RITA, reason="a mistake")
    await ticket.closes()
    late = await room.take(answer("ack", first, token(room, ticket, first)))
    assert "Too late: it was withdrawn" in late.reason
    assert (await room.take(raw("ack", sender=address(first)))).result == "opened"


async def test_what_came_too_late_for_a_page_opens_nothing_once_it_is_over(
    paged_by_mail: MailRoom,
) -> None:
    """Three days later somebody goes through their mail, and answers."""
    room = paged_by_mail
    ticket, first, _ = await outage(room)
    await ticket.act("withdraw", by=first)
    await ticket.closes()
    late = await room.take(answer("ack", first, token(room, ticket, first, days=4)))
    assert (late.result, late.incident_id) == ("set_aside", ticket.id)
    assert late.reason.startswith(f"{ticket.id} has closed")
    more = answer("ack\n\nThe printer is on fire now.", first, token(room, ticket, first, days=4))
    kept = await room.take(more)
    assert (kept.result, kept.incident_id) == ("commented", ticket.id), "there is more in it"
    await told(room, first, "nobody is told. If it is not over, report it again.")
    back = answer("Not fixed!", first, token(room, ticket, first, days=4))
    assert (await room.take(back)).result == "opened"


async def test_after_the_end_what_people_write_is_on_its_record_and_they_hear_so(
    paged_by_mail: MailRoom,
) -> None:
    room = paged_by_mail
    ticket, first, second = await outage(room)
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    late = "resolved: replaced the disk"
    told_late = await room.take(answer(late, first, token(room, ticket, first)))
    assert "Too late: it was withdrawn" in told_late.reason
    about_the_page = answer("It was the disk of shelf 3.", first, token(room, ticket, first))
    expired = answer("For the record: 4 h.", first, token(room, ticket, first, days=4))
    about_the_news = reply(
        "We should monitor that.",
        "news@storyville.example",
        sender=address(second),
        subject=f"Re: It is over ({ticket.id})",
    )
    for mail in (about_the_page, expired, about_the_news):
        done = await room.take(mail)
        assert (done.result, done.incident_id) == ("commented", ticket.id)
    view = (await room.desk.lookup.find(ticket.id)).view
    mark = f"[by mail from {address(second)}, who is not among its reporters]\n"
    assert [(each.by, each.text) for each in view.additions] == [
        (first, "replaced the disk"),
        (first, "It was the disk of shelf 3."),
        (first, "For the record: 4 h."),
        (address(second), f"{mark}We should monitor that."),
    ]
    await told(room, second, "It has closed: what you wrote is on its record, and nobody is told.")
    fresh = raw("It is down again.", sender=address(second), subject=f"{ticket.id} is back")
    assert (await room.take(fresh)).result == "opened"


async def test_after_the_end_only_who_sees_it_adds_to_its_record(paged_by_mail: MailRoom) -> None:
    room = paged_by_mail
    ticket, *_ = await outage(room)
    await ticket.act("restrict", by="ana", reason="a lawsuit")
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    outsider = reply(
        "What was that about?",
        "news@storyville.example",
        sender=address("dora"),
        subject=f"Re: {ticket.id}",
    )
    done = await room.take(outsider)
    assert (done.result, done.incident_id != ticket.id) == ("opened", True)
    assert (await room.desk.lookup.find(ticket.id)).view.additions == ()
