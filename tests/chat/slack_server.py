"""A workspace of Slack on this machine, after its documented Web API and Socket Mode."""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.chat.kill import Kill

TEAM, BOT = "T0STORIES", "U0BOT"
GENERAL = "C0GENERAL"


class Slack:
    """The workspace: its people, channels and messages, and how it answers.

    fail: what happens to the next calls of a method: `lost`, done and not answered; `away`,
    neither; a number, that HTTP status (429 with a Retry-After of one second); a word, that error.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.told: list[tuple[str, str]] = []
        self.responded: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.fail: dict[str, list[str | int]] = defaultdict(list)
        self.kill: Kill | None = None
        self.address = ""
        self._numbers = itertools.count(1)
        self._sockets: list[web.WebSocketResponse] = []
        self.connected = asyncio.Event()
        self.acknowledged: list[str] = []
        self.channel(GENERAL, "incidents")
        self.user(BOT, "", is_bot=True)

    @property
    def api(self) -> str:
        return f"http://{self.address}/api/"

    def user(self, user: str, email: str, **flags: Any) -> str:
        """Somebody of the workspace."""
        self.users[user] = {
            "id": user,
            "team_id": TEAM,
            "is_email_confirmed": True,
            "is_bot": False,
            "profile": {"email": email},
            **flags,
        }
        return user

    def channel(self, channel: str, name: str, *, private: bool = False) -> None:
        """A channel, which our app is in."""
        self.channels[channel] = {
            "id": channel,
            "name": name,
            "creator": "U0ADMIN",
            "is_private": private,
            "is_archived": False,
            "members": {BOT},
            "topic": "",
        }

    # What people do, as Socket Mode or HTTP hands it in

    async def presses(
        self, user: str, message: dict[str, Any], label: str, *, at: str = "1.0"
    ) -> None:
        """Somebody presses a button of a message."""
        await self.hands_in("interactive", self.press(user, message, label, at=at))

    def press(
        self, user: str, message: dict[str, Any], label: str, *, at: str = "1.0"
    ) -> dict[str, Any]:
        """What Slack hands in when somebody does."""
        button = next(each for each in buttons(message) if each["text"]["text"] == label)
        return {
            "type": "block_actions",
            "user": {"id": user, "team_id": TEAM},
            "team": {"id": TEAM},
            "api_app_id": "A0",
            "trigger_id": f"trigger {at}",
            "channel": {"id": message["channel"]},
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": message["channel"],
            },
            "actions": [{**button, "block_id": "b", "action_ts": at}],
        }

    async def fills_in(self, user: str, text: str) -> None:
        """Somebody fills in the form that was opened last."""
        view = {
            **self.forms[-1],
            "id": f"V{len(self.forms)}",
            "state": {"values": {"answer": {"answer": {"value": text}}}},
        }
        body = {"type": "view_submission", "user": {"id": user}, "team": {"id": TEAM}, "view": view}
        await self.hands_in("interactive", body)

    async def writes(self, user: str, thread: dict[str, Any], text: str) -> dict[str, Any]:
        """Somebody replies in the thread of a message."""
        reply = {
            "type": "message",
            "user": user,
            "text": text,
            "thread_ts": thread["ts"],
            "ts": self._ts(),
            "channel": thread["channel"],
        }
        self.messages[thread["channel"]].append(reply)
        await self.hands_in_event(dict(reply))
        return reply

    async def changes(self, reply: dict[str, Any], text: str) -> None:
        """Somebody edits what they wrote."""
        before = dict(reply)
        reply.update(text=text, edited={"user": reply["user"], "ts": self._ts()})
        event = {"type": "message", "subtype": "message_changed", "channel": reply["channel"]}
        now = dict(reply)
        await self.hands_in_event(event | {"message": now, "previous_message": before})

    async def deletes(self, reply: dict[str, Any]) -> None:
        """Somebody deletes a message."""
        self.messages[reply["channel"]].remove(reply)
        event = {"type": "message", "subtype": "message_deleted", "channel": reply["channel"]}
        await self.hands_in_event(
            event | {"deleted_ts": reply["ts"], "previous_message": dict(reply)}
        )

    async def hands_in_event(self, event: dict[str, Any]) -> None:
        await self.hands_in(
            "events_api",
            {
                "type": "event_callback",
                "team_id": TEAM,
                "event_id": f"Ev{next(self._numbers)}",
                "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
                "event": event,
            },
        )

    async def hands_in(self, kind: str, payload: dict[str, Any]) -> None:
        """Send an envelope to the app, if it is connected."""
        envelope = {"envelope_id": f"E{next(self._numbers)}", "type": kind, "payload": payload}
        for socket in self._sockets[-1:]:
            await socket.send_json(envelope)

    # What is there

    def top(self, channel: str = GENERAL) -> list[dict[str, Any]]:
        """The messages of a channel that are no replies."""
        return [m for m in self.messages[channel] if m.get("thread_ts") in (None, m["ts"])]

    def replies(self, message: dict[str, Any]) -> list[str]:
        """What is written below a message."""
        return [
            m["text"]
            for m in self.messages[message["channel"]]
            if m.get("thread_ts") == message["ts"] and m["ts"] != message["ts"]
        ]

    # How it answers

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        if request.content_type == "application/json":
            given = await request.json()
        else:
            given = dict(await request.post()) | dict(request.query)
            given = {name: _loaded(value) for name, value in given.items()}
        kill = self._kill(method, given)
        if kill and kill.when == "before":
            kill.strike()
            return self._hang_up(request)
        fault = self.fail[method].pop(0) if self.fail[method] else None
        if fault == "away":
            return self._hang_up(request)
        if isinstance(fault, int):
            headers = {"Retry-After": "1"} if fault == 429 else {}
            return web.json_response({"ok": False}, status=fault, headers=headers)
        if fault and fault != "lost":
            return web.json_response({"ok": False, "error": fault})
        do: Callable[[dict[str, Any]], dict[str, Any] | str]
        do = getattr(self, "_" + method.replace(".", "_").lower())
        found = do(given)
        if kill:
            kill.strike()
        if kill or fault == "lost":
            return self._hang_up(request)
        if isinstance(found, str):
            return web.json_response({"ok": False, "error": found})
        return web.json_response({"ok": True, **found})

    def _kill(self, method: str, given: dict[str, Any]) -> Kill | None:
        """What is to die at this call, once."""
        if self.kill is None or not self.kill.is_due_in_slack(method, given):
            return None
        kill, self.kill = self.kill, None
        return kill

    @staticmethod
    def _hang_up(request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.abort()
        return web.Response()

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"team_id": TEAM, "user_id": BOT, "bot_id": "B0", "url": "https://s.example/"}

    def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"ws://{self.address}/socket"}

    def _chat_postmessage(self, given: dict[str, Any]) -> dict[str, Any] | str:
        channel = self.channels.get(given["channel"])
        if channel is None or BOT not in channel["members"]:
            return "channel_not_found"
        if channel["is_archived"]:
            return "is_archived"
        kept = {name: given[name] for name in _KEPT if given.get(name)}
        message = {"type": "message", "user": BOT, "bot_id": "B0", "ts": self._ts(), **kept}
        self.messages[given["channel"]].append(message)
        return {"ts": message["ts"], "channel": given["channel"]}

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any] | str:
        found = self._message(given)
        if found is None:
            return "message_not_found"
        found.update({name: given[name] for name in ("text", "blocks") if name in given})
        return {"ts": found["ts"]}

    def _chat_delete(self, given: dict[str, Any]) -> dict[str, Any] | str:
        found = self._message(given)
        if found is None:
            return "message_not_found"
        self.messages[given["channel"]].remove(found)
        return {}

    def _chat_postephemeral(self, given: dict[str, Any]) -> dict[str, Any]:
        self.told.append((given["user"], given["text"]))
        return {"message_ts": self._ts()}

    def _conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        oldest = float(given.get("oldest") or 0)
        found = [m for m in self.top(given["channel"]) if float(m["ts"]) >= oldest]
        return {"messages": _shown(reversed(found), given)}

    def _conversations_replies(self, given: dict[str, Any]) -> dict[str, Any] | str:
        parent = given["ts"]
        found = [
            m
            for m in self.messages[given["channel"]]
            if m["ts"] == str(parent) or m.get("thread_ts") == str(parent)
        ]
        return {"messages": _shown(found, given)} if found else "thread_not_found"

    def _conversations_create(self, given: dict[str, Any]) -> dict[str, Any] | str:
        if any(each["name"] == given["name"] for each in self.channels.values()):
            return "name_taken"
        channel = f"C0OWN{next(self._numbers)}"
        self.channel(channel, given["name"], private=bool(given.get("is_private")))
        self.channels[channel]["creator"] = BOT
        return {"channel": {"id": channel}}

    def _conversations_list(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"channels": [{**each, "members": ()} for each in self.channels.values()]}

    def _conversations_settopic(self, given: dict[str, Any]) -> dict[str, Any]:
        self.channels[given["channel"]]["topic"] = given["topic"]
        return {}

    def _conversations_invite(self, given: dict[str, Any]) -> dict[str, Any] | str:
        members = self.channels[given["channel"]]["members"]
        if given["users"] in members:
            return "already_in_channel"
        members.add(given["users"])
        return {}

    def _conversations_archive(self, given: dict[str, Any]) -> dict[str, Any] | str:
        channel = self.channels[given["channel"]]
        if channel["is_archived"]:
            return "already_archived"
        channel["is_archived"] = True
        return {}

    def _users_info(self, given: dict[str, Any]) -> dict[str, Any] | str:
        found = self.users.get(given["user"])
        return {"user": found} if found else "user_not_found"

    def _users_lookupbyemail(self, given: dict[str, Any]) -> dict[str, Any] | str:
        for user in self.users.values():
            if user["profile"]["email"] == given["email"]:
                return {"user": user}
        return "users_not_found"

    def _respond(self, given: dict[str, Any]) -> dict[str, Any]:
        self.responded.append(given["text"])
        return {}

    def _views_open(self, given: dict[str, Any]) -> dict[str, Any]:
        view = given["view"]
        self.forms.append(json.loads(view) if isinstance(view, str) else view)
        return {"view": {"id": f"V{len(self.forms)}"}}

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._sockets.append(socket)
        self.connected.set()
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        self._sockets.remove(socket)
        return socket

    async def hang_up(self) -> None:
        """End the connections of Socket Mode."""
        self.connected.clear()
        for socket in list(self._sockets):
            await socket.close()

    def _message(self, given: dict[str, Any]) -> dict[str, Any] | None:
        found = (m for m in self.messages[given["channel"]] if m["ts"] == str(given["ts"]))
        return next(found, None)

    def _ts(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"


_KEPT = ("text", "blocks", "thread_ts", "metadata", "channel")


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message."""
    blocks = (block for block in message["blocks"] if block["type"] == "actions")
    return [element for block in blocks for element in block["elements"]]


def labels(message: dict[str, Any]) -> list[str]:
    """What its buttons say."""
    return [button["text"]["text"] for button in buttons(message)]


def says(message: dict[str, Any]) -> str:
    """All words of a message."""
    return json.dumps(message["blocks"], ensure_ascii=False)


def _loaded(value: Any) -> Any:
    text = str(value)
    return json.loads(text) if text[:1] in ("{", "[") else text


def _shown(messages: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    whole = str(given.get("include_all_metadata")).lower() in ("1", "true")
    return [dict(m) if whole else {k: v for k, v in m.items() if k != "metadata"} for m in messages]


@asynccontextmanager
async def running() -> AsyncIterator[Slack]:
    """The workspace, for as long as the block lasts."""
    slack = Slack()
    app = web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    app.router.add_get("/api/{method}", slack.answer)
    app.router.add_get("/socket", slack.socket)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    slack.address = f"127.0.0.1:{port}"
    try:
        yield slack
    finally:
        await slack.hang_up()
        await runner.cleanup()
