"""An incident in Slack: answered by button, talked about in its thread, and over there too."""

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest

from standfast.chat.handling import TOO_MANY
from standfast.chat.kinds import providers
from standfast.incidents.addition import Addition
from standfast.incidents.flowchart import Box
from standfast.incidents.report import Channel
from tests.chat.at_work import at_work
from tests.chat.slack_server import GENERAL, TEAM, Slack, labels, running, says
from tests.stories.desk import Desk, Ticket, until

ANA, BEN, RITA, GUEST = "U0ANA", "U0BEN", "U0RITA", "U0GUEST"


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with running() as slack:
        slack.user(ANA, "Ana@storyville.example")
        slack.user(BEN, "ben@storyville.example")
        slack.user(RITA, "rita@storyville.example")
        slack.user(GUEST, "ana@storyville.example", is_restricted=True)
        yield slack


@contextlib.asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[None]:
    """The process of the chats."""
    secrets = {"STANDFAST_SECRET_BOT": "xoxb-1", "STANDFAST_SECRET_APP": "xapp-1"}
    (provider,) = providers(desk.policy.current().chat, environment=secrets)
    task = asyncio.create_task(at_work(provider, desk).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def chat(desk: Desk, slack: Slack) -> AsyncIterator[None]:
    people = {
        person: {"addresses": [f"{person}@storyville.example"]} for person in ("ana", "ben", "dora")
    }
    section = {
        "workspace": TEAM,
        "bot_token": "secret:BOT",
        "app_token": "secret:APP",
        "channel": GENERAL,
        "api": slack.api,
    }
    desk.amend(people=people, chat={"slack": section})
    async with working(desk):
        await asyncio.wait_for(slack.connected.wait(), 30)
        yield


async def shown(slack: Slack, ticket: Ticket, words: str) -> dict[str, Any]:
    """The message of an incident, once it says this."""
    incident_id = ticket.id

    async def found() -> dict[str, Any] | None:
        mine = [each for each in slack.top() if incident_id in says(each)]
        assert len(mine) <= 1
        return mine[0] if mine and words in says(mine[0]) else None

    return await until(f"{incident_id} says {words}", found)


async def heard(slack: Slack, user: str, times: int = 1) -> list[str]:
    """What somebody was told by now, and nobody else saw."""

    async def told() -> list[str] | None:
        words = [text for who, text in slack.told if who == user]
        return words if len(words) >= times else None

    return await until(f"{user} is told", told)


@pytest.mark.usefixtures("chat")
async def test_whoever_presses_has_it_and_the_others_hear_who(desk: Desk, slack: Slack) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    message = await shown(slack, ticket, "Nobody has it yet")
    earlier = copy.deepcopy(message)  # as a screen shows it that is a moment behind

    # Somebody who works on no incidents, and a guest who calls himself Ana.
    await slack.presses(RITA, message, "Acknowledge", at="1.1")
    assert await heard(slack, RITA) == [
        "Nothing was done: rita@storyville.example is not of the people who work on incidents here."
    ]
    await slack.presses(GUEST, message, "Acknowledge", at="1.2")
    assert "Slack vouches for no address of yours" in (await heard(slack, GUEST))[0]
    assert (await ticket.view()).acknowledged_by is None

    # Twice the same press, as Slack may hand it in, is one.
    await slack.presses(ANA, message, "Acknowledge", at="1.3")
    await slack.presses(ANA, message, "Acknowledge", at="1.3")
    words = await heard(slack, ANA, 2)
    assert words[0].startswith("You have it")
    await shown(slack, ticket, "*Has it*: Ana Apps")
    assert "Acknowledge" not in labels(message)
    (entry,) = await ticket.entries("acknowledged")
    assert (entry.actor, entry.via) == ("ana", "slack")

    await slack.presses(BEN, earlier, "Acknowledge", at="1.4")
    assert (await heard(slack, BEN))[0].startswith("ana has it")

    # A button that was moved to another message is none.
    other = {**earlier, "ts": "1.0"}
    await slack.presses(BEN, other, "Acknowledge", at="1.5")
    assert "not the incident's" in (await heard(slack, BEN, 2))[1]

    # What was done is asked for, and it is over there too.
    await slack.presses(ANA, message, "Resolve", at="1.6")

    async def asked() -> bool:
        return bool(slack.forms)

    await until("the form is open", asked)
    await slack.fills_in(ANA, "Restarted it")
    await shown(slack, ticket, "*Resolved*: by Ana Apps, and now it is verified")
    await ticket.act("withdraw", by="dora", reason="a drill")
    await ticket.closes()
    await shown(slack, ticket, "*Over*: Withdrawn")
    await slack.presses(BEN, earlier, "Acknowledge", at="1.7")
    assert (await heard(slack, BEN, 3))[2].startswith("Too late: it was withdrawn")


@pytest.mark.usefixtures("chat")
async def test_the_thread_is_a_part_of_the_timeline_each_thing_once(
    desk: Desk, slack: Slack
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    message = await shown(slack, ticket, "Nobody has it yet")

    reply = await slack.writes(ANA, message, "The disk &amp; the <https://wiki.example|wiki>")
    await ticket.told("comment")
    await slack.changes(reply, "Not the disk")
    await ticket.told("comment", times=2)
    await slack.deletes(reply)
    first, second, third = await ticket.told("comment", times=3)
    assert (first.actor, first.via) == ("ana", "slack")
    assert first.detail == "The disk & the wiki (https://wiki.example)"
    assert second.detail.startswith("(changed in Slack, written at ")
    assert second.detail.endswith(" Not the disk")
    assert third.detail.startswith("(deleted in Slack: what was written at ")

    # Its reporter may comment as such, and a stranger hears why not.
    await slack.writes(RITA, message, "It is slow again")
    await ticket.told("comment", times=4)
    await slack.writes(RITA, message, "\u200b")
    await ticket.told("comment", times=5)
    slack.user("U0EVE", "eve@storyville.example")
    await slack.writes("U0EVE", message, "Ignore all this")
    assert "has not reported this one" in (await heard(slack, "U0EVE"))[0]
    await ticket.act("comment", by="ben", text="On my way")

    async def answered() -> bool:
        return "Ben Apps writes: On my way" in slack.replies(message)

    await until("the comment is in the thread", answered)
    said = [(each.actor, each.detail) for each in await ticket.told("comment", times=6)]
    assert said[3:] == [
        ("rita@storyville.example", "It is slow again"),
        ("rita@storyville.example", "(no text)"),
        ("ben", "On my way"),
    ]
    # Nothing of what was written there has come back.
    assert [text for text in slack.replies(message) if "writes" in text] == [
        "Ben Apps writes: On my way"
    ]


@pytest.mark.usefixtures("chat")
async def test_escalate_pressed_twice_goes_one_tier_up(desk: Desk, slack: Slack) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    message = copy.deepcopy(await shown(slack, ticket, "Nobody has it yet"))
    for number, (who, words) in enumerate(
        ((ANA, "It goes to the next tier"), (ANA, "tier 2 has it"), (BEN, "tier 2 has it"))
    ):
        await slack.presses(who, message, "Escalate", at=f"1.{number}")
        assert words in (await heard(slack, who, 2 if number == 1 else 1))[-1]
        await ticket.reaches(Box.RESOLVE, tier=2)


@pytest.mark.usefixtures("chat")
async def test_who_writes_below_what_was_merged_hears_where_it_goes_on(
    desk: Desk, slack: Slack
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    other = await desk.report("Wiki is down", service="wiki")
    await ticket.reaches_resolve()
    await other.reaches_resolve()
    message = await shown(slack, ticket, "Nobody has it yet")
    await ticket.act("merge", by="ana", into=other.id)
    await ticket.closes()
    await slack.writes(BEN, message, "The vendor knows")
    said = (await heard(slack, BEN))[0]
    assert said.startswith(f"It was merged into {other.id}, which goes on: what you wrote is on")


@pytest.mark.usefixtures("chat")
async def test_after_the_end_a_reply_is_on_its_record_and_its_writer_hears_that_nobody_else_does(
    desk: Desk, slack: Slack
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", reporter="Rita@Storyville.example")
    await ticket.reaches_resolve()
    message = await shown(slack, ticket, "Nobody has it yet")
    await slack.writes(RITA, message, "It is slow")  # Slack writes her address in small letters
    await ticket.told("comment")
    early = await slack.writes(ANA, message, "The disk")
    await ticket.told("comment", times=2)
    await ticket.act("withdraw", by="dora")
    await ticket.closes()
    await shown(slack, ticket, "*Over*")
    reply = await slack.writes(BEN, message, "The vendor sends a new one")
    assert "on its record, and nobody is told" in (await heard(slack, BEN))[0]
    await slack.changes(reply, "The vendor has sent a new one")
    await heard(slack, BEN, 2)
    await slack.writes(RITA, message, "Thank you")
    assert "on its record, and nobody is told" in (await heard(slack, RITA))[0]
    await slack.deletes(early)
    slack.user("U0EVE", "eve@storyville.example")
    await slack.writes("U0EVE", message, "Me too")
    assert "has not reported this one" in (await heard(slack, "U0EVE"))[0]

    async def all_there() -> tuple[Addition, ...] | None:
        added = (await desk.lookup.find(ticket.id)).view.additions
        return added if len(added) >= 4 else None

    added = await until("all is on record", all_there)
    assert [each.by for each in added] == ["ben", "ben", "Rita@Storyville.example", "ana"]
    assert [each.text.partition(")")[2] or each.text for each in added[:3]] == [
        "The vendor sends a new one",
        " The vendor has sent a new one",
        "Thank you",
    ]
    assert added[3].text.startswith("(deleted in Slack: what was written at ")


@pytest.mark.usefixtures("chat")
async def test_who_writes_below_an_earlier_episode_hears_where_it_goes_on(
    desk: Desk, slack: Slack
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key=f"{desk.place} wiki")
    await ticket.reaches_resolve()
    message = await shown(slack, ticket, "Nobody has it yet")
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    await desk.report("Wiki crashed", service="wiki", dedup_key=f"{desk.place} wiki")

    async def goes_on() -> bool:
        return (await desk.lookup.find(ticket.id)).view.episode == 2

    await until("its next episode is open", goes_on)
    await slack.writes(BEN, message, "The vendor knows")
    assert (await heard(slack, BEN))[0].startswith("It goes on as episode 2: what you wrote is on")


async def test_what_was_written_while_we_were_away_is_read_later(desk: Desk, slack: Slack) -> None:
    section = {"workspace": TEAM, "bot_token": "secret:BOT", "app_token": "secret:APP"}
    desk.amend(
        people={"ana": {"addresses": ["ana@storyville.example"]}},
        chat={"slack": {**section, "channel": GENERAL, "api": slack.api}},
    )
    async with working(desk):
        await asyncio.wait_for(slack.connected.wait(), 30)
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.reaches_resolve()
        message = await shown(slack, ticket, "Nobody has it yet")
        kept = await slack.writes(ANA, message, "Kept")
        await ticket.told("comment")
        await slack.hang_up()
    slack.messages[GENERAL].remove(kept)
    await slack.writes(ANA, message, "Written while nobody listened")
    async with working(desk):
        entries = await ticket.told("comment", times=3)
    details = sorted(each.detail for each in entries)
    assert details[0].startswith("(deleted in Slack")
    assert details[1:] == ["Kept", "Written while nobody listened"]


@pytest.mark.usefixtures("chat")
async def test_somebody_reports_in_slack(desk: Desk, slack: Slack) -> None:
    body = {
        "command": "/standfast",
        "text": "report Wiki crashed\nSince noon",
        "user_id": RITA,
        "channel_id": GENERAL,
        "team_id": TEAM,
        "trigger_id": "trigger 7",
        "response_url": f"{slack.api}respond",
    }
    for _ in range(2):  # as Slack may hand it in
        await slack.hands_in("slash_commands", body)

    async def there() -> list[str] | None:
        return await asyncio.to_thread(desk.records.open_incidents.ids, "", 10) or None

    (incident_id,) = await until("it is reported", there)
    view = await desk.ticket(incident_id).reaches_resolve()
    assert (view.title, view.report.description) == ("Wiki crashed", "Since noon")
    assert (view.report.reporter, view.report.channel) == ("rita@storyville.example", Channel.CHAT)

    # A program in her name is slowed, and opens no more.
    for number in range(15):
        again = {"text": f"report Wiki {number}", "trigger_id": f"trigger 1{number}"}
        await slack.hands_in("slash_commands", {**body, **again})

    async def slowed() -> bool:
        return slack.responded.count(TOO_MANY) >= 7

    await until("she is slowed", slowed)
    assert len(await asyncio.to_thread(desk.records.open_incidents.ids, "", 30)) <= 10
