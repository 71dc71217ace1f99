"""What comes in from Slack, through Bolt: by Socket Mode, or by HTTP with signatures checked."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from standfast.chat.events import (
    Answer,
    ButtonPressed,
    ChatEvent,
    CommandGiven,
    Handler,
    ReplyDeleted,
    ReplyEdited,
    ReplyWritten,
)
from standfast.chat.provider import ChatError
from standfast.chat.slack.blocks import (
    ASKED,
    OPENED,
    PRESSED,
    escaped,
    filled,
    form,
    moment_of,
    pressed,
)
from standfast.chat.slack.calls import call
from standfast.chat.slack.texts import plain

_log = logging.getLogger(__name__)

COMMAND = "/standfast"

_LARGEST = 1_000_000
"""Bytes of a request: Slack's have a tenth of it at most."""

_MOMENT = re.compile(r"[0-9]{1,12}")

_WRITTEN = (None, "thread_broadcast", "file_share", "me_message")
"""Subtypes of messages that somebody wrote."""


def bolt_app(client: AsyncWebClient, signing_secret: str, handle: Handler) -> AsyncApp:
    """Bolt, handing in what people do."""
    app = AsyncApp(
        name="standfast",
        client=client,
        signing_secret=signing_secret,
        logger=logging.getLogger("standfast.chat.slack.bolt"),
    )
    inlet = _Inlet(client, handle)
    app.event("message")(inlet.message)
    app.action(re.compile(f"^{PRESSED}"))(inlet.button)
    app.action(OPENED)(inlet.link)
    app.view(ASKED)(inlet.form)
    app.command(COMMAND)(inlet.command)
    return app


def endpoint(app: AsyncApp) -> Callable[[Request], Awaitable[Response]]:
    """What answers Slack's requests: 401 to what Slack has not signed, in the last five minutes."""
    handler = AsyncSlackRequestHandler(app)

    async def slack(request: Request) -> Response:
        if not _MOMENT.fullmatch(request.headers.get("X-Slack-Request-Timestamp", "")):
            return PlainTextResponse("not signed", status_code=401)  # Bolt would fail on it
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                return PlainTextResponse("too large", status_code=413)
        request._body = bytes(body)
        try:
            body.decode()
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", status_code=400)
        return await handler.handle(request)

    return slack


class _Inlet:
    """Bolt's listeners. Bolt gives their arguments by name."""

    def __init__(self, client: AsyncWebClient, handle: Handler) -> None:
        self._client = client
        self._handle = handle

    async def message(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        try:
            found = self._reply(str(body.get("event_id", "")), event)
        except (KeyError, TypeError, ValueError, AttributeError):
            _log.warning("an event of Slack was not understood: %s", event.get("subtype"))
            return
        if found:
            await self._handle(found)

    async def button(
        self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any], action: dict[str, Any]
    ) -> None:
        await ack()
        asked = pressed(action)
        user, channel = _id(body.get("user")), _id(body.get("channel"))
        message = str((body.get("container") or {}).get("message_ts") or "")
        if asked is None or not user or not message:
            return
        if asked.asks:
            await self._ask(body, form(asked, channel, message))
            return
        await self._handle(
            ButtonPressed(
                event_id=f"{user}:{channel}:{message}:{action.get('action_ts')}:{asked.action}",
                user=user,
                channel=channel,
                answer=self._privately(channel, user),
                message=message,
                action=asked.action,
                incident_id=asked.incident_id,
                episode=asked.episode,
            )
        )

    async def link(self, ack: Callable[..., Awaitable[Any]]) -> None:
        await ack()

    async def form(
        self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any], view: dict[str, Any]
    ) -> None:
        await ack()
        given, user = filled(view), _id(body.get("user"))
        if given is None or not user:
            return
        await self._handle(
            ButtonPressed(
                event_id=f"{user}:{view.get('id')}",
                user=user,
                channel=given.channel,
                answer=self._privately(given.channel, user),
                message=given.message,
                action=given.button.action,
                incident_id=given.button.incident_id,
                episode=given.button.episode,
                text=plain(given.text),
            )
        )

    async def command(
        self,
        ack: Callable[..., Awaitable[Any]],
        body: dict[str, Any],
        respond: Callable[..., Awaitable[Any]],
    ) -> None:
        await ack()

        async def answer(text: str) -> None:
            try:
                await respond(text=escaped(text), response_type="ephemeral")
            except Exception as failed:
                _log.warning("somebody was not answered in Slack: %s", failed)

        await self._handle(
            CommandGiven(
                event_id=str(body.get("trigger_id", "")),
                user=str(body.get("user_id", "")),
                channel=str(body.get("channel_id", "")),
                answer=answer,
                text=plain(str(body.get("text", ""))),
            )
        )

    def _reply(self, event_id: str, event: dict[str, Any]) -> ChatEvent | None:
        """What happened in a thread; None for all else, and for what programs write."""
        channel, subtype = str(event["channel"]), event.get("subtype")
        if subtype == "message_deleted":
            before = event.get("previous_message") or {}
            if not _in_thread(before):
                return None
            return ReplyDeleted(
                event_id=event_id,
                user="",
                channel=channel,
                answer=self._privately(channel, "", ""),
                message=str(before["thread_ts"]),
                reply=str(event.get("deleted_ts") or before["ts"]),
            )
        changed = subtype == "message_changed"
        message = event["message"] if changed else event
        if (
            message.get("subtype") not in _WRITTEN
            or not _in_thread(message)
            or (changed and not message.get("edited"))  # only a link got its preview
        ):
            return None
        thread, user = str(message["thread_ts"]), str(message["user"])
        told: dict[str, Any] = {
            "event_id": event_id,
            "user": user,
            "channel": channel,
            "answer": self._privately(channel, user, thread),
            "message": thread,
            "reply": str(message["ts"]),
            "text": plain(str(message.get("text") or "")),
            "at": moment_of(message["ts"]),
        }
        if changed:
            return ReplyEdited(**told, version=str(message["edited"]["ts"]))
        return ReplyWritten(**told)

    async def _ask(self, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await call(
                self._client.views_open, trigger_id=str(body.get("trigger_id", "")), view=view
            )
        except ChatError as failed:
            _log.warning("a form was not opened in Slack: %s", failed.reason)

    def _privately(self, channel: str, user: str, thread: str = "") -> Answer:
        """Says something to one person, where they are looking."""

        async def answer(text: str) -> None:
            if not user:
                return
            place = {"thread_ts": thread} if thread else {}
            try:
                await call(
                    self._client.chat_postEphemeral,
                    channel=channel,
                    user=user,
                    text=escaped(text),
                    **place,
                )
            except ChatError as failed:
                _log.warning("somebody was not answered in Slack: %s", failed.reason)

        return answer


def _in_thread(message: dict[str, Any]) -> bool:
    """Whether somebody, and no program, wrote it below another message."""
    thread = message.get("thread_ts")
    return bool(
        thread and thread != message.get("ts") and message.get("user") and not message.get("bot_id")
    )


def _id(of: Any) -> str:
    return str(of.get("id") or "") if isinstance(of, dict) else ""
