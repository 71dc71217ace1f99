"""Known fixes beside the report form: what may help before anything is reported."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from standfast.api.access import Caller
from standfast.api.articles import article_desk, helped_by
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import LOOKED_FOR_FIXES, spend
from standfast.console.article_html import article_html
from standfast.console.article_pages import known_shape
from standfast.console.csrf import checked, typed_in
from standfast.console.errors import PageRoute
from standfast.console.once import once_of
from standfast.console.rendering import page
from standfast.console.report_form import form_page
from standfast.console.viewer import Viewer

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_DESCRIBE = ("title", "error_message", "description")
"""The fields of the form by which fixes are looked for."""


class Suggestion(NamedTuple):
    """A published article, as much of it as a reporter reads."""

    article_id: str
    title: str
    symptom: Markup
    fix: Markup


async def suggestions(
    backend: Backend, caller: Caller, typed: Mapping[str, str]
) -> tuple[Suggestion, ...]:
    """The few articles that speak of what was typed, of those that the caller may read."""
    described = "\n".join(typed.get(name, "") for name in _DESCRIBE)
    found = await asyncio.to_thread(article_desk(caller, backend).fitting, described)
    return tuple(
        Suggestion(
            each.article_id,
            each.text.title,
            article_html(each.text.symptom),
            article_html(each.text.fix),
        )
        for each in found
    )


@router.post("/report/suggestions", dependencies=[Depends(checked)])
async def suggested(
    request: Request, backend: TheBackend, caller: Viewer, part: str = ""
) -> Response:
    """The form again with known fixes beside it; part: only those, for the script of the page."""
    spend(request, LOOKED_FOR_FIXES, caller)
    typed = await typed_in(request)
    found = await suggestions(backend, caller, typed)
    if part:
        shown: dict[str, Any] = {"suggestions": found, "looked": True}
        return page(request, "_suggestions.html", caller=caller, **shown)
    return form_page(request, backend, caller, typed, suggestions=found, looked=True)


@router.post("/report/helped", dependencies=[Depends(checked)])
async def helped(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Count that an article helped; nothing is reported."""
    typed = await typed_in(request)
    identity = known_shape(typed.get("article", ""))
    await helped_by(request, caller, backend, identity, once_of(request))
    return RedirectResponse("/report?did=helped", 303)
