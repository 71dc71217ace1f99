"""What comes in from Slack by HTTP: only what Slack has signed, just now."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from standfast.chat.events import ButtonPressed, ChatEvent, ReplyWritten
from standfast.chat.slack.provider import PATH, SlackProvider
from standfast.policy.chat import SlackChat
from tests.chat.slack.signing import SECRET, as_form, signed
from tests.chat.slack_server import GENERAL, TEAM, Slack

MESSAGE = {
    "channel": GENERAL,
    "ts": "1700000000.000001",
    "blocks": [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "standfast_do_acknowledge",
                    "value": '["INC-AAAAAAAAAA", 2, ""]',
                    "text": {"type": "plain_text", "text": "Acknowledge"},
                }
            ],
        }
    ],
}


class Door:
    """Where Slack calls, and what came through."""

    def __init__(self, slack: Slack) -> None:
        rules = SlackChat.model_validate(
            {
                "workspace": TEAM,
                "bot_token": "secret:BOT",
                "signing_secret": "secret:SIGN",
                "channel": GENERAL,
                "api": slack.api,
            }
        )
        self.taken: list[ChatEvent] = []
        self.came = asyncio.Event()
        provider = SlackProvider(rules, "xoxb-1", signing_secret=SECRET)
        self._app = Starlette(routes=list(provider.routes(self._take)))

    async def _take(self, event: ChatEvent) -> None:
        self.taken.append(event)
        self.came.set()

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://us.example") as client:
            return await client.post(PATH, content=body, headers=headers)


@pytest.fixture
def door(slack: Slack) -> Door:
    return Door(slack)


async def test_what_slack_has_signed_comes_in(slack: Slack, door: Door) -> None:
    body = as_form(slack.press("U0ANA", MESSAGE, "Acknowledge"))
    assert (await door.post(body, signed(body))).status_code == 200
    await asyncio.wait_for(door.came.wait(), 30)
    (event,) = door.taken
    assert isinstance(event, ButtonPressed)
    assert (event.user, event.message) == ("U0ANA", MESSAGE["ts"])
    assert (event.action, event.incident_id, event.episode) == ("acknowledge", "INC-AAAAAAAAAA", 2)


FORGED: dict[str, Callable[[bytes], dict[str, str]]] = {
    "unsigned": lambda _: {"Content-Type": "application/x-www-form-urlencoded"},
    "by another key": lambda body: signed(body, secret="not ours"),
    "for another body": lambda _: signed(b"payload=%7B%7D"),
    "ten minutes old": lambda body: signed(body, at=time.time() - 600),
    "without a moment": lambda body: signed(body) | {"X-Slack-Request-Timestamp": "soon"},
}


@pytest.mark.parametrize("forged", FORGED)
async def test_what_is_forged_or_late_does_not(slack: Slack, door: Door, forged: str) -> None:
    body = as_form(slack.press("U0ANA", MESSAGE, "Acknowledge"))
    answer = await door.post(body, FORGED[forged](body))
    assert answer.status_code == 401
    assert door.taken == []
    assert slack.calls == [], "nothing is asked for a stranger"


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": "standfast_do_x", "value": "]["}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "standfast_ask"}},
        {"type": "event_callback", "event": {"type": "message", "channel": GENERAL}},
        {"type": "message"},
        {},
    ],
)
async def test_what_is_signed_and_makes_no_sense_does_nothing(
    door: Door, payload: dict[str, Any]
) -> None:
    payload = {"team": {"id": TEAM}, "user": {"id": "U0ANA"}, **payload}
    body = as_form(payload)
    assert (await door.post(body, signed(body))).status_code in (200, 404)
    assert door.taken == []


async def test_only_what_people_write_in_threads_comes_in(door: Door) -> None:
    thread = MESSAGE["ts"]
    base = {"type": "message", "channel": GENERAL, "ts": "1700000001.1", "user": "U0ANA"}
    said = [
        {**base, "text": "no reply"},
        {**base, "text": "a program", "thread_ts": thread, "bot_id": "B1"},
        {**base, "text": "joined", "thread_ts": thread, "subtype": "channel_join"},
        {**base, "subtype": "message_changed", "message": {**base, "thread_ts": thread}},
        {**base, "text": "I see <@U0BEN> &lt;here&gt;", "thread_ts": thread},
    ]
    for number, event in enumerate(said):
        body = json.dumps(
            {
                "type": "event_callback",
                "team_id": TEAM,
                "event_id": f"Ev{number}",
                "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
                "event": event,
            }
        ).encode()
        headers = signed(body) | {"Content-Type": "application/json"}
        assert (await door.post(body, headers)).status_code == 200
    await asyncio.wait_for(door.came.wait(), 30)
    (event,) = door.taken
    assert isinstance(event, ReplyWritten)
    assert event.text == "I see @U0BEN <here>"


async def test_a_body_that_never_ends_is_not_read(door: Door) -> None:
    body = urlencode({"payload": "x" * 1_100_000}).encode()
    assert (await door.post(body, signed(body))).status_code == 413
