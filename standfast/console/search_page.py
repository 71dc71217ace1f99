"""The search: what is looked for stands in the address, so a search can be kept and shared."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.problems import Problem
from standfast.api.search import found_by
from standfast.console.errors import PageRoute
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.found import FoundIncident, PageFound
from standfast.incidents.roles import Role
from standfast.incidents.search_grammar import GRAMMAR, Typed
from standfast.incidents.search_query import LONGEST_QUERY, QueryError, parse
from standfast.intake.errors import Refused
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


def search_address(query: str = "", page: str = "") -> str:
    """The address of a search; of its first page unless another is given."""
    asked = {name: value for name, value in (("q", query), ("page", page)) if value}
    return f"{PATH}?{urlencode(asked)}" if asked else PATH


@router.get(PATH)
async def search_page(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    q: Annotated[str, Query(max_length=10 * LONGEST_QUERY)] = "",
    after: Annotated[str, Query(alias="page", max_length=4_000)] = "",
) -> Response:
    """What the query finds for whoever asks, a page at a time; without one, the newest of all."""
    wrong, ranked, found = None, False, PageFound(incidents=())
    try:
        ranked = bool(parse(q, datetime.now(UTC)).wanted)
        found = await found_by(caller, backend, q, PER_PAGE, after)
    except QueryError as error:
        wrong = _wrong(q, error)
    except Refused as refused:
        raise Problem(422, "There is no such page", str(refused)) from None
    return page(
        request,
        "search.html",
        caller=caller,
        status=422 if wrong else 200,
        query=q,
        longest=LONGEST_QUERY,
        wrong=wrong,
        found=found.incidents,
        address=_address_of,
        note=found.note,
        ranked=ranked,
        first=search_address(q) if after else "",
        following=search_address(q, found.next) if found.next else "",
        grammar=[(each, [search_address(one) for one in each.examples]) for each in _for(caller)],
    )


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


def _address_of(found: FoundIncident) -> str:
    """The page of an episode that was found."""
    episode = f"?{urlencode({'episode': found.episode})}" if found.status == "closed" else ""
    return f"/incidents/{found.incident_id}{episode}"
