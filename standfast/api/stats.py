"""Numbers of closed incidents."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.incidents import Responder
from standfast.api.problems import Problem, documented
from standfast.api.visible import reader_of
from standfast.incidents.stats import GroupedBy, Stats
from standfast.intake.errors import Refused
from standfast.lookup.numbers import asked, numbers

router = APIRouter(prefix="/api/stats", tags=["numbers"])

_WHEN = "2026, 2026-10, 2026-10-05, 2026-10-05T14:30 in UTC, or 7d for seven days ago."


@router.get(
    "",
    operation_id="get_stats",
    response_model=Stats,
    responses=documented(401, 403, 422, 429, 503),
)
async def get(
    backend: TheBackend,
    caller: Responder,
    by: Annotated[GroupedBy, Query(description="What they are counted by.")] = GroupedBy.TEAM,
    since: Annotated[
        str, Query(max_length=40, description=f"Closed from then on: {_WHEN} Else 90d.")
    ] = "",
    until: Annotated[
        str, Query(max_length=40, description=f"Closed before then: {_WHEN} Else now.")
    ] = "",
    team: Annotated[str, Query(max_length=200, description="Only of this team.")] = "",
) -> Stats:
    """Numbers of the closed incidents that the caller finds. Times are in seconds."""
    return await stats_for(caller, backend, by, since, until, team)


async def stats_for(
    caller: Caller, backend: Backend, by: str, since: str, until: str, team: str
) -> Stats:
    """The numbers that these texts ask for, of the incidents that the caller finds.

    Problem: 422 for a text that cannot be read, naming it.
    """
    try:
        query = asked(by=by, since=since, until=until, team=team, now=datetime.now(UTC))
    except Refused as refused:
        raise Problem(422, detail=str(refused)) from None
    reader = reader_of(caller, backend)
    policy = backend.policy.current()
    return await asyncio.to_thread(numbers, backend.records, policy, query, reader)
