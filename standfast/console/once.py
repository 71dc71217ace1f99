"""A form that is sent twice is done once: each has a key, made with the page on which it stands.

Of two clicks a browser shows what the second one is answered. So the second waits for the first,
and gets its answer. The same form with other words in it is another wish.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from starlette.exceptions import HTTPException

from standfast.api.backend import backend_of
from standfast.api.idempotency import hash_of
from standfast.api.problem_details import Problem
from standfast.console.csrf import was_checked
from standfast.console.forms import ONCE, form_of
from standfast.console.session import form_identity
from standfast.records.idempotency import Begun, KeyState

_LOOKS_EVERY, _WAITS = 0.2, 20.0
"""Seconds between two looks at the same form, which was sent before, and of all of them."""


def once_field(request: Request) -> Markup:
    """The field that every form of the console has; a form that is shown again keeps its key."""
    key = (once_of(request) if was_checked(request) else "") or secrets.token_urlsafe(18)
    # Some browsers fill in what the field had before the page was loaded anew.
    field = Markup('<input type="hidden" name="{}" value="{}" autocomplete="off">')
    return field.format(ONCE, key)


def once_of(request: Request) -> str:
    """The key of the form that was sent; empty for none."""
    key: str = getattr(request.state, "once", "")
    return key


def attempt_of(request: Request) -> str | None:
    """What is the same for every try of one form, to tell what is done because of it; None for a
    form without a key.
    """
    attempt: str | None = getattr(request.state, "attempt", None)
    return attempt


async def done_once(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer to a request; to a form that was sent before, and done, the same answer again.

    Only a redirect says that something was done. Where a page says why not, the form can be sent
    again.

    Problem: 503 where the same form is still being worked on.
    RecordsUnavailable: nothing was done.
    """
    whose = hash_of(f"form {form_identity(request)}")
    key = await _key_of(request)
    if not key:
        return await handle(request)
    kept = backend_of(request).records
    begun = await _begun(request, whose, key)
    if begun.standing is KeyState.ANSWERED:
        return RedirectResponse(begun.answer, 303)
    request.state.attempt = begun.attempt
    try:
        answer = await handle(request)
    except Exception:
        await kept.run(kept.idempotency.failed, whose, key)
        raise
    if answer.status_code == 303 and "set-cookie" not in answer.headers:
        await kept.run(kept.idempotency.answered, whose, key, answer.headers["location"])
    else:
        await kept.run(kept.idempotency.forget, whose, key)
    return answer


async def _key_of(request: Request) -> str:
    """What tells this form with these words from every other; empty where it is none of a session.

    A script sends what it likes as often as it likes.
    """
    if request.method != "POST" or not form_identity(request):
        return ""
    try:
        form = await form_of(request)
    except (Problem, HTTPException):
        return ""  # whoever reads it says so
    once = form.get(ONCE)
    if not isinstance(once, str) or not once:
        return ""
    request.state.once = once
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return ""
    words = [(name, text) for name, text in form.multi_items() if isinstance(text, str)]
    return hash_of(json.dumps([request.url.path, request.url.query, words]))


async def _begun(request: Request, whose: str, key: str) -> Begun:
    """That it is to be done, or how it was answered."""
    kept = backend_of(request).records
    for _ in range(int(_WAITS / _LOOKS_EVERY)):
        begun = await kept.run(kept.idempotency.begin, whose, key, key)
        if begun.standing is not KeyState.RUNNING:
            return begun
        await asyncio.sleep(_LOOKS_EVERY)
    raise Problem(503, detail="this form was sent before, and is still being worked on")
