"""Slack as a chat of ours: what `chat.provider.ChatProvider` asks, by its Web API."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from starlette.routing import BaseRoute, Route

from standfast.chat.card import Card
from standfast.chat.events import Handler
from standfast.chat.provider import CannotLook, ChatPerson, ChatRefused, Gone, SeenReply
from standfast.chat.slack.blocks import blocks_of, escaped, moment_of, text_of
from standfast.chat.slack.calls import Method, call, web_client
from standfast.chat.slack.connection import connection_log
from standfast.chat.slack.people import SlackPeople
from standfast.chat.slack.receiving import bolt_app, endpoint
from standfast.chat.slack.texts import plain
from standfast.outgoing.secrets import resolved
from standfast.policy.chat import SlackChat

_log = logging.getLogger(__name__)

_STEP = "standfast_step"
"""The type of the metadata that carries our key."""

_LONGEST_REPLY = 3_900
_MOST_PAGES = 20
_PAGE = 200

PATH = "/chat/slack"
"""Where Slack calls, without Socket Mode."""


class SlackProvider:
    """One workspace."""

    name = "slack"
    title = SlackChat.title

    def __init__(
        self, rules: SlackChat, bot_token: str, app_token: str = "", signing_secret: str = ""
    ) -> None:
        self._rules = rules
        self._client = web_client(bot_token, rules.api)
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._people = SlackPeople(self._client, rules.workspace)
        self._us: dict[str, Any] = {}

    def routes(self, handle: Handler) -> Sequence[BaseRoute]:
        if not self._signing_secret:
            return ()
        app = bolt_app(self._client, self._signing_secret, handle)
        return (Route(PATH, endpoint(app), methods=["POST"]),)

    async def listen(self, handle: Handler) -> None:
        await self._checked()
        if not self._app_token:
            await asyncio.Event().wait()
        # Socket Mode has no signatures, and Bolt wants a secret all the same.
        app = bolt_app(self._client, "not used", handle)
        socket = AsyncSocketModeHandler(app, self._app_token, logger=connection_log())
        try:
            # Asked for here, because the library would try a token for ever that is not good.
            opened = await call(self._client.apps_connections_open, app_token=self._app_token)
            socket.client.wss_uri = str(opened["url"])
            await socket.connect_async()
            await asyncio.Event().wait()
        finally:
            await socket.close_async()

    async def close(self) -> None:
        """Each call has a connection of its own."""

    async def post(self, channel: str, card: Card, key: str) -> str:
        answer = await self._call(
            self._client.chat_postMessage,
            channel=channel,
            text=text_of(card),
            blocks=blocks_of(card),
            metadata=_metadata(key),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def find(self, channel: str, key: str, since: datetime) -> str | None:
        found = await self._pages(
            self._client.conversations_history,
            channel=channel,
            oldest=f"{since.timestamp():.6f}",
            include_all_metadata=True,
        )
        return next((str(each["ts"]) for each in found if _key_in(each) == key), None)

    async def edit(self, channel: str, message: str, card: Card) -> None:
        await self._call(
            self._client.chat_update,
            channel=channel,
            ts=message,
            text=text_of(card),
            blocks=blocks_of(card),
        )

    async def reply(self, channel: str, message: str, text: str, key: str) -> str:
        answer = await self._call(
            self._client.chat_postMessage,
            channel=channel,
            thread_ts=message,
            text=_text(text),
            mrkdwn=False,
            metadata=_metadata(key),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def delete_reply(self, channel: str, message: str, reply: str) -> None:
        try:
            await self._call(self._client.chat_delete, channel=channel, ts=reply)
        except Gone as gone:
            _log.info("a reply was deleted before: %s", gone.reason)

    async def thread(self, channel: str, message: str) -> Sequence[SeenReply]:
        found = await self._pages(
            self._client.conversations_replies,
            channel=channel,
            ts=message,
            include_all_metadata=True,
        )
        return [_seen(each) for each in found if each.get("ts") != message]

    def link(self, channel: str, message: str) -> str:
        workspace = str(self._us.get("url") or "")
        return f"{workspace}archives/{channel}/p{message.replace('.', '')}" if workspace else ""

    async def open_channel(self, name: str, *, private: bool) -> str:
        answer = await self._call(self._client.conversations_create, name=name, is_private=private)
        return str(answer["channel"]["id"])

    async def describe(self, channel: str, topic: str) -> None:
        await self._call(
            self._client.conversations_setTopic, channel=channel, topic=escaped(topic)[:250]
        )

    async def find_channel(self, name: str) -> str | None:
        await self._checked()
        found = await self._pages(
            self._client.conversations_list,
            among="channels",
            types="public_channel,private_channel",
        )
        us = self._us.get("user_id")
        ours = (str(c["id"]) for c in found if c.get("name") == name and c.get("creator") == us)
        return next(ours, None)

    async def invite(self, channel: str, user: str, key: str) -> None:
        try:
            await self._call(self._client.conversations_invite, channel=channel, users=user)
        except ChatRefused as refused:
            if "already_in_channel" not in refused.reason:
                raise

    async def is_invited(self, channel: str, user: str, key: str, since: datetime) -> bool:
        return False

    async def archive(self, channel: str) -> None:
        try:
            await self._call(self._client.conversations_archive, channel=channel)
        except ChatRefused as refused:
            if "already_archived" not in refused.reason:
                raise

    async def person(self, user: str) -> ChatPerson | None:
        await self._checked()
        return await self._people.person(user)

    async def user_of(self, address: str) -> str | None:
        await self._checked()
        return await self._people.user_of(address)

    async def _call(self, method: Method, **arguments: Any) -> dict[str, Any]:
        await self._checked()
        return await call(method, **arguments)

    async def _pages(
        self, method: Method, among: str = "messages", **arguments: Any
    ) -> list[dict[str, Any]]:
        """All entries of a list. CannotLook: there are too many to read."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = await self._call(method, limit=_PAGE, **arguments, **cursor)
            found += [each for each in answer.get(among) or () if isinstance(each, dict)]
            following = (answer.get("response_metadata") or {}).get("next_cursor")
            if not following:
                return found
            cursor = {"cursor": str(following)}
        raise CannotLook(f"there are more than {_MOST_PAGES * _PAGE} {among} to look through")

    async def _checked(self) -> None:
        """The token is of the workspace that the policy names. ChatRefused: it is not."""
        if self._us:
            return
        us = await call(self._client.auth_test)
        workspace = self._rules.workspace
        if workspace not in (us.get("team_id"), us.get("enterprise_id")):
            raise ChatRefused(
                f"the bot's token is of the workspace {us.get('team_id')}, and the policy names "
                f"{workspace}"
            )
        self._us = us


def provider(rules: SlackChat, environment: Mapping[str, str]) -> SlackProvider:
    """The provider for a section of the policy. NoSuchSecret: one that it names is not set."""
    return SlackProvider(
        rules,
        bot_token=resolved(rules.bot_token, environment),
        app_token=resolved(rules.app_token or "", environment),
        signing_secret=resolved(rules.signing_secret or "", environment),
    )


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": _STEP, "event_payload": {"key": key}}


def _key_in(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != _STEP:
        return ""
    return str((metadata.get("event_payload") or {}).get("key") or "")


def _seen(message: Mapping[str, Any]) -> SeenReply:
    """A reply; what programs write is nobody's."""
    return SeenReply(
        reply=str(message["ts"]),
        user="" if message.get("bot_id") else str(message.get("user") or ""),
        text=plain(str(message.get("text") or "")),
        at=moment_of(str(message["ts"])),
        version=str((message.get("edited") or {}).get("ts") or ""),
        key=_key_in(message),
    )


def _text(text: str) -> str:
    shown = escaped(text)
    return shown if len(shown) <= _LONGEST_REPLY else f"{shown[:_LONGEST_REPLY]}…"
