"""Errors of pages are shown as pages, with what was typed into the form.

Only a form that is known to be ours can be sent again from there. Of a refused one, another site
may have written every word: with our button below it, somebody would send it after all.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from standfast.api.problem_details import Problem, problem_of
from standfast.console.csrf import FIELD, vouched_for, was_checked
from standfast.console.forms import ONCE, form_of
from standfast.console.once import done_once
from standfast.console.rendering import page

_ADVICE = {
    401: "Sign in, and try again.",
    403: "Ask somebody with that role, or sign in with another token.",
    404: "Check the address. An incident's id looks like INC-7F3K2QXWM4.",
    409: "Reload the page to see the current state.",
    500: "The server's log has the details.",
    503: "Nothing that was confirmed is lost. An operator can check that Temporal, the worker and "
    "the record store are running.",
    504: "An operator can check that worker.py is running.",
}

_LONGEST_TYPED = 200_000

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose failures are pages for people instead of JSON documents, and whose forms are
    done once, however often they are sent.
    """

    def get_route_handler(self) -> Handler:
        """The handler, which answers failures too."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await done_once(request, handler)
            except Exception as error:  # `problem_of` logs unexpected ones
                return await problem_page(request, problem_of(error, request.scope["endpoint"]))

        return answer


async def problem_page(request: Request, problem: Problem) -> Response:
    """The page of an error; a redirect counts as one, too."""
    if "Location" in problem.headers:
        return RedirectResponse(problem.headers["Location"], problem.status)
    reading = request.method in ("GET", "HEAD")
    wait = problem.headers.get("Retry-After") if reading else None
    ours = not reading and (was_checked(request) or vouched_for(request))
    return page(
        request,
        "problem.html",
        caller=getattr(request.state, "caller", None),
        status=problem.status,
        headers=problem.headers,
        title=problem.title,
        detail=_sentence(problem.detail),
        advice=_ADVICE.get(problem.status, ""),
        again_in=wait,
        typed=await _typed(request) if ours and problem.status != 413 else [],
        may_send_again=was_checked(request),
    )


async def _typed(request: Request) -> list[tuple[str, str]]:
    """What was typed into the form that failed, field by field."""
    try:
        form = await form_of(request)
    except (HTTPException, Problem):  # it was no form
        return []
    given = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    given = [(name, value) for name, value in given if name not in (FIELD, ONCE) and value]
    return given if sum(len(value) for _, value in given) <= _LONGEST_TYPED else []


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?', '!')) else '.'}"
