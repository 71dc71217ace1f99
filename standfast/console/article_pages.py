"""Articles: the list, the page of each, and the form in which people write and change them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from standfast.api.access import Caller
from standfast.api.articles import article_desk, article_for, episode_for
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import CHANGED_ARTICLES, spend
from standfast.api.incidents import Episode
from standfast.api.problem_details import Problem
from standfast.console.actions import beside_fields
from standfast.console.article_html import article_html
from standfast.console.csrf import checked, typed_in
from standfast.console.errors import PageRoute
from standfast.console.forms import episode_typed
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.article import (
    CHANGED_BY_PEOPLE,
    Article,
    ArticleText,
    EditedArticle,
    NewArticle,
    PublishedArticle,
    RetiredArticle,
    ShownArticle,
    UsedArticle,
)
from standfast.incidents.ids import is_article_id
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.search_query import LONGEST_QUERY
from standfast.intake.errors import Refused
from standfast.lookup.articles import ChangedMeanwhile
from standfast.messages.problems import problems
from standfast.records.article_search import Wanted

PATH = "/knowledge"
_PER_PAGE = 50

_DONE = {
    "write": "It is a draft now. Others are offered it once somebody has reviewed it.",
    "edit": "The new version is kept.",
    "publish": "It is published: this is what others read.",
    "retire": "It is retired: it is not offered any more.",
    "use": "It is noted. Whether it worked is counted from the incident's record.",
    "undo": "It is noted that it was not used there.",
}
_MODELS: dict[str, type[BaseModel]] = {
    "publish": PublishedArticle,
    "retire": RetiredArticle,
    "use": UsedArticle,
}

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(PATH)
async def listed(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    q: Annotated[str, Query(max_length=10 * LONGEST_QUERY)] = "",
    state: Wanted = Wanted.OFFERED,
    after: Annotated[str, Query(alias="page", max_length=4_000)] = "",
) -> Response:
    """The list. Its address is what it shows. Reporters find what is published for them."""
    desk, wrong, following = article_desk(caller, backend), "", ""
    found: tuple[Article, ...] = ()
    try:
        shown = await asyncio.to_thread(desk.page, q, state, _PER_PAGE, after)
    except Refused as why:
        wrong = str(why)
    else:
        found = shown.articles
        more = {"q": q, "state": state.value, "page": shown.next or ""}
        following = f"{PATH}?{urlencode(more)}" if shown.next else ""
    return page(
        request,
        "articles.html",
        caller=caller,
        status=422 if wrong else 200,
        found=found,
        wrong=wrong,
        query=q,
        state=state,
        states=list(Wanted),
        following=following,
        works=caller.role.may(Role.RESPONDER),
    )


@router.get(f"{PATH}/new")
async def new_form(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    incident: str = "",
    episode: Episode = None,
) -> Response:
    """The form of a new article, filled in from the record of an incident."""
    _must_respond(caller)
    text, view = ArticleText.model_construct(title=""), None
    if incident:
        view = await episode_for(caller, backend, incident, episode)
        offered = await asyncio.to_thread(article_desk(caller, backend).of_episode, view)
        if offered.offered is None:
            raise Problem(422, detail=f"{incident} has not closed with a resolution")
        text = offered.offered
    return _form(request, backend, caller, text.model_dump(), view=view)


@router.post(PATH, dependencies=[Depends(checked)])
async def write(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Keep a draft, or show the form with what is wrong in it."""
    _must_respond(caller)
    spend(request, CHANGED_ARTICLES, caller)
    typed = await typed_in(request)
    view = None
    if typed.get("incident_id"):
        view = await episode_for(caller, backend, typed["incident_id"], episode_typed(typed))
    text = _text(typed)
    try:
        new = NewArticle.model_validate(text | {"by": caller.name})
        done = await asyncio.to_thread(article_desk(caller, backend).write, new, view)
    except ValidationError as error:
        lines = problems(error, NewArticle.model_fields)
        return _form(request, backend, caller, text, view=view, lines=lines)
    except Refused as why:
        return _form(request, backend, caller, text, view=view, lines=(str(why),))
    return _to(done.article_id, "write")


@router.get(f"{PATH}/{{article_id}}")
async def shown(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    article_id: str,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    did: str = "",
) -> Response:
    """The page of an article, as others read it or in one of its versions."""
    desk = article_desk(caller, backend)
    found = await article_for(caller, backend, known_shape(article_id), version)
    works = caller.role.may(Role.RESPONDER)
    parts = [("symptom", "Symptom"), ("cause", "Cause"), ("fix", "Fix")]
    parts.append(("verified", "How one sees that it helped"))
    read = parts if works else [part for part in parts if part[0] in ("symptom", "fix")]
    return page(
        request,
        "article.html",
        caller=caller,
        article=found,
        done=_DONE.get(did, ""),
        works=works,
        reviews=works and await asyncio.to_thread(desk.may_review, caller.name),
        parts=[
            (name, title, article_html(getattr(found.text, name)))
            for name, title in read
            if getattr(found.text, name)
        ],
    )


@router.get(f"{PATH}/{{article_id}}/edit")
async def edit_form(
    request: Request, backend: TheBackend, caller: Viewer, article_id: str
) -> Response:
    """The form with the latest version in it."""
    _must_respond(caller)
    found = await _latest(backend, caller, known_shape(article_id))
    return _form(request, backend, caller, found.text.model_dump(), article=found)


@router.get(f"{PATH}/{{article_id}}/runbook")
async def runbook(
    request: Request, backend: TheBackend, caller: Viewer, article_id: str
) -> Response:
    """The runbook that its fix could be, to copy into the policy."""
    _must_respond(caller)
    desk = article_desk(caller, backend)
    identity = known_shape(article_id)
    await article_for(caller, backend, identity)
    found = await asyncio.to_thread(desk.runbook, identity, backend.settings.policy)
    return page(request, "article_runbook.html", caller=caller, proposal=found)


@router.post(f"{PATH}/{{article_id}}/edit", dependencies=[Depends(checked)])
async def edit(request: Request, backend: TheBackend, caller: Viewer, article_id: str) -> Response:
    """Keep a new version, or show the form with what is wrong in it.

    Where somebody has changed it meanwhile, it has their words in the parts that its author left
    as they were, and shows all that they changed.
    """
    _must_respond(caller)
    spend(request, CHANGED_ARTICLES, caller)
    identity, typed = known_shape(article_id), await typed_in(request)
    text = _text(typed)
    # Without the version that its author has read, it could overwrite one that they have not.
    read = {"version": typed.get("version", "")}
    try:
        changed = EditedArticle.model_validate(text | read | {"by": caller.name})
    except ValidationError as error:
        lines = problems(error, EditedArticle.model_fields)
        known = await _latest(backend, caller, identity)
        return _form(request, backend, caller, text | read, article=known, lines=lines)
    try:
        await asyncio.to_thread(article_desk(caller, backend).edit, identity, changed)
    except ChangedMeanwhile as why:
        known = await _latest(backend, caller, identity)
        before = (await article_for(caller, backend, identity, changed.version)).text
        theirs = [name for name in CHANGED_BY_PEOPLE if _differ(known.text, before, name)]
        kept = {
            name: getattr(known.text, name) for name in theirs if not _differ(changed, before, name)
        }
        lines = (f"{why}. Sent again, this is written on top of version {known.latest}",)
        return _form(
            request, backend, caller, text | kept, article=known, lines=lines, others=theirs
        )
    return _to(identity, "edit")


@router.post(f"{PATH}/{{article_id}}/{{do}}", dependencies=[Depends(checked)])
async def do(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    article_id: str,
    do: str,
) -> Response:
    """Publish it, retire it, or say where it was used."""
    _must_respond(caller)
    spend(request, CHANGED_ARTICLES, caller)
    if do not in _MODELS:
        raise Problem(404, detail=f"nothing is called {do[:20]} here")
    identity, typed = known_shape(article_id), await typed_in(request)
    desk = article_desk(caller, backend)
    model = _MODELS[do]
    given = {name: value for name, value in typed.items() if name in model.model_fields and value}
    try:
        asked: Any = model.model_validate(given | {"by": caller.name})
    except ValidationError as error:
        lines = problems(error, model.model_fields)
        raise Problem(422, detail="; ".join(lines)) from None
    if do == "use":
        view = await episode_for(caller, backend, asked.incident_id, asked.episode)
        await asyncio.to_thread(desk.use, identity, view, asked)
        if typed.get("back") == "incident":
            back = f"/incidents/{view.incident_id}?episode={view.episode}#articles"
            return RedirectResponse(back, 303)
        if asked.undo:
            return _to(identity, "undo")
    else:
        await asyncio.to_thread(getattr(desk, do), identity, asked)
    return _to(identity, do)


def _form(
    request: Request,
    backend: Backend,
    caller: Caller,
    given: Mapping[str, Any],
    *,
    article: ShownArticle | None = None,
    view: IncidentView | None = None,
    lines: tuple[str, ...] = (),
    others: Sequence[str] = (),
) -> Response:
    """The form; others: parts of the article that somebody else has changed meanwhile."""
    policy = backend.policy.current()
    return page(
        request,
        "article_edit.html",
        caller=caller,
        status=422 if lines else 200,
        article=article,
        view=view,
        given=defaultdict(str, given),
        version=given.get("version", article.latest if article else ""),
        wrong=defaultdict(str, beside_fields(lines)),
        lines=lines,
        others=others,
        services=[(key, service.title) for key, service in policy.services.items()],
        categories=sorted(policy.categories),
    )


def _differ(one: BaseModel, other: BaseModel, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


async def _latest(backend: Backend, caller: Caller, article_id: str) -> ShownArticle:
    found = await article_for(caller, backend, article_id)
    return await article_for(caller, backend, article_id, found.latest)


def _text(typed: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a version; a box that is not ticked is not sent."""
    text: dict[str, Any] = {name: typed.get(name, "") for name in CHANGED_BY_PEOPLE}
    return text | {"for_reporters": bool(typed.get("for_reporters"))}


def known_shape(article_id: str) -> str:
    """The id in capitals. Problem: 404 where nothing could have it."""
    if not is_article_id(article_id.upper()):
        raise Problem(404, detail=f"there is no article {article_id[:20]}")
    return article_id.upper()


def _must_respond(caller: Caller) -> None:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")


def _to(article_id: str, did: str) -> Response:
    return RedirectResponse(f"{PATH}/{article_id}?did={did}", 303)
