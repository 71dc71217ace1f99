"""Who is on call, and overrides: who stands in for whom."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Query, Request

from standfast.api.access import acting_as
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import body_of, example, json_only
from standfast.api.caller_budgets import ASKED_FOR_TURNS, CHANGED_ON_CALL, spend
from standfast.api.incidents import Responder
from standfast.api.problem_details import Problem, documented
from standfast.decisions.overriding import CannotOverride, tier_of
from standfast.hosting.settings import Settings
from standfast.incidents.ids import is_override_id
from standfast.incidents.schedule import (
    EndedOverride,
    EndOverride,
    MadeOverrides,
    NewOverride,
    NewSwap,
    OnCallList,
    Override,
    TierName,
)
from standfast.lookup.known_names import must_have_team
from standfast.messages.message import Instant
from standfast.on_call.calendars import Calendars
from standfast.on_call.looking import on_call_list, tiers_of
from standfast.on_call.overriding import Overriding, end_override, listed_overrides
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy_file.source import PolicySource

Asked = TypeVar("Asked", bound=NewOverride)

router = APIRouter(prefix="/api", tags=["on call"])

_NEW, _SWAP, _END = body_of(NewOverride), body_of(NewSwap), body_of(EndOverride)
_EXAMPLE = {
    "team": "network",
    "tier": "L1",
    "person": "ben",
    "starts": "2026-12-01T08:00:00Z",
    "ends": "2026-12-01T12:00:00Z",
    "reason": "Dentist",
}

_OF_A_SWAP = example({**_EXAMPLE, "other": "ana"})

Team = Annotated[str, Query(max_length=200, description="Else of all teams.")]


@cache
def calendars_of(settings: Settings, policy: PolicySource) -> Calendars:
    """One for the process: it keeps what it has read."""
    return Calendars(policy, settings.data_dir / "calendars")


def schedules_of(backend: Backend) -> OnCallSchedules:
    """The schedules behind the API."""
    return OnCallSchedules(backend.records, calendars_of(backend.settings, backend.policy))


@router.get(
    "/on-call/tiers",
    operation_id="list_tiers",
    response_model=list[TierName],
    responses=documented(401, 403, 409, 422),
)
async def tiers(
    backend: TheBackend,
    _: Responder,
    team: Team = "",
    tier: Annotated[str, Query(max_length=200, description="Only this tier of the team.")] = "",
) -> list[TierName]:
    """List the tiers of the policy's teams, and the time zones of their schedules."""
    policy = backend.policy.current()
    must_have_team(policy, team)
    if tier:
        try:
            tier_of(policy, team, tier)
        except CannotOverride as none:
            raise Problem(409, detail=str(none)) from None
    return [one for one in tiers_of(policy) if team in ("", one.team) and tier in ("", one.tier)]


@router.get(
    "/on-call",
    operation_id="on_call",
    response_model=OnCallList,
    responses=documented(401, 403, 422),
)
async def on_call(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    at: Annotated[Instant | None, Query(description="Else now.")] = None,
    days: Annotated[int, Query(ge=0, le=366, description="Also the turns of so many days.")] = 0,
) -> OnCallList:
    """Show who is on call in each tier, until when and why."""
    policy, moment = backend.policy.current(), at or datetime.now(UTC)
    asked = [(tier, moment) for tier in tiers_of(policy)]
    if days:
        spend(request, ASKED_FOR_TURNS, caller)
    # In a thread of many turns Python does nothing else for milliseconds at a time: one is enough.
    async with request.app.state.on_call_turns if days else nullcontext():
        return await asyncio.to_thread(
            on_call_list, policy, schedules_of(backend), asked, timedelta(days=days)
        )


@router.post(
    "/overrides",
    operation_id="add_override",
    status_code=201,
    response_model=MadeOverrides,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 409, 413, 415, 422, 503),
)
async def add(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[_NEW, Body(openapi_examples=example(_EXAMPLE))],  # type: ignore[valid-type]
) -> MadeOverrides:
    """Put a person on call for a time, in place of whoever is scheduled."""
    spend(request, CHANGED_ON_CALL, caller)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
    by = acting_as(request, caller, given.get("by", ""))
    asked = NewOverride.model_validate(given | {"by": by})
    return await _made(_overriding(backend).add, asked)


@router.post(
    "/overrides/swap",
    operation_id="swap",
    status_code=201,
    response_model=MadeOverrides,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 409, 413, 415, 422, 503),
)
async def swap(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[_SWAP, Body(openapi_examples=_OF_A_SWAP)],  # type: ignore[valid-type]
) -> MadeOverrides:
    """Swap the turns of two people for a period."""
    spend(request, CHANGED_ON_CALL, caller)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
    by = acting_as(request, caller, given.get("by", ""))
    asked = NewSwap.model_validate(given | {"by": by})
    return await _made(_overriding(backend).swap, asked)


@router.get(
    "/overrides",
    operation_id="list_overrides",
    response_model=list[Override],
    responses=documented(401, 403, 422, 503),
)
async def listed(
    backend: TheBackend,
    _: Responder,
    team: Team = "",
    everything: Annotated[
        bool, Query(alias="all", description="Those that are over, too.")
    ] = False,
) -> list[Override]:
    """List the overrides that are active or upcoming."""
    overrides, now = backend.records.overrides, datetime.now(UTC)
    found = await asyncio.to_thread(listed_overrides, overrides, team, now, everything=everything)
    if not found and not await asyncio.to_thread(overrides.all, team):
        must_have_team(backend.policy.current(), team)
    return found


@router.post(
    "/overrides/{override_id}/end",
    operation_id="end_override",
    response_model=EndedOverride,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def end(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    override_id: Annotated[str, Path(examples=["OVR-7F3K2Q"], description="An id.")],
    body: Annotated[_END, Body(openapi_examples=example({}))],  # type: ignore[valid-type]
) -> EndedOverride:
    """End an override early; of a swap both halves."""
    spend(request, CHANGED_ON_CALL, caller)
    identity = override_id.upper()
    if not is_override_id(identity):
        raise Problem(404, detail="there is no such override; ids look like OVR-7F3K2Q")
    by = acting_as(request, caller, body.by)  # type: ignore[attr-defined]
    overrides, now = backend.records.overrides, datetime.now(UTC)
    try:
        return await asyncio.to_thread(end_override, overrides, identity, by, now)
    except CannotOverride as why:
        raise Problem(409, detail=str(why)) from None


def _overriding(backend: Backend) -> Overriding:
    policy = backend.policy.current()
    return Overriding(policy, backend.records.overrides, schedules_of(backend))


async def _made(make: Callable[[Asked, datetime], MadeOverrides], asked: Asked) -> MadeOverrides:
    try:
        return await asyncio.to_thread(make, asked, datetime.now(UTC))
    except CannotOverride as why:
        raise Problem(409, detail=str(why)) from None
