"""The search: what is looked for stands in the address, so a search can be kept and shared."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.access import Caller, acting_as
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import NAMED_VIEWS, spend
from standfast.api.problem_details import Problem
from standfast.api.search import found_by
from standfast.console.csrf import checked
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.hosting.audit import noting
from standfast.incidents.actions import FOR_SEVERAL
from standfast.incidents.bulk import MOST_AT_ONCE, Target
from standfast.incidents.found import FoundIncident, PageFound
from standfast.incidents.named_view import LONGEST_VIEW_NAME, NamedView, NewView
from standfast.incidents.roles import Role
from standfast.incidents.search_grammar import GRAMMAR, Typed
from standfast.incidents.search_query import LONGEST_QUERY, QueryError, SearchQuery, parse
from standfast.intake.errors import Refused
from standfast.lookup.named_views import NoSuchView, remove_view, save_view, views_for
from standfast.messages.problems import problems
from standfast.records.search import SEEN_BY_REPORTERS

PATH = "/search"

PER_PAGE = 50

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class Wrong(NamedTuple):
    """A query that cannot be understood: what is wrong, and the query around the wrong word."""

    words: str
    before: str
    word: str
    after: str


def search_address(query: str = "", page: str = "", choose: str = "") -> str:
    """The address of a search; of its first page unless another is given.

    choose: with anything, all incidents of the page are chosen at first.
    """
    given = {"q": query, "page": page, "choose": choose}
    asked = {name: value for name, value in given.items() if value}
    return f"{PATH}?{urlencode(asked)}" if asked else PATH


@router.get(PATH)
async def search_page(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    q: Annotated[str, Query(max_length=10 * LONGEST_QUERY)] = "",
    after: Annotated[str, Query(alias="page", max_length=4_000)] = "",
    choose: str = "",
) -> Response:
    """What the query finds for whoever asks, a page at a time; without one, the newest of all."""
    wrong, asked, found = None, SearchQuery(), PageFound(incidents=())
    try:
        asked = parse(q, datetime.now(UTC))
        found = await found_by(caller, backend, q, PER_PAGE, after)
    except QueryError as error:
        wrong = _wrong(q, error)
    except Refused as refused:
        raise Problem(422, "There is no such page", str(refused)) from None
    policy = backend.policy.current()
    return page(
        request,
        "search.html",
        caller=caller,
        status=422 if wrong else 200,
        query=q,
        longest=LONGEST_QUERY,
        wrong=wrong,
        found=found.incidents,
        address=address_of,
        target=_target,
        for_several=list(FOR_SEVERAL.values()) if caller.role.may(Role.RESPONDER) else [],
        chosen=bool(choose),
        choose_all=search_address(q, after, choose="all"),
        most=MOST_AT_ONCE,
        note=found.note,
        ranked=bool(asked.wanted),
        narrowed=asked.is_narrowed,
        first=search_address(q) if after else "",
        following=search_address(q, found.next) if found.next else "",
        views=await asyncio.to_thread(_views, backend, caller),
        shared=await asyncio.to_thread(_shared_by_others, backend, caller),
        teams=[(key, policy.teams[key].title) for key in policy.teams_of(caller.name)],
        longest_name=LONGEST_VIEW_NAME,
        grammar=[(each, [search_address(one) for one in each.examples]) for each in _for(caller)],
    )


@router.post(PATH + "/views", dependencies=[Depends(checked)])
async def save(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Name a view, and show it."""
    spend(request, NAMED_VIEWS, caller)
    form = await form_of(request)
    asked = {name: form.get(name, "") for name in ("name", "query", "team")}
    policy, note = backend.policy.current(), noting(backend.records, caller.name)
    try:
        new = NewView.model_validate({**asked, "by": caller.name})
        await asyncio.to_thread(save_view, backend.records, policy, new, note)
    except ValidationError as error:
        told = "; ".join(problems(error, NewView.model_fields))
        raise Problem(422, "This view was not saved", told) from None
    except Refused as refused:
        raise Problem(422, "This view was not saved", str(refused)) from None
    return RedirectResponse(search_address(new.query), 303)


@router.post(PATH + "/views/remove", dependencies=[Depends(checked)])
async def remove(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Remove a view of whoever asks, or one that is shared, for operators."""
    spend(request, NAMED_VIEWS, caller)
    form = await form_of(request)
    name, owner = (str(form.get(field, "")) for field in ("name", "owner"))
    person = acting_as(request, caller, owner)
    try:
        note = noting(backend.records, caller.name)
        removed = await asyncio.to_thread(remove_view, backend.records, person, name, note)
    except NoSuchView as none:
        raise Problem(404, detail=str(none)) from None
    return RedirectResponse(search_address(removed.query), 303)


class Shown(NamedTuple):
    """A named view. address: of what it finds; own: whether it is theirs who look."""

    view: NamedView
    address: str
    own: bool


def _views(backend: Backend, caller: Caller) -> list[Shown]:
    found = views_for(backend.records, backend.policy.current(), caller.name)
    return [Shown(each, search_address(each.query), each.owner == caller.name) for each in found]


def _shared_by_others(backend: Backend, caller: Caller) -> list[Shown]:
    """What an operator may remove: such as views of people who have left."""
    if not caller.role.may(Role.OPERATOR):
        return []
    found = backend.records.named_views.shared()
    return [
        Shown(each, search_address(each.query), own=False)
        for each in found
        if each.owner != caller.name
    ]


def _wrong(query: str, error: QueryError) -> Wrong:
    begin = error.at - 1
    end = begin + len(error.word)
    return Wrong(str(error), query[:begin], query[begin:end], query[end:])


def _for(caller: Caller) -> list[Typed]:
    """The lines of the grammar that find something for them."""
    if caller.role.may(Role.RESPONDER):
        return list(GRAMMAR)
    now = datetime.now(UTC)

    def fields(example: str) -> set[str]:
        return {each.field for each in parse(example, now).conditions}

    lines = (
        each._replace(examples=tuple(e for e in each.examples if fields(e) <= SEEN_BY_REPORTERS))
        for each in GRAMMAR
    )
    return [each for each in lines if each.examples]


def address_of(incident_id: str, episode: int | None = None) -> str:
    """The page of an incident, of its latest episode unless one is named."""
    return f"/incidents/{incident_id}{f'?episode={episode}' if episode else ''}"


def _target(found: FoundIncident) -> Target:
    """What is meant by choosing it: an open incident, or the episode that has closed."""
    return Target(found.incident_id, found.episode if found.status == "closed" else None)
