"""Calls of Slack's Web API: what became of each, so that nothing is done twice unnoticed."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from standfast.chat.provider import ChatAway, ChatRefused, ChatUnsure, Gone

_WITHIN = 10
"""Seconds for an answer."""

_LONGEST_REST = timedelta(hours=1)
_USUAL_REST = timedelta(seconds=30)

_UNSURE = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_GONE = frozenset({"message_not_found", "thread_not_found"})
_NOT_LET_IN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
"""The token is good for nothing any more: each call would end so, until somebody mends it."""

_WHAT_TO_DO = {
    "not_in_channel": "invite the app to the channel: /invite @standfast",
    "channel_not_found": "no such channel, or it is private and the app is not in it",
    "missing_scope": "the app lacks a scope: compare its manifest with that of docs/reach.md",
    "invalid_auth": "the token is not good: see chat.slack in the policy",
    "token_revoked": "the token was revoked: install the app again",
    "account_inactive": "the token was revoked: install the app again",
    "is_archived": "the channel was archived: unarchive it, or name another in the policy",
}

Method = Callable[..., Awaitable[Any]]


def web_client(token: str, api: str) -> AsyncWebClient:
    """A client that tries nothing again by itself: what was lost on the way may have arrived."""
    return AsyncWebClient(
        token=token,
        base_url=api,
        timeout=_WITHIN,
        retry_handlers=[],
        logger=logging.getLogger("standfast.chat.slack.web"),
    )


async def call(method: Method, **arguments: Any) -> dict[str, Any]:
    """Call a method; the answer.

    Raises:
        ChatAway: it was not done, and may be later: also where the token is not good.
        ChatUnsure: it may have been done.
        Gone, ChatRefused: Slack refuses it.
    """
    name = getattr(method, "__name__", "the call")
    try:
        answer = await method(**arguments)
    except SlackApiError as refused:
        raise _explained(name, refused) from None
    except aiohttp.ClientConnectorError as away:
        raise ChatAway(f"Slack cannot be reached: {away}") from None
    except (TimeoutError, aiohttp.ClientError, OSError) as lost:
        raise ChatUnsure(f"{name}: no answer: {type(lost).__name__} {lost}".rstrip()) from None
    found: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    return found


def _explained(name: str, refused: SlackApiError) -> Exception:
    response = refused.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    data = getattr(response, "data", None)
    error = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or error in ("ratelimited", "rate_limited"):
        headers = getattr(response, "headers", None) or {}
        return ChatAway(f"{name}: too many calls", _rest(headers.get("Retry-After")))
    if status >= 500 or not error or error in _UNSURE:
        return ChatUnsure(f"{name}: answered with HTTP status {status} {error}".rstrip())
    reason = f"{name}: {error}"
    if todo := _WHAT_TO_DO.get(error):
        reason = f"{reason}: {todo}"
    if error in _NOT_LET_IN:
        return ChatAway(reason)
    return Gone(reason) if error in _GONE else ChatRefused(reason)


def _rest(given: object) -> timedelta:
    try:
        return min(timedelta(seconds=max(float(str(given)), 1.0)), _LONGEST_REST)
    except (ValueError, OverflowError):
        return _USUAL_REST
