"""Silences: add one, list them, show one, end one."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from temporalio.service import RPCError

from standfast.api.access import acting_as
from standfast.api.backend import TheBackend
from standfast.api.bodies import body_of, example, json_only
from standfast.api.caller_budgets import CHANGED_ON_CALL, spend
from standfast.api.incidents import Responder
from standfast.api.problem_details import Problem, documented, problem_of
from standfast.decisions.unknown_names import unknown_names
from standfast.incidents.ids import is_silence_id
from standfast.incidents.silence import (
    AddedSilence,
    EndedSilence,
    EndSilence,
    NewSilence,
    RepageResult,
    ShownSilence,
    Silence,
    refusal,
)
from standfast.intake.repage import repage
from standfast.intake.silencing import NoSuchSilence, end_silence, listed_silences, shown_silence

router = APIRouter(prefix="/api/silences", tags=["silences"])

_NEW = body_of(NewSilence)
_END = body_of(EndSilence)
_EXAMPLE = {
    "matcher": {"services": ["vpn"]},
    "starts": "2026-12-01T22:00:00Z",
    "ends": "2026-12-02T02:00:00Z",
    "reason": "New gateway",
}


def _silence_id(
    silence_id: Annotated[str, Path(examples=["SIL-7F3K2Q"], description="An id.")],
) -> str:
    if not is_silence_id(silence_id.upper()):
        raise Problem(404, detail="there is no such silence; ids look like SIL-7F3K2Q")
    return silence_id.upper()


SilenceId = Annotated[str, Depends(_silence_id)]


@router.post(
    "",
    operation_id="add_silence",
    status_code=201,
    response_model=AddedSilence,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 413, 415, 422, 503),
)
async def add(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[_NEW, Body(openapi_examples=example(_EXAMPLE))],  # type: ignore[valid-type]
) -> AddedSilence:
    """Silence matching incidents, now or in a maintenance window that begins later."""
    spend(request, CHANGED_ON_CALL, caller)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
    asked = NewSilence.model_validate(
        given | {"by": acting_as(request, caller, given.get("by", ""))}
    )
    if over := refusal(asked.ends, datetime.now(UTC)):
        raise Problem(422, detail=over, errors=[over])
    silence = await asyncio.to_thread(backend.records.silences.add, asked)
    notes = tuple(unknown_names(backend.policy.current(), asked.matcher))
    return AddedSilence(silence=silence, notes=notes)


@router.get(
    "",
    operation_id="list_silences",
    response_model=list[Silence],
    responses=documented(401, 403, 422, 503),
)
async def listed(
    backend: TheBackend,
    _: Responder,
    everything: Annotated[
        bool, Query(alias="all", description="Those that are over, too.")
    ] = False,
) -> list[Silence]:
    """List the silences that are active or upcoming."""
    return await asyncio.to_thread(
        listed_silences, backend.records.silences, datetime.now(UTC), everything=everything
    )


@router.get(
    "/{silence_id}",
    operation_id="show_silence",
    response_model=ShownSilence,
    responses=documented(401, 403, 404, 503),
)
async def show(backend: TheBackend, _: Responder, silence_id: SilenceId) -> ShownSilence:
    """Show one, and the incidents that it has kept quiet."""
    try:
        return await asyncio.to_thread(shown_silence, backend.records.silences, silence_id)
    except NoSuchSilence as none:
        raise Problem(404, detail=str(none)) from None


@router.post(
    "/{silence_id}/end",
    operation_id="end_silence",
    response_model=EndedSilence,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 413, 415, 422, 503),
)
async def end(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    silence_id: SilenceId,
    body: Annotated[_END, Body(openapi_examples=example({}))],  # type: ignore[valid-type]
) -> EndedSilence:
    """End one early; people are paged now about what it kept quiet. It may be asked for again."""
    spend(request, CHANGED_ON_CALL, caller)
    by = acting_as(request, caller, body.by)  # type: ignore[attr-defined]

    async def page(incidents: Sequence[str], reason: str) -> tuple[RepageResult, ...]:
        try:
            return await repage(backend.client, incidents, by=by, reason=reason)
        except (RPCError, RuntimeError) as away:
            why = problem_of(away).detail
        return tuple(RepageResult(incident_id=one, done=False, words=why) for one in incidents)

    now = datetime.now(UTC)
    try:
        return await end_silence(backend.records.silences, silence_id, by, now, page)
    except NoSuchSilence as none:
        raise Problem(404, detail=str(none)) from None
