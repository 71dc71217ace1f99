"""An incident in Teams, from its card to its end: with the real workflow, keeper and journal."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from standfast.chat.msteams.provider import Teams
from standfast.chat.msteams.webhook import PATH
from standfast.hosting.audit import AuditLog
from standfast.hosting.chat_process import called_by_chats
from standfast.incidents.via import Via
from standfast.records.audit import AuditKind
from standfast.records.chat_steps import StepKind, StepState
from tests.chat.at_work import at_work
from tests.chat.msteams.conftest import rules, teams_of
from tests.chat.msteams.messages import Said
from tests.chat.msteams.microsoft import OTHER_TENANT, Microsoft, Trouble
from tests.stories.desk import Desk, Ticket, until


class House:
    """The desk with Teams beside it, as the chat's process has it."""

    def __init__(self, desk: Desk, microsoft: Microsoft) -> None:
        self.desk = desk
        self.microsoft = microsoft
        self.teams = teams_of(microsoft)
        self.holder = "first"
        self._assemble(self.teams)

    def _assemble(self, teams: Teams) -> None:
        chat = at_work(teams, self.desk, self.holder)
        self.keeper, self.threads = chat.keeper, chat.threads
        app = called_by_chats(chat.routes(), AuditLog(self.desk.records))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", timeout=60
        )

    async def dies(self) -> None:
        """The process is killed, and another one takes over with what is in the record store."""
        await self.teams.close()
        self.desk.records.chat_keepers.release(self.teams.name, self.holder)
        self.teams, self.holder = teams_of(self.microsoft), "second"
        self._assemble(self.teams)

    async def shows(self, ticket: Ticket, *words: str) -> Said:
        """Wait until the one card in the channel says all of that."""

        async def there() -> Said | None:
            await self.keeper.step()
            cards = [each for each in self.microsoft.posts() if ticket.id in each.text]
            assert len(cards) <= 1, "one card an incident"
            return next((e for e in cards if all(word in e.text for word in words)), None)

        return await until(f"the card says {words}", there)

    async def press(self, said: Said, who: str, label: str, answer: str = "") -> str:
        """What somebody hears who presses a button."""
        activity = self.microsoft.press(said, f"29:{who}", label, answer)
        return str((await self.deliver(activity)).json()["value"])

    async def deliver(self, activity: dict[str, Any]) -> httpx.Response:
        headers = self.microsoft.authorization()
        return await self.http.post(PATH, json=activity, headers=headers)


@pytest.fixture
async def house(desk: Desk, microsoft: Microsoft) -> AsyncIterator[House]:
    everybody = [*desk.policy.current().people]
    addresses = {each: f"{each}@storyville.example" for each in everybody}
    desk.amend(
        people={each: {"addresses": [address]} for each, address in addresses.items()},
        chat={"teams": rules(microsoft).model_dump(mode="json", exclude_none=True)},
    )
    for each, address in addresses.items():
        microsoft.add(each, address)
    house = House(desk, microsoft)
    yield house
    await house.teams.close()


async def outage(house: House) -> tuple[Ticket, str, str]:
    """A P1, who is paged for it, and somebody else of the team."""
    ticket = await house.desk.report("Outage: wiki down", service="wiki", users_affected=30)
    view = await ticket.reaches_resolve()
    first = str(view.assignee)
    return ticket, first, "ben" if first == "ana" else "ana"


async def test_a_p1_is_taken_and_resolved_by_buttons(house: House) -> None:
    house.desk.amend(chat={"teams": {"own_channel": ["P1"]}})
    ticket, first, second = await outage(house)
    asked = replace(await house.shows(ticket, "Nobody has it yet"))
    assert asked.buttons[0] == "Acknowledge"

    house.microsoft.add("guest", "g@other.example", userRole="guest")
    assert "vouches for no address" in await house.press(asked, "guest", "Acknowledge")
    house.microsoft.add("clerk", "clerk@storyville.example")
    assert "not of the people" in await house.press(asked, "clerk", "Acknowledge")
    assert (await ticket.view()).acknowledged_by is None

    said = await house.press(asked, first, "Acknowledge")
    assert "paging has stopped" in said
    again = await house.press(asked, first, "Acknowledge")
    assert again.startswith("You have it already: acknowledged")
    other = await house.press(asked, second, "Acknowledge")
    assert other.startswith(f"{first} has it: acknowledged")
    [taken] = await ticket.entries("acknowledged")
    assert (taken.actor, taken.via) == (first, Via.TEAMS)
    assert house.desk.paged() == [first], "nobody is paged after that"

    card = replace(await house.shows(ticket, "Has it"))
    [channel] = house.microsoft.channels.values()
    assert channel["displayName"] == ticket.id.lower()
    called = " ".join(each.text for each in house.microsoft.posts(channel["id"]))
    assert first.title() in called
    assert second.title() not in called

    # Teams is away: nothing waits for it, and afterwards the card tells the latest.
    house.microsoft.troubles.append(Trouble("PUT", 429, times=1, headers={"Retry-After": "0"}))
    said = await house.press(card, first, "Resolve", "restarted the database")
    assert said.startswith("Resolved")
    card = await house.shows(ticket, "restarted the database")

    await ticket.act("withdraw", by=first, reason="it was a test")
    await ticket.closes()
    over = await house.shows(ticket, "Withdrawn")
    assert over.buttons == [], "there is no link without an address of the console"
    late = await house.press(asked, second, "Acknowledge")
    assert late.startswith("Too late: it was withdrawn")
    assert channel["isArchived"]

    written = house.microsoft.write(over.id, f"29:{second}", "the vendor knows")
    await house.deliver(house.microsoft.reply_activity(written))
    assert "on its record, and nobody is told" in house.microsoft.told(f"29:{second}")[-1]
    added = (await house.desk.lookup.find(ticket.id)).view.additions
    assert [(each.by, each.text) for each in added] == [(second, "the vendor knows")]


async def test_the_thread_and_the_timeline_are_one(house: House) -> None:
    ticket, first, _ = await outage(house)
    card = await house.shows(ticket, "Nobody has it yet")
    written = house.microsoft.write(card.id, f"29:{first}", "we restart it")
    activity = house.microsoft.reply_activity(written)
    assert (await house.deliver(activity)).status_code == 200
    assert (await house.deliver(activity)).status_code == 403, "delivered before"

    written.activity["text"], written.edited_at = "we restarted it", written.at
    edited = house.microsoft.reply_activity(written, type="messageUpdate")
    edited["channelData"]["eventType"] = "editMessage"
    await house.deliver(edited)

    # Another process knows nothing of what was delivered, reads the thread, and adds nothing.
    await house.dies()
    await house.deliver(activity)
    await house.deliver(edited)
    missed = house.microsoft.write(card.id, f"29:{first}", "it runs")
    step = next(
        each
        for each in house.desk.records.chat_steps.of(ticket.id, 1).copy()
        if each.kind is StepKind.MESSAGE
    )
    await house.threads.catch_up(step)
    house.microsoft.said.remove(missed)
    await house.threads.catch_up(step)
    gone = house.microsoft.reply_activity(written, type="messageDelete")
    gone["channelData"]["eventType"] = "softDeleteMessage"
    await house.deliver(gone)
    texts = [each.detail for each in await ticket.told("comment", times=5)]
    assert [re.sub(r" at [-0-9: ]+UTC", " at …", each) for each in texts] == [
        "we restart it",
        "(changed in Microsoft Teams, written at …) we restarted it",
        "it runs",
        "(deleted in Microsoft Teams: what was written at …)",
        "(deleted in Microsoft Teams: what was written at …)",
    ]

    await ticket.act("comment", by="dora", text="the vendor knows")
    house.microsoft.troubles.append(Trouble("POST .*messageid", 504, does=True))
    await house.shows(ticket)
    await ticket.settles()
    house.keeper._not_before.clear()

    async def there() -> bool:
        await house.keeper.step()
        house.keeper._not_before.clear()
        replies = house.microsoft.replies(card.id)
        steps = house.desk.records.chat_steps.of(ticket.id, 1)
        done = [each for each in steps if each.kind is StepKind.REPLY]
        assert len([each for each in replies if "the vendor knows" in each.text]) <= 1
        return [each.state for each in done] == [StepState.DONE]

    await until("the comment is in the thread, once", there)
    ours = [each.text for each in house.microsoft.replies(card.id) if not each.by]
    assert len(ours) == 1
    assert ours[0].endswith("writes: the vendor knows")


@pytest.mark.parametrize("knows_the_team", [True, False])
async def test_a_card_whose_answer_was_lost_is_there_once(
    house: House, knows_the_team: bool
) -> None:
    if not knows_the_team:
        house.microsoft.graph_refuses = True
    house.microsoft.troubles.append(Trouble("POST .*/v3/conversations$", 504, does=True))
    ticket, first, _ = await outage(house)

    async def posted() -> bool:
        await house.keeper.step()
        return bool(house.microsoft.posts())

    await until("it is posted", posted)
    await house.dies()
    if knows_the_team:
        await ticket.act("acknowledge", by=first)
        await house.shows(ticket, "Has it")
        return

    async def state() -> StepState | None:
        await house.keeper.step()
        [step] = house.desk.records.chat_steps.of(ticket.id, 1)
        return step.state if step.state is not StepState.INTENDED else None

    assert await until("it is said that nobody knows", state) is StepState.UNKNOWN
    [card] = house.microsoft.posts()
    assert "paging has stopped" in await house.press(card, first, "Acknowledge")
    await house.shows(ticket, "Has it")  # whoever pressed has shown where it is


async def test_a_report_to_the_bot_is_reported_once_and_a_forged_one_is_on_record(
    house: House,
) -> None:
    activity = house.microsoft.activity("29:ana", text="report Printers are dead\nin hall 4")
    activity["conversation"]["id"] = "a:29:ana"
    await house.deliver(activity)
    [said] = house.microsoft.told("29:ana")
    ticket = house.desk.ticket(said.removeprefix("Reported as ").rstrip("."))
    report = (await ticket.view()).report
    assert (report.title, report.description) == ("Printers are dead", "in hall 4")
    assert report.reporter == "ana@storyville.example"
    await house.dies()
    await house.deliver(activity)
    assert house.microsoft.told("29:ana") == [said, said], "the same one"

    activity = house.microsoft.activity("29:ana", text="report Printers are dead")
    forged = house.microsoft.authorization(signed_by="forger")
    assert (await house.http.post(PATH, json=activity, headers=forged)).status_code == 401
    activity["channelData"]["tenant"]["id"] = OTHER_TENANT
    assert (await house.deliver(activity)).status_code == 403

    async def refused() -> list[str]:
        found = house.desk.records.audit.newest(10, kind=AuditKind.REFUSED)
        return sorted(each.detail for each in found) if len(found) == 2 else []

    assert await until("both are on record", refused) == ["401", "403"]
    [entry, _] = house.desk.records.audit.newest(2, kind=AuditKind.REFUSED)
    assert entry.subject == f"POST {PATH}"
