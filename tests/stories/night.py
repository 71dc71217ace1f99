"""A night at Storyville: everybody is reached another way, through providers on this machine.

Each server follows what its provider documents, signatures and encryption included.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import httpx
from playwright.async_api import Browser, Page
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from benchmarks.counting import OF_VIRTUAL_TIME
from standfast.chat.kinds import providers
from standfast.chat.running import ChatAtWork
from standfast.hosting.audit import AuditLog
from standfast.hosting.chat_process import called_by_chats
from standfast.hosting.links import message_links
from standfast.hosting.push_key import push_key, push_sender
from standfast.hosting.settings import Settings
from standfast.incidents.confidentiality import TITLE
from standfast.policy_file.source import PolicySource
from standfast.records.push_devices import DeviceOwner
from tests.api.conftest import Api, open_api
from tests.chat.at_work import at_work
from tests.chat.msteams.conftest import rules
from tests.chat.msteams.microsoft import SECRET as TEAMS_SECRET
from tests.chat.msteams.microsoft import Microsoft
from tests.chat.slack.signing import SECRET as SLACK_SECRET
from tests.chat.slack_server import GENERAL, TEAM, Slack
from tests.chat.slack_server import running as slack_running
from tests.http_sink import HttpSink
from tests.notification.ntfy_server import NtfyServer
from tests.notification.push_browser import PushBrowser
from tests.patience import PATIENCE
from tests.phone.twilio_server import TwilioServer
from tests.stories.company import write_policy
from tests.stories.desk import Ticket, open_desk
from tests.web.serving import served

PUBLIC = "https://standfast.example"
MAIL_SERVER = "mx.storyville.example"

ANA, MIA, BEN, LEA, LEO, MAX, DORA = "ana", "mia", "ben", "lea", "leo", "max", "dora"
PAGED = (ANA, MIA, BEN, LEA, LEO)
"""By ntfy, Web Push, SMS, call and mail. Max reads Slack, and Dora reads Teams."""

NUMBERS = {BEN: "+4915112345678", LEA: "+4915187654321"}


def address(person: str) -> str:
    """Their mail address, by which the chats know them too."""
    return f"{person}@storyville.example"


class Night:
    """The desk, the providers, and what people have in their hands."""

    api: Api
    slack: Slack
    screen: Page
    """Ana's browser, 360 pixels wide."""
    console: str
    """Where that reaches the console."""
    phone: PushBrowser
    """Mia's, which takes pushes."""
    chats: dict[str, ChatAtWork]
    called_by_chats: httpx.AsyncClient

    def __init__(self) -> None:
        self.ntfy, self.twilio, self.microsoft = NtfyServer(), TwilioServer(), Microsoft()
        self.sink, self.push_service = HttpSink(), HttpSink(201)
        self._letters = iter(ascii_uppercase)
        self._titles: dict[str, str] = {}

    async def outage(self) -> Ticket:
        """A P1 that all are paged about, with a title of its own."""
        title = f"Outage: wiki {next(self._letters)}"
        ticket = await self.api.desk.report(title, service="wiki", users_affected=30)
        self._titles[ticket.id] = title
        await ticket.told("page_sent", times=len(PAGED))
        return ticket

    async def secret_outage(self) -> Ticket:
        """A confidential one; at most one a night, since its messages do not say which it is."""
        ticket = await self.api.desk.report(
            "Outage: wiki, of the works council",
            service="wiki",
            users_affected=30,
            confidential=True,
        )
        self._titles[ticket.id] = TITLE
        await ticket.told("page_sent", times=len(PAGED))
        return ticket

    def is_about(self, ticket: Ticket, text: object) -> bool:
        """Whether a message is about that one: an SMS and a call say no ids."""
        return self._titles[ticket.id] in str(text)

    async def events(self, ticket: Ticket) -> list[str]:
        """The events of its history, once it has settled: what it has cost."""
        await ticket.settles()
        history = await ticket.handle.fetch_history()
        return [
            EventType.Name(event.event_type)
            for event in history.events
            if event.event_type not in OF_VIRTUAL_TIME
        ]


def people_of(night: Night) -> dict[str, Any]:
    """The policy's people: how each is reached."""
    urls = {
        ANA: f"ntfy://{night.ntfy.address}/{ANA}",
        MIA: "webpush://",
        BEN: night.twilio.url("sms", NUMBERS[BEN]),
        LEA: night.twilio.url("call", NUMBERS[LEA]),
        LEO: f"json://{night.sink.address}/{LEO}",
    }
    channels = {person: {"channels": {"phone": url}} for person, url in urls.items()}
    return {
        person: channels.get(person, {}) | {"addresses": [address(person)]}
        for person in (*PAGED, MAX, DORA)
    }


def chats_of(night: Night) -> dict[str, Any]:
    """The policy's chats: both call us by HTTP."""
    slack = {"workspace": TEAM, "bot_token": "secret:BOT", "signing_secret": "secret:SIGNING"}
    slack |= {"channel": GENERAL, "api": night.slack.api}
    teams = rules(night.microsoft).model_dump(mode="json", exclude_none=True)
    return {"slack": slack, "teams": teams}


SECRETS = {
    "STANDFAST_SECRET_BOT": "xoxb-1",
    "STANDFAST_SECRET_SIGNING": SLACK_SECRET,
    "STANDFAST_SECRET_TEAMS_BOT": TEAMS_SECRET,
}


@asynccontextmanager
async def open_night(
    env: WorkflowEnvironment, place: Path, chromium: Browser
) -> AsyncIterator[Night]:
    """All of it, for as long as the block lasts."""
    night = Night()
    async with AsyncExitStack() as stack:
        servers = (night.ntfy, night.twilio, night.microsoft, night.sink, night.push_service)
        for server in servers:
            stack.enter_context(server)
        night.slack = await stack.enter_async_context(slack_running())
        policy = PolicySource(write_policy(place / "policy.yaml", night.sink.address, place))
        origin = f"http://{night.push_service.address}"
        given: dict[str, Any] = {"public_url": PUBLIC, "push_services": origin}
        settings = Settings(data_dir=place, **given)
        desk = await stack.enter_async_context(
            open_desk(
                env,
                policy,
                night.sink,
                place,
                links=message_links(settings, ""),
                public_url=PUBLIC,
                push=partial(push_sender, settings),
            )
        )
        desk.amend(
            people=people_of(night),
            chat=chats_of(night),
            mail={"reply_address": "help@storyville.example", "trusted_server": MAIL_SERVER},
            paging={"P1": [{"page": [*PAGED]}]},
        )
        night.phone = PushBrowser(origin, push_key(settings))
        desk.records.push_devices.add(
            DeviceOwner(MIA, MIA, session="", token=""),
            "phone",
            night.phone.subscription,
            datetime.now(UTC),
        )
        night.api = await stack.enter_async_context(open_api(desk, **given))
        _, night.console = await stack.enter_async_context(served(night.api))
        context = await chromium.new_context(viewport={"width": 360, "height": 640})
        stack.push_async_callback(context.close)
        night.screen = await context.new_page()
        _with_chats(night)
        for chat in night.chats.values():
            stack.push_async_callback(chat.provider.close)
        await stack.enter_async_context(night.called_by_chats)
        yield night


def _with_chats(night: Night) -> None:
    desk = night.api.desk
    for person in (MAX, "clerk"):
        night.slack.user(f"U0{person.upper()}", address(person))
    for person in (DORA, "clerk"):
        night.microsoft.add(person, address(person))
    kinds = providers(desk.policy.current().chat, environment=SECRETS)
    night.chats = {kind.name: at_work(kind, desk) for kind in kinds}
    routes = [route for chat in night.chats.values() for route in chat.routes()]
    app = called_by_chats(routes, AuditLog(desk.records))
    night.called_by_chats = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=PUBLIC, timeout=PATIENCE
    )
