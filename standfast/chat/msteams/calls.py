"""How calls to Microsoft end, in the words that every chat has for it."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from standfast.chat.provider import ChatAway, ChatError, ChatRefused, ChatUnsure, Gone
from standfast.incidents.observation import quote
from standfast.outgoing.egress import NotAllowed, why_failed
from standfast.outgoing.os_errors import reason_of

T = TypeVar("T")

LONGEST_WAIT = timedelta(hours=1)
"""However long Microsoft asks us to wait."""

_GONE = {"ActivityNotFoundInConversation", "MessageNotFound", "ConversationNotFound", "NotFound"}


class TokenNotAccepted(Exception):  # noqa: N818
    """401: the token has ended before its time, or the app may not do it."""


async def called(what: str, making: Awaitable[T], *, makes: bool) -> T:
    """What a call answers. `what` names it for people; `makes`: done twice, it would show twice.

    Raises:
        ChatAway, ChatUnsure, ChatRefused, Gone: as the interface has them.
        TokenNotAccepted: it was not done, for its token.
    """
    unsure: type[ChatError] = ChatUnsure if makes else ChatAway
    try:
        return await making
    except httpx.HTTPStatusError as error:
        raise _of_status(what, error.response, unsure) from error
    except NotAllowed as error:
        raise ChatRefused(f"{what}: {error.reason}") from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ChatAway(f"{what}: Teams cannot be reached: {why_failed(error)}") from error
    except TimeoutError as error:
        raise unsure(f"{what}: Teams did not answer in time") from error
    except httpx.HTTPError as error:
        raise unsure(f"{what}: no answer from Teams: {why_failed(error)}") from error
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise unsure(f"{what}: Teams answered what cannot be read") from error


def why(error: Exception) -> str:
    """What is wrong with a connection."""
    if isinstance(error, httpx.HTTPError):
        return why_failed(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return reason_of(error) if isinstance(error, OSError) else quote(str(error))


def retry_after(answer: httpx.Response) -> timedelta | None:
    """How long an answer asks us to wait: Microsoft says it in seconds. None where it does not."""
    text = answer.headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return min(timedelta(seconds=int(text)), LONGEST_WAIT)


def said(answer: httpx.Response) -> str:
    """The error that an answer names, in one line."""
    code, message = _error(answer)
    return quote(": ".join(each for each in (code, message) if each)) or str(answer.status_code)


def _of_status(
    what: str, answer: httpx.Response, unsure: type[ChatError]
) -> ChatError | TokenNotAccepted:
    status, words = answer.status_code, f"{what}: Teams answered {answer.status_code}"
    if status == 401:
        return TokenNotAccepted()
    if status in (412, 429):
        return ChatAway(words, retry_after(answer))
    if status >= 500:
        return unsure(words)
    words = f"{words}: {said(answer)}"
    gone = status in (404, 410) or _error(answer)[0] in _GONE
    return Gone(words) if gone else ChatRefused(words)


def _error(answer: httpx.Response) -> tuple[str, str]:
    """Code and message, as the connector, Graph and the sign-in give them."""
    try:
        told: Any = answer.json()
    except ValueError:
        return "", ""
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict):
        return str(error.get("code", "")), str(error.get("message", ""))
    if isinstance(error, str):
        return error, str(told.get("error_description", ""))
    return "", ""
