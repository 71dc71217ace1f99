"""Numbers of closed incidents."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from standfast.api.access import Caller
from standfast.api.backend import backend_of
from standfast.api.caller_budgets import ASKED_FOR_NUMBERS, spend
from standfast.api.incidents import Responder
from standfast.api.problem_details import documented
from standfast.api.visible import must_have_names, reader_of
from standfast.incidents.stats import Stats, StatsFilter
from standfast.lookup.numbers import asked, numbers

router = APIRouter(prefix="/api/stats", tags=["numbers"])


@router.get(
    "",
    operation_id="get_stats",
    response_model=Stats,
    responses=documented(401, 403, 422, 429, 503),
)
async def get(
    request: Request, caller: Responder, wanted: Annotated[StatsFilter, Query()]
) -> Stats:
    """Numbers of the closed incidents that the caller finds. Times are in seconds."""
    return await stats_for(request, caller, wanted)


async def stats_for(request: Request, caller: Caller, wanted: StatsFilter) -> Stats:
    """The numbers that are asked for, of the incidents that the caller finds.

    Invalid: a text cannot be read, or nothing has that name; names it. Problem: 429 for too
        many requests.
    """
    backend = backend_of(request)
    query = asked(wanted, datetime.now(UTC))
    spend(request, ASKED_FOR_NUMBERS, caller)
    await must_have_names(caller, backend, {"team": query.team})
    reader = reader_of(caller, backend)
    policy = backend.policy.current()
    # While a thread counts the incidents of years, Python does little else: one is enough.
    async with request.app.state.counting_numbers:
        return await asyncio.to_thread(numbers, backend.records, policy, query, reader)
