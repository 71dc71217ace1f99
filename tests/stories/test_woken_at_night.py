"""Four people are paged at once, and any of them takes it by any way: link, button, SMS, key, mail.

Real Chromium, and local servers that follow what ntfy and Twilio document; what Slack and Teams do
is in `test_chat.py` and `tests/chat/msteams`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.async_api import Browser, expect
from temporalio.testing import WorkflowEnvironment

from benchmarks.counting import cost_of
from standfast.hosting.links import message_links, page_links, page_reply_tokens
from standfast.hosting.settings import Settings
from standfast.incidents.record import TimelineEntry
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.policy_file.source import PolicySource
from tests.api.conftest import Api, open_api
from tests.console.conftest import chromium
from tests.http_sink import HttpSink
from tests.mail.messages import reply, reply_address
from tests.notification.ntfy_server import NtfyServer
from tests.phone.twilio_server import Outgoing, TwilioServer, key_pressed, signed, sms_from
from tests.stories.company import write_policy
from tests.stories.desk import Ticket, open_desk, until
from tests.web.serving import served

__all__ = ["chromium"]

PUBLIC = "https://standfast.example"
ANA, BEN, LEA, LEO = "ana", "ben", "lea", "leo"
NUMBERS = {BEN: "+4915112345678", LEA: "+4915187654321"}
LEO_S_MAIL = "leo@storyville.example"


class Night:
    """Ana has ntfy, Ben gets SMS, Lea is called, and Leo reads mail."""

    def __init__(self, api: Api, ntfy: NtfyServer, twilio: TwilioServer, chromium: Browser) -> None:
        self.api, self.ntfy, self.twilio, self.chromium = api, ntfy, twilio, chromium
        self.mail_key = api.source_key("email")

    async def outage(self) -> Ticket:
        """A P1 that all four are paged about, and nothing else."""
        self.ntfy.came.clear()
        self.twilio.messages.clear()
        self.twilio.calls.clear()
        ticket = await self.api.desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.told("page_sent", times=4)
        return ticket

    # The ways. Each answers with its page, and says what was heard.

    async def by_link(self, ticket: Ticket) -> str:
        """On Ana's phone, which opens the link and shows a button."""
        links = page_links(self.api.backend.settings)
        token = links.token(ticket.id, 1, ANA, datetime.now(UTC))
        path = urlsplit(links.link(token)).path
        context = await self.chromium.new_context(viewport={"width": 360, "height": 640})
        try:
            page = await context.new_page()
            async with served(self.api) as (_, address):
                await page.goto(address + path)
                button = page.get_by_role("button", name="Acknowledge")
                if await button.count():
                    await expect(button).to_be_in_viewport()
                    await button.click()
                return await page.get_by_role("status").inner_text()
        finally:
            await context.close()

    async def by_button(self, _: Ticket) -> str:
        """Ana presses the button of the push."""
        button = next(each for each in self.ntfy.came if each["topic"] == ANA)["actions"][0]
        path = urlsplit(button["url"]).path
        answer = await self.api.http.request(
            button["method"], path, headers=button["headers"], content=button["body"]
        )
        return answer.text

    async def by_sms(self, _: Ticket) -> str:
        """Ben answers with the code."""
        code = self._page_to(BEN).text.partition("Reply A ")[2][:4]
        form = sms_from(NUMBERS[BEN], f"A {code}")
        return await self._from_twilio("/intake/phone/twilio/sms", form)

    async def by_key(self, _: Ticket) -> str:
        """Lea presses 1."""
        [call] = self.twilio.calls
        gather = ElementTree.fromstring(call.twiml).find("Gather")
        assert gather is not None
        return await self._from_twilio(
            str(gather.get("action")).removeprefix(PUBLIC), key_pressed(call, "1")
        )

    async def by_mail(self, ticket: Ticket) -> str:
        """Leo writes back."""
        tokens = page_reply_tokens(self.api.backend.settings)
        to = reply_address(tokens.token(ticket.id, 1, LEO, datetime.now(UTC)))
        raw = reply("ack", "page@storyville.example", sender=LEO_S_MAIL, to=to)
        headers = {
            "Authorization": f"Bearer {self.mail_key}",
            "Content-Type": "message/rfc822",
        }
        answer = await self.api.http.post("/intake/email", content=raw, headers=headers)
        return str(answer.json()["reason"])

    def _page_to(self, person: str) -> Outgoing:
        return next(each for each in self.twilio.messages if each.to == NUMBERS[person])

    async def _from_twilio(self, path: str, form: dict[str, str]) -> str:
        headers = signed(f"{PUBLIC}{path}", form)
        answer = await self.api.http.post(path, content=urlencode(form), headers=headers)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
async def night(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path, chromium: Browser
) -> AsyncIterator[Night]:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    links = message_links(Settings(data_dir=tmp_path, public_url=PUBLIC), "")
    with NtfyServer() as ntfy, TwilioServer() as twilio:
        async with open_desk(env, policy, sink, tmp_path, links=links, public_url=PUBLIC) as desk:
            channels = {
                ANA: f"ntfy://{ntfy.address}/{ANA}",
                BEN: twilio.url("sms", NUMBERS[BEN]),
                LEA: twilio.url("call", NUMBERS[LEA]),
                LEO: f"json://{sink.address}/{LEO}",
            }
            people: dict[str, Any] = {
                person: {"channels": {"phone": url}} for person, url in channels.items()
            }
            people[LEO]["addresses"] = [LEO_S_MAIL]
            desk.amend(
                people=people,
                mail={"reply_address": "help@storyville.example"},
                paging={"P1": [{"page": [*channels]}]},
            )
            async with open_api(desk, public_url=PUBLIC) as api:
                yield Night(api, ntfy, twilio, chromium)


async def test_whoever_takes_it_by_whatever_way_the_others_hear_it_and_nobody_is_paged_again(
    night: Night,
) -> None:
    ways: dict[str, tuple[str, Via, Callable[[Ticket], Awaitable[str]]]] = {
        "link": (ANA, Via.LINK, night.by_link),
        "button": (ANA, Via.PUSH, night.by_button),
        "SMS": (BEN, Via.SMS, night.by_sms),
        "key": (LEA, Via.PHONE, night.by_key),
        "mail": (LEO, Via.MAIL, night.by_mail),
    }
    costs: set[tuple[int, int, int]] = set()
    for person, via, answer in ways.values():
        ticket = await night.outage()
        before = await _cost(ticket)
        assert "You have it" in await answer(ticket)
        costs.add(await _cost(ticket, before))
        assert "You have it" in await answer(ticket), "twice does no harm"
        [taken] = await ticket.entries("acknowledged")
        assert (taken.actor, taken.via) == (person, via)
        for other, _, late in ways.values():
            if other != person:
                assert f"{person} has it" in await late(ticket), (via, other)
        assert await _cost(ticket, before) in costs, "what comes twice or late costs nothing"
        if person != ANA:
            await _shows(night, f"{person} has it")
        if person != BEN:
            await _texted(night, f"{person} has it")
        paged = await ticket.entries("page_sent")
        await ticket.wait(hours=2)
        assert _pages(await ticket.entries("page_sent")) == _pages(paged)
        await ticket.act("withdraw", by="rita@storyville.example", reason="was me")
        await ticket.closes()
        assert "withdrawn" in await night.by_link(ticket)

    ticket = await night.outage()
    before = await _cost(ticket)
    acknowledged = f"/api/incidents/{ticket.id}/acknowledge"
    answered = await night.api.post(acknowledged, {}, Role.RESPONDER, name=ANA)
    assert answered.status_code == 200
    assert costs == {await _cost(ticket, before)}, "each way costs what it costs by the API"


async def _cost(ticket: Ticket, before: tuple[int, int, int] = (0, 0, 0)) -> tuple[int, int, int]:
    """Events, workflow tasks and billed actions, once it has settled; without those before."""
    await ticket.settles()
    now = cost_of(await ticket.handle.fetch_history())
    return (now.events - before[0], now.workflow_tasks - before[1], now.actions - before[2])


def _pages(entries: list[TimelineEntry]) -> list[str]:
    return [entry.detail for entry in entries]


async def _shows(night: Night, words: str) -> None:
    """Ana's phone shows it, in the place of the page."""

    async def shown() -> bool:
        latest = [each for each in night.ntfy.shown.values() if each["topic"] == ANA][-1]
        return words in f"{latest['title']} {latest['message']}"

    await until(f"the push says: {words}", shown)


async def _texted(night: Night, words: str) -> None:
    async def texted() -> bool:
        return any(words in each.text for each in night.twilio.messages)

    await until(f"an SMS says: {words}", texted)
