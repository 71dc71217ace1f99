"""The search over incidents, open and closed."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.incidents import Reporter, page_tokens_of
from standfast.api.problem_details import documented
from standfast.api.visible import ANSWER_WITHIN, reader_of
from standfast.incidents.found import PageFound
from standfast.incidents.search_query import LONGEST_QUERY
from standfast.lookup.search import search
from standfast.messages.message import InboundMessage
from standfast.records.search import Searcher

_MOST_FOUND = 200

router = APIRouter(prefix="/api/search", tags=["incidents"])


class SearchFor(InboundMessage):
    """What to search for, and the page."""

    q: str = Field(
        default="",
        description=f"As in docs/search.md; at most {LONGEST_QUERY} characters.",
        examples=["service:vpn is:closed certificate*"],
    )
    limit: int = Field(default=50, ge=1, le=_MOST_FOUND)
    page: str = Field(default="", max_length=4_000, description="`next` of the page before.")


def searcher_of(caller: Caller, backend: Backend) -> Searcher:
    """As whom the caller searches."""
    return Searcher(caller.name, caller.role, reader_of(caller, backend))


async def found_by(
    caller: Caller, backend: Backend, query: str, limit: int, page: str
) -> PageFound:
    """A page of what the caller finds, within the time of a request. Raises as `lookup.search`."""
    policy = backend.policy.current()
    async with asyncio.timeout(ANSWER_WITHIN):
        return await search(
            backend.records,
            query,
            searcher_of(caller, backend),
            limit,
            page,
            tokens=page_tokens_of(backend.settings),
            reporters_see_team=policy.access.reporters_see_team,
            policy=policy,
        )


@router.get(
    "", operation_id="search", response_model=PageFound, responses=documented(401, 403, 422, 503)
)
async def search_(
    backend: TheBackend, caller: Reporter, wanted: Annotated[SearchFor, Query()]
) -> PageFound:
    """Search incidents, open and closed, a page at a time: the best fit first, else the newest.

    Responders find what they find in lists. Reporters find what they reported, by what they may
    read of it.
    """
    return await found_by(caller, backend, wanted.q, wanted.limit, wanted.page)
