"""Articles: what was learned from incidents."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Query, Request

from standfast.api.access import Caller, acting_as
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import AUTHOR, body_of, example, json_only
from standfast.api.caller_budgets import CHANGED_ARTICLES, HELPED_BY_ARTICLES, spend
from standfast.api.idempotency import IdempotencyKey, hash_of
from standfast.api.incidents import Episode, IncidentId, Reporter, Responder, page_tokens_of
from standfast.api.problem_details import Problem, documented
from standfast.api.search import searcher_of
from standfast.api.visible import found_for, must_have, note_opened
from standfast.hosting.audit import noting
from standfast.incidents.article import (
    EditedArticle,
    EpisodeArticles,
    NewArticle,
    PageOfArticles,
    PublishedArticle,
    RetiredArticle,
    RunbookProposal,
    ShownArticle,
    UsedArticle,
)
from standfast.incidents.ids import is_article_id, is_incident_id
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.search_query import LONGEST_QUERY
from standfast.incidents.visibility import project
from standfast.intake.errors import NoSuchIncident
from standfast.lookup.articles import ArticleDesk
from standfast.messages.message import InboundMessage
from standfast.records.article_search import Wanted

router = APIRouter(prefix="/api/articles", tags=["articles"])
of_incidents = APIRouter(prefix="/api/incidents", tags=["articles"])

_NEW, _EDITED = body_of(NewArticle), body_of(EditedArticle)
_PUBLISHED, _RETIRED, _USED = (
    body_of(PublishedArticle),
    body_of(RetiredArticle),
    body_of(UsedArticle),
)

_Body = TypeVar("_Body", bound=InboundMessage)
_Route = TypeVar("_Route", bound=Callable[..., Any])


def _changes(path: str, operation_id: str, status: int = 200) -> Callable[[_Route], _Route]:
    """A route that changes an article and shows it."""
    return router.post(
        path,
        operation_id=operation_id,
        status_code=status,
        response_model=ShownArticle,
        dependencies=[Depends(json_only)],
        responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
    )


def _article_id(
    article_id: Annotated[str, Path(examples=["KB-7F3K2Q"], description="An id.")],
) -> str:
    if not is_article_id(article_id.upper()):
        raise Problem(404, detail="there is no such article; ids look like KB-7F3K2Q")
    return article_id.upper()


ArticleId = Annotated[str, Depends(_article_id)]


def article_desk(caller: Caller, backend: Backend) -> ArticleDesk:
    """What does things with articles, for the caller."""
    searcher, tokens = searcher_of(caller, backend), page_tokens_of(backend.settings)
    note = noting(backend.records, caller.name)
    return ArticleDesk(backend.records, backend.policy.current, searcher, note, tokens)


async def article_for(
    caller: Caller, backend: Backend, article_id: str, version: int | None = None
) -> ShownArticle:
    """An article as the caller finds it. It is on record where an administrator does so only
    because they are one. NoSuchArticle where there is none for them.
    """
    return await shown(caller, backend, article_desk(caller, backend).show, article_id, version)


async def shown(
    caller: Caller, backend: Backend, do: Callable[..., ShownArticle], *details: Any
) -> ShownArticle:
    """What a desk does with an article, and shows then; on record as what is opened is."""
    found = await asyncio.to_thread(do, *details)
    await note_opened(caller, backend, [found.incident_id] if found.incident_id else ())
    return found


async def episode_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None
) -> IncidentView:
    """An episode that the caller works with.

    NoSuchIncident where there is none for them. Problem: 403 where they are its reporter only.
    """
    if not is_incident_id(incident_id.upper()):
        raise NoSuchIncident("there is no such incident; ids look like INC-7F3K2QXWM4")
    seen = await found_for(caller, backend, incident_id.upper(), episode)
    must_have(seen, Role.RESPONDER)
    return seen.view


@router.get(
    "",
    operation_id="articles",
    response_model=PageOfArticles,
    responses=documented(401, 403, 422, 503),
)
async def articles(
    backend: TheBackend,
    caller: Reporter,
    q: Annotated[str, Query(max_length=LONGEST_QUERY, description="Words and fields.")] = "",
    state: Annotated[
        Wanted, Query(description="`offered` are all but the retired; `review` wait for one.")
    ] = Wanted.OFFERED,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    page: Annotated[str, Query(max_length=4_000, description="`next` of the page before.")] = "",
) -> PageOfArticles:
    """List articles, what fits best first, else the newest. Reporters find what is for them."""
    desk = article_desk(caller, backend)
    found = await asyncio.to_thread(desk.page, q, state, limit, page)
    # Unlike other lists it has all that its articles say.
    await note_opened(caller, backend, {each.incident_id for each in found.articles} - {""})
    return project(found, caller)


@_changes("", "write_article", status=201)
async def write(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[_NEW, Body(openapi_examples=example({"incident_id": "INC-7F3K2QXWM4"}))],  # type: ignore[valid-type]
) -> ShownArticle:
    """Write a draft, from the record of a closed incident or from nothing."""
    new = _asked(request, caller, NewArticle, body)
    view = None
    if new.incident_id:
        view = await episode_for(caller, backend, new.incident_id, new.episode)
    return await asyncio.to_thread(article_desk(caller, backend).write, new, view)


@router.get(
    "/{article_id}",
    operation_id="show_article",
    response_model=ShownArticle,
    responses=documented(401, 403, 404, 422, 503),
)
async def show(
    backend: TheBackend,
    caller: Reporter,
    article_id: ArticleId,
    version: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Else the one that others read.")
    ] = None,
) -> ShownArticle:
    """Show one, with its versions, its uses, and how often it fixed an incident."""
    return project(await article_for(caller, backend, article_id, version), caller)


@_changes("/{article_id}/edit", "edit_article")
async def edit(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    article_id: ArticleId,
    body: Annotated[_EDITED, Body(openapi_examples=example({"fix": "Restart it", "version": 2}))],  # type: ignore[valid-type]
) -> ShownArticle:
    """Write a new version; others read it once it is published."""
    changed = _asked(request, caller, EditedArticle, body)
    return await shown(caller, backend, article_desk(caller, backend).edit, article_id, changed)


@_changes("/{article_id}/publish", "publish_article")
async def publish(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    article_id: ArticleId,
    body: Annotated[_PUBLISHED, Body(openapi_examples=example({}))],  # type: ignore[valid-type]
) -> ShownArticle:
    """Say that it has been reviewed: this version, else the latest, is what others read."""
    done = _asked(request, caller, PublishedArticle, body)
    return await shown(caller, backend, article_desk(caller, backend).publish, article_id, done)


@_changes("/{article_id}/retire", "retire_article")
async def retire(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    article_id: ArticleId,
    body: Annotated[_RETIRED, Body(openapi_examples=example({"reason": "Replaced"}))],  # type: ignore[valid-type]
) -> ShownArticle:
    """Offer it no more."""
    done = _asked(request, caller, RetiredArticle, body)
    return await shown(caller, backend, article_desk(caller, backend).retire, article_id, done)


@_changes("/{article_id}/use", "use_article")
async def use(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    article_id: ArticleId,
    body: Annotated[_USED, Body(openapi_examples=example({"incident_id": "INC-7F3K2QXWM4"}))],  # type: ignore[valid-type]
) -> ShownArticle:
    """Say that it was used in an incident, open or closed, or take that back."""
    used = _asked(request, caller, UsedArticle, body)
    view = await episode_for(caller, backend, used.incident_id, used.episode)
    return await shown(caller, backend, article_desk(caller, backend).use, article_id, view, used)


@router.post(
    "/{article_id}/helped",
    operation_id="article_helped",
    response_model=ShownArticle,
    responses=documented(401, 403, 404, 422, 503),
)
async def helped(
    request: Request,
    backend: TheBackend,
    caller: Reporter,
    article_id: ArticleId,
    key: IdempotencyKey = None,
) -> ShownArticle:
    """Say that it helped before anything was reported; a key counts once.

    Nothing is kept of who it was.
    """
    return project(await helped_by(request, caller, backend, article_id, key), caller)


@router.get(
    "/{article_id}/runbook",
    operation_id="propose_runbook",
    response_model=RunbookProposal,
    responses=documented(401, 403, 404, 409, 422, 503),
)
async def runbook(backend: TheBackend, caller: Responder, article_id: ArticleId) -> RunbookProposal:
    """Propose a runbook from its fix, as YAML to copy into the policy. Nothing is run."""
    await article_for(caller, backend, article_id)
    return await asyncio.to_thread(
        article_desk(caller, backend).runbook, article_id, backend.settings.policy
    )


@of_incidents.get(
    "/{incident_id}/articles",
    operation_id="articles_of_incident",
    response_model=EpisodeArticles,
    responses=documented(401, 403, 404, 422, 503, 504),
)
async def of_incident(
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    episode: Episode = None,
) -> EpisodeArticles:
    """The articles that were used in an incident, and the one that its record offers."""
    view = await episode_for(caller, backend, incident_id, episode)
    return await asyncio.to_thread(article_desk(caller, backend).of_episode, view)


async def helped_by(
    request: Request, caller: Caller, backend: Backend, article_id: str, key: str | None
) -> ShownArticle:
    """Count that an article helped the caller, once for each key, or anew without one.

    NoSuchArticle where there is none for them. Problem: 429 where these were too many.
    """
    spend(request, HELPED_BY_ARTICLES, caller)
    form = hash_of(f"{caller.name} {key or secrets.token_hex()}")
    return await shown(caller, backend, article_desk(caller, backend).helped, article_id, form)


def _asked(request: Request, caller: Caller, model: type[_Body], body: Any) -> _Body:
    """The body, with who acts."""
    spend(request, CHANGED_ARTICLES, caller)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)
    return model.model_validate(given | {AUTHOR: acting_as(request, caller, given.get(AUTHOR, ""))})
