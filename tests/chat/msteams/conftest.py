"""Teams as the chat's process has it: its provider and its webhook, and a Microsoft on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from standfast.chat.card import Button, Card, Fact
from standfast.chat.events import ChatEvent
from standfast.chat.msteams.provider import Teams, provider
from standfast.chat.msteams.webhook import PATH
from standfast.policy.chat import TeamsChat
from tests.chat.msteams.messages import APP, CHANNEL
from tests.chat.msteams.microsoft import SECRET, TEAM, TENANT, Microsoft
from tests.patience import PATIENCE

CARD = Card(
    incident_id="INC-7F3K2QXWM4",
    episode=1,
    title="P1 The shop does not open (INC-7F3K2QXWM4)",
    status=Fact("Now", "waits for george to acknowledge"),
    facts=(Fact("Service", "shop"), Fact("Whom it hurts", "everybody")),
    buttons=(
        Button("acknowledge", "I have it", main=True),
        Button("escalate", "Escalate"),
        Button("resolve", "Resolved", asks="What solved it?"),
    ),
    link="https://standfast.example/incidents/INC-7F3K2QXWM4",
)


def rules(microsoft: Microsoft, **more: Any) -> TeamsChat:
    """The policy's section for that Microsoft."""
    given = {
        "app": APP,
        "tenant": TENANT,
        "secret": "secret:TEAMS_BOT",
        "team": TEAM,
        "channel": CHANNEL,
        "server": microsoft.url,
    }
    return TeamsChat.model_validate(given | more)


def teams_of(microsoft: Microsoft, **more: Any) -> Teams:
    return provider(rules(microsoft, **more), {"STANDFAST_SECRET_TEAMS_BOT": SECRET})


@dataclass
class Room:
    """The provider with its webhook. `events`: what it handed in; `answers` is said to each."""

    microsoft: Microsoft
    teams: Teams
    http: httpx.AsyncClient
    events: list[ChatEvent] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, event: ChatEvent) -> None:
        self.events.append(event)
        await self.goes_on.wait()
        for each in self.answers:
            await event.answer(each)

    async def deliver(
        self, activity: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """As Microsoft does, unless `headers` say otherwise."""
        believed = self.microsoft.authorization() if headers is None else headers
        return await self.http.post(PATH, json=activity, headers=believed)


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft() as microsoft:
        yield microsoft


@pytest.fixture
async def room(microsoft: Microsoft) -> AsyncIterator[Room]:
    teams = teams_of(microsoft)
    app = Starlette()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", timeout=PATIENCE
    ) as http:
        room = Room(microsoft, teams, http)
        room.goes_on.set()
        app.routes.extend(teams.routes(room.handle))
        yield room
        await teams.close()
