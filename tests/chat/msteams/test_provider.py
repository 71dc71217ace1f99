"""What is sent to Teams: one card an incident, edited in place, and its thread."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from standfast.chat.card import Fact
from standfast.chat.msteams.activities import version_of
from standfast.chat.msteams.cards import message_of
from standfast.chat.msteams.cloud import cloud_of
from standfast.chat.msteams.transport import EgressTransport
from standfast.chat.provider import CannotLook, ChatAway, ChatRefused, ChatUnsure, Gone
from standfast.outgoing.egress import NotAllowed
from standfast.policy.chat import TeamsCloud
from tests.chat.msteams.conftest import CARD, Room, teams_of
from tests.chat.msteams.messages import CHANNEL
from tests.chat.msteams.microsoft import OTHER_TENANT, TEAM, TENANT, Microsoft, Trouble

KEY = "teams:INC-7F3K2QXWM4:1:message"
LONG_AGO = datetime.now(UTC) - timedelta(days=1)


async def test_one_card_says_it_and_is_edited_in_place(room: Room) -> None:
    message = await room.teams.post(CHANNEL, CARD, KEY)
    (said,) = room.microsoft.posts()
    assert said.id == message
    assert said.text.splitlines() == [
        "P1 The shop does not open (INC-7F3K2QXWM4)",
        "Now: waits for george to acknowledge",
        "Service: shop",
        "Whom it hurts: everybody",
    ]
    assert said.buttons == ["I have it", "Escalate", "Resolved", "Open"]
    assert said.activity["summary"].startswith("P1 The shop does not open")

    assert room.teams.link(CHANNEL, message) == (
        f"https://teams.microsoft.com/l/message/19%3A4d1f0c8a%40thread.tacv2/{message}"
        f"?tenantId={TENANT}&parentMessageId={message}&groupId={TEAM}"
    )

    at = datetime(2026, 11, 30, 3, 4, 5, tzinfo=UTC)
    over = replace(CARD, status=Fact("Now", "over", at), buttons=(), over=True)
    await room.teams.edit(CHANNEL, message, over)
    (said,) = room.microsoft.posts()
    assert said.edits == 1
    assert said.buttons == ["Open"]
    assert "{{TIME(2026-11-30T03:04:05Z)}}" in said.text, "in the time zone of who reads it"


async def test_what_a_reporter_wrote_is_text(room: Room) -> None:
    title = "**[P1](https://evil.example)** <at>everyone</at> {{DATE(2026-01-01T00:00:00Z)}}"
    await room.teams.post(CHANNEL, replace(CARD, title=title), KEY)
    (said,) = room.microsoft.posts()
    block = said.card["body"][0]
    assert block["type"] == "RichTextBlock", "text runs know no markup"
    assert block["inlines"][0]["text"] == title


async def test_a_large_message_is_cut_to_what_teams_takes(room: Room) -> None:
    facts = tuple(Fact("L" * 20, "ß" * 9_000) for _ in range(50))
    huge = replace(CARD, title="T" * 9_000, status=Fact("Now", "s" * 9_000), facts=facts)
    message = await room.teams.post(CHANNEL, huge, KEY)
    await room.teams.reply(CHANNEL, message, "ß" * 90_000, "a reply")
    for said in room.microsoft.said:
        assert len(json.dumps(said.activity, ensure_ascii=False).encode()) < 28_000


async def test_replies_go_into_the_thread_and_are_deleted(room: Room) -> None:
    message = await room.teams.post(CHANNEL, CARD, KEY)
    await room.teams.reply(CHANNEL, message, "ana: we restart it", "1")
    second = await room.teams.reply(CHANNEL, message, "ana: it runs", "2")
    assert [each.text for each in room.microsoft.replies(message)] == [
        "ana: we restart it",
        "ana: it runs",
    ]
    await room.teams.delete_reply(CHANNEL, message, second)
    await room.teams.delete_reply(CHANNEL, message, second)  # it is gone already
    assert [each.text for each in room.microsoft.replies(message)] == ["ana: we restart it"]


async def test_a_deleted_message_is_gone(room: Room) -> None:
    message = await room.teams.post(CHANNEL, CARD, KEY)
    room.microsoft.said.clear()
    with pytest.raises(Gone):
        await room.teams.edit(CHANNEL, message, CARD)


async def test_a_token_is_asked_for_once_and_again_where_it_ended(room: Room) -> None:
    message = await room.teams.post(CHANNEL, CARD, KEY)
    await asyncio.gather(*(room.teams.edit(CHANNEL, message, CARD) for _ in range(3)))
    assert len(room.microsoft.tokens) == 1
    room.microsoft.good_tokens.clear()
    await room.teams.edit(CHANNEL, message, CARD)
    assert len(room.microsoft.tokens) == 2


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble("POST .*/v3/conversations$", 429, headers={"Retry-After": "7"}), ChatAway),
        (Trouble("POST .*/v3/conversations$", 412), ChatAway),
        (Trouble("POST .*/v3/conversations$", 502), ChatUnsure),
        (Trouble("POST .*/v3/conversations$", 201, does=True), ChatUnsure),  # without an id
        (Trouble("POST .*/v3/conversations$", 403), ChatRefused),
        (Trouble("POST .*/v3/conversations$", 302), ChatRefused),
        (Trouble("oauth2", 503, headers={"Retry-After": "7"}), ChatAway),
        (Trouble("oauth2", 200), ChatAway),
    ],
)
async def test_each_trouble_says_whether_it_may_have_been_done(
    room: Room, trouble: Trouble, error: type[Exception]
) -> None:
    room.microsoft.troubles.append(trouble)
    with pytest.raises(error) as raised:
        await room.teams.post(CHANNEL, CARD, KEY)
    assert type(raised.value) is error
    if "Retry-After" in trouble.headers:
        assert isinstance(raised.value, ChatAway)
        assert raised.value.retry_after == timedelta(seconds=7)
    assert await room.teams.post(CHANNEL, CARD, KEY), "and goes on"


async def test_while_microsoft_is_away_nothing_was_done(microsoft: Microsoft) -> None:
    teams = teams_of(microsoft, server="http://127.0.0.1:9")
    with pytest.raises(ChatAway):
        await teams.post(CHANNEL, CARD, KEY)
    await teams.close()


async def test_a_wrong_secret_is_told_at_once(room: Room) -> None:
    room.microsoft.troubles.append(Trouble("oauth2", 401, body={"error": "invalid_client"}))
    with pytest.raises(ChatAway, match="invalid_client"):
        await room.teams.listen(room.handle)


async def test_a_message_whose_answer_was_lost_is_found_again(room: Room) -> None:
    for number in range(60):
        room.microsoft.say(CHANNEL, message_of(CARD, f"another {number}"))
    room.microsoft.troubles.append(Trouble("POST .*/v3/conversations$", 504, does=True))
    with pytest.raises(ChatUnsure):
        await room.teams.post(CHANNEL, CARD, KEY)
    found = await room.teams.find(CHANNEL, KEY, LONG_AGO)
    assert found == room.microsoft.posts()[-1].id
    assert await room.teams.find(CHANNEL, "another 3", LONG_AGO) == room.microsoft.posts()[3].id
    assert await room.teams.find(CHANNEL, "never posted", LONG_AGO) is None


async def test_what_cannot_be_looked_for_is_said(microsoft: Microsoft, room: Room) -> None:
    microsoft.graph_refuses = True
    with pytest.raises(CannotLook, match=r"ChannelMessage\.Read\.Group"):
        await room.teams.find(CHANNEL, KEY, LONG_AGO)
    without = teams_of(microsoft, team=None)
    with pytest.raises(CannotLook, match="`team`"):
        await without.find(CHANNEL, KEY, LONG_AGO)
    await without.close()


async def test_a_thread_is_read_with_our_replies_known_by_their_keys(room: Room) -> None:
    george = room.microsoft.add("george", "george@storyville.example")
    message = await room.teams.post(CHANNEL, CARD, KEY)
    ours = await room.teams.reply(CHANNEL, message, "ana: we restart it", "1")
    theirs = room.microsoft.write(message, george, "a &lt; b<br>and c")
    edited = room.microsoft.write(message, george, "<p>we restarted&nbsp;it</p>")
    edited.edited_at = edited.at
    seen = await room.teams.thread(CHANNEL, message)
    changed = seen.pop()
    assert (changed.text, changed.version) == ("we restarted it", version_of("we restarted it"))
    assert [(each.reply, each.user, each.text, each.key) for each in seen] == [
        (ours, "", "", "1"),
        (theirs.id, "aad-george", "a < b\nand c", ""),
    ]
    assert await room.teams.person("aad-george") == await room.teams.person(george)


async def test_an_incident_has_a_channel_of_its_own_until_it_is_over(room: Room) -> None:
    george = room.microsoft.add("george", "george@storyville.example")
    ana = room.microsoft.add("ana", "ana@storyville.example")
    name = "inc-7f3k2qxwm4"
    room.microsoft.troubles.append(Trouble("POST .*/channels$", 504, does=True))
    with pytest.raises(ChatUnsure):
        await room.teams.open_channel(name, private=False)
    channel = await room.teams.find_channel(name)
    assert channel, "it is found, and not opened twice"
    assert await room.teams.find_channel("inc-another") is None
    await room.teams.describe(channel, "P1 The shop does not open")
    assert room.microsoft.channels[channel]["description"] == "P1 The shop does not open"
    began = datetime.now(UTC) - timedelta(minutes=1)
    await room.teams.invite(channel, george, "1")
    await room.teams.invite(channel, ana, "2")
    await room.teams.invite(channel, "29:stranger", "3")
    called = room.microsoft.posts(channel)
    assert [each.text for each in called] == ["<at>George</at>", "<at>Ana</at>"]
    [named] = called[1].card["msteams"]["entities"]
    assert (named["text"], named["mentioned"]["id"]) == ("<at>Ana</at>", ana)
    told = [await room.teams.is_invited(channel, ana, key, began) for key in ("2", "3")]
    assert told == [True, False], "who was called is found again"
    await room.teams.archive(channel)
    assert room.microsoft.channels[channel]["isArchived"]
    await room.teams.archive(channel)
    del room.microsoft.channels[channel]
    with pytest.raises(Gone):
        await room.teams.archive(channel)


async def test_what_teams_has_no_channels_for_is_refused(microsoft: Microsoft, room: Room) -> None:
    with pytest.raises(ChatRefused, match="private"):
        await room.teams.open_channel("a", private=True)
    microsoft.graph_refuses = True
    with pytest.raises(ChatRefused, match=r"Channel\.Create\.Group"):
        await room.teams.open_channel("a", private=False)
    with pytest.raises(CannotLook, match=r"ChannelSettings\.ReadWrite\.Group"):
        await room.teams.find_channel("a")


async def test_people_are_known_by_the_address_that_our_tenant_gives_them(room: Room) -> None:
    add, person = room.microsoft.add, room.teams.person
    george = add("george", "George@Storyville.example")
    guest = add("guest", "ana_other.example#EXT#@storyville.example", userRole="guest")
    shared = add("shared", "ana@storyville.example", tenantId=OTHER_TENANT)
    nobody = add("nobody", "", email="nobody@storyville.example")
    found = await person(george)
    assert found
    assert found.address == "george@storyville.example"
    for user in (guest, shared, nobody, "29:unknown"):
        assert await person(user) is None
    assert await room.teams.user_of("GEORGE@storyville.example") == george
    assert await room.teams.user_of("nobody@storyville.example") is None
    assert await room.teams.user_of("ana@storyville.example") is None


async def test_only_hosts_of_microsoft_are_called() -> None:
    hosts = cloud_of(TeamsCloud.PUBLIC).hosts
    assert hosts == (
        "smba.trafficmanager.net",
        "graph.microsoft.com",
        "login.microsoftonline.com",
        "login.botframework.com",
    )
    async with httpx.AsyncClient(transport=EgressTransport(hosts)) as http:
        with pytest.raises(NotAllowed):
            await http.get("http://127.0.0.1/")


async def test_an_id_from_outside_leads_to_no_other_address(room: Room) -> None:
    for wrong in ("../../v3/conversations", "1?x=y", "a/b", "..", ""):
        with pytest.raises(ChatRefused):
            await room.teams.edit(CHANNEL, wrong, CARD)
        with pytest.raises(ChatRefused):
            await room.teams.post(wrong, CARD, KEY)
    assert room.microsoft.asked == []
