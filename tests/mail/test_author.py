"""A mail confirms only as its reporter's own answer to our question; what does not is kept."""

from standfast.incidents.flowchart import Box
from standfast.mail.desk import MailResult
from tests.mail.conftest import MailRoom
from tests.mail.messages import RITA, Ids, raw, reply, reply_address
from tests.stories.desk import Desk, Ticket

MALLORY = "mallory@evil.example"
NOT_ONE = "its From is not exactly one plain address"
NO_QUESTION = "it does not answer a question of ours"


async def asked(room: MailRoom, ids: Ids) -> Ticket:
    """An incident that Rita reported by mail, resolved: she has been asked."""
    ticket = await room.opens(raw(message_id=f"<{ids[1]}>"))
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    return ticket


def with_headers(mail: bytes, *headers: str) -> bytes:
    return "".join(f"{header}\r\n" for header in headers).encode() + mail


async def test_who_knows_a_message_id_or_a_name_confirms_nothing(room: MailRoom, ids: Ids) -> None:
    ticket = await asked(room, ids)
    tag = await room.tag(ticket)
    mine, to = await room.tag(ticket, MALLORY), reply_address(tag)
    changed = reply_address(f"{tag[:-1]}{'b' if tag[-1] == 'a' else 'a'}")
    forged = [
        (reply("fixed", ids[1]), NO_QUESTION),
        (reply("fixed", ids[1], to=reply_address(ticket.id.lower())), NO_QUESTION),
        (reply("fixed", ids[1], to=changed), f"was not asked of {RITA}"),
        (reply("fixed", ids[1], to=reply_address(mine)), f"was not asked of {RITA}"),
        (with_headers(reply("fixed", ids[1], to=to), f"From: {MALLORY}"), "it has 2 From headers"),
        (reply("fixed", ids[1], to=to, sender=f"{RITA}, {MALLORY}"), NOT_ONE),
        (reply("fixed", ids[1], to=to, sender=f"Staff: {RITA};"), NOT_ONE),
        (reply("fixed", ids[1], to=to, Sender=MALLORY), "its Sender is not who its From says"),
        (reply("fixed", ids[1], to=to, Resent_From=MALLORY), "somebody else sent it on"),
        (
            reply("fixed", ids[1], to=to, sender="noreply@evil.example", Reply_To=RITA),
            "its From is noreply@evil.example, and it only names",
        ),
    ]
    for mail, why in forged:
        told = await room.take(mail)
        # Two From headers: whichever is taken for the author, it is no confirmation.
        assert (told.result, told.incident_id) == ("commented", ticket.id), told
        if MALLORY not in told.reason:
            assert why in told.reason
    strangers = [
        reply("fixed", ids[1], to=to, sender=f"Rita <{MALLORY}>"),
        reply("fixed", ids[1], to=to, sender=f'"{RITA}" <{MALLORY}>', Reply_To=RITA),
        reply("fixed", ids[1], to=to, sender="rita@storyv\u0456lle.example"),
    ]
    for mail in strangers:
        assert (await room.take(mail)).result == "commented"
    comments = await ticket.told("comment", len(forged) + len(strangers))
    assert all("not counted as" in one.detail or "not among" in one.detail for one in comments)
    assert {one.actor for one in comments} == {
        *(RITA, MALLORY, f"{RITA} (not verified)", "rita@xn--storyvlle-09h.example"),
    }
    view = await ticket.view()
    assert (view.stage, view.evidence, view.reporters) == (Box.ISSUE_RESOLVED, (), (RITA,))

    told = await room.take(reply("fixed", ids[1], to=to.upper(), sender=f"Rita P. <{RITA}>"))
    assert told.result == "confirmed"


async def test_the_tag_comes_back_in_the_references_too(room: MailRoom, ids: Ids) -> None:
    ticket = await asked(room, ids)
    ours = f"<{await room.tag(ticket)}@storyville.example> <of-the-mail-server@x.example>"
    told = await room.take(reply("still broken", ids[9], references=ours))
    assert (told.result, told.incident_id) == ("confirmed", ticket.id)


async def test_an_answer_is_good_for_its_own_resolution_alone(room: MailRoom, ids: Ids) -> None:
    ticket = await asked(room, ids)
    earlier = reply_address(await room.tag(ticket))
    assert (await room.take(reply("not fixed", ids[1], to=earlier))).result == "confirmed"
    await ticket.reaches(Box.RESOLVE)
    await ticket.act("resolve", by="ana", summary="again")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    told = await room.take(reply("Yes, fixed", ids[1], to=earlier))
    assert told.reason.endswith("the question that it answers is about another resolution")
    again = reply_address(await room.tag(ticket))
    assert (await room.take(reply("Yes, it works", ids[1], to=again))).result == "confirmed"


async def test_with_a_trusted_server_its_word_is_needed(room: MailRoom, ids: Ids) -> None:
    server = "mx.storyville.example"
    room.desk.amend(mail={"trusted_server": server})
    ticket = await asked(room, ids)
    assert (await ticket.view()).report.description == (
        f"[Its sender is not verified: {server} says nothing of who sent it]\n\n"
        "Nothing opens any more."
    )
    mail = reply("fixed", ids[1], to=reply_address(await room.tag(ticket)))

    async def taken(results: str) -> MailResult:
        return await room.take(with_headers(mail, f"Authentication-Results: {results}"))

    told = await taken("mx.evil.example; dmarc=pass header.from=storyville.example")
    assert f"{server} says nothing" in told.reason
    assert (await room.take(mail)).reason.startswith("it has come before: "), "headers are no text"
    fresh = reply("Yes", ids[1], to=reply_address(await room.tag(ticket)))
    good = f"Authentication-Results: {server}; dmarc=pass header.from=storyville.example"
    assert (await room.take(with_headers(fresh, good))).result == "confirmed"


async def test_a_stranger_with_the_same_message_id_joins_nothing(room: MailRoom, ids: Ids) -> None:
    once = {"text": "Nothing opens any more.", "message_id": f"<{ids[1]}>"}
    ticket = await room.opens(raw(**once))
    told = await room.take(raw(sender=MALLORY, **once))
    assert (told.result, told.incident_id != ticket.id) == ("opened", True)
    assert (await ticket.view()).reporters == (RITA,)


async def test_a_strangers_reply_to_a_closed_incident_is_an_incident_of_its_own(
    desk: Desk, room: MailRoom, ids: Ids
) -> None:
    ticket = await asked(room, ids)
    to = reply_address(await room.tag(ticket))
    assert (await room.take(reply("yes", ids[1], to=to))).result == "confirmed"
    await ticket.closes()
    told = await room.take(reply("It crashed again.", ids[1], sender=MALLORY))
    assert (told.result, told.incident_id != ticket.id) == ("opened", True)
    view = await desk.ticket(told.incident_id).view()
    assert (view.report.reporter, view.report.labels) == (MALLORY, {"follows": ticket.id})


async def test_a_display_name_is_shown_nowhere(room: MailRoom, ids: Ids) -> None:
    named = await room.opens(raw(sender=f'"Ana (on call)" <{MALLORY}>', subject=""))
    bare = await room.opens(
        with_headers(raw(message_id="", sender="").split(b"\n", 1)[1], "From: ana")
    )
    for ticket, reporter in ((named, MALLORY), (bare, "")):
        view = await ticket.view()
        assert view.report.reporter == reporter
        assert "Ana" not in view.model_dump_json(include={"report", "reporters"})
        assert all(not one.actor.lower().startswith("ana") for one in view.timeline)
    away = await room.take(raw("I am away.", sender="ana", x_autoreply="yes"))
    kept = room.desk.records.mails_set_aside.get(away.mail_id)
    assert kept
    assert kept.line.sender == "no address"


async def test_a_name_in_reply_to_is_not_verified_by_the_word_about_from(
    room: MailRoom, ids: Ids
) -> None:
    server = "mx.storyville.example"
    room.desk.amend(mail={"trusted_server": server})
    mail = raw(message_id=f"<{ids[1]}>", sender="noreply@evil.example", Reply_To=RITA)
    good = f"Authentication-Results: {server}; dmarc=pass header.from=evil.example"
    ticket = await room.opens(with_headers(mail, good))
    report = (await ticket.view()).report
    assert report.reporter == RITA
    assert report.description.startswith("[Its sender is not verified: its From is noreply@evil")
