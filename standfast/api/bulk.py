"""One action on several incidents: on each as if it was asked for alone, a few at a time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field, ValidationError

from standfast.api.access import Caller, acting_as, entered_by, set_by_the_door
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import AUTHOR, example, json_only
from standfast.api.caller_budgets import SENT_ACTIONS, spend
from standfast.api.carry_out import carry_out_for
from standfast.api.idempotency import IdempotencyKey, hash_of, once
from standfast.api.incidents import Responder
from standfast.api.problem_details import Problem, documented, problem_of
from standfast.incidents.actions import FOR_SEVERAL, ActionDescription
from standfast.incidents.bulk import (
    AT_A_TIME,
    MOST_AT_ONCE,
    BulkOutcome,
    BulkResult,
    Target,
    read_target,
)
from standfast.incidents.person import PersonAction
from standfast.messages.message import InboundMessage
from standfast.messages.problems import problems
from standfast.records.audit import AuditEvent, AuditKind

router = APIRouter(prefix="/api/bulk", tags=["actions"])

_BEGIN_WITHIN = 15.0
"""Seconds: what has not begun by then is not tried. Each that has may take some ten more."""

_NOT_TRIED = "was not tried: the others took too long; ask for it again"

_EXAMPLE = {
    "action": "resolve",
    "incidents": ["INC-7F3K2QXWM4", "INC-L64L4TH6C7"],
    "fields": {"summary": "The switch is back"},
}


class Bulk(InboundMessage):
    """One action on several incidents."""

    action: str = Field(
        max_length=40, description=f"One of {', '.join(map(str, FOR_SEVERAL))}.", examples=["tag"]
    )
    incidents: tuple[str, ...] = Field(
        min_length=1,
        max_length=MOST_AT_ONCE,
        description="Ids. With an episode, as in INC-7F3K2QXWM4:2, that one and no later one.",
    )
    fields: dict[str, Any] = Field(
        default_factory=dict, description="Those of the action, as for one incident."
    )


@router.post(
    "",
    operation_id="act_on_several",
    response_model=BulkResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 409, 413, 415, 422, 503),
)
async def bulk(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[Bulk, Body(openapi_examples=example(_EXAMPLE))],
    key: IdempotencyKey = None,
) -> BulkResult:
    """Do an action on each of several incidents; the answer says what became of each."""
    try:
        described = described_for_several(body.action)
        targets = tuple(dict.fromkeys(map(read_target, body.incidents)))
    except ValueError as wrong:
        raise Problem(422, detail=str(wrong), errors=[str(wrong)]) from None
    try:
        payload = payload_for(request, caller, described, body.fields)
    except ValidationError as error:
        found = problems(error, described.payload.model_fields)
        told = [f"fields.{line}" for line in found]
        raise Problem(422, detail="; ".join(told), errors=told) from None
    spend_for_each(request, caller, targets)
    return await act_on_each(backend, caller, described, payload, targets, key)


def described_for_several(action: str) -> ActionDescription:
    """The description of an action that may be done on several. ValueError: there is none."""
    for name, described in FOR_SEVERAL.items():
        if name == action:
            return described
    raise ValueError(
        f"action: {action[:60]!r} cannot be done on several; {', '.join(FOR_SEVERAL)} can"
    )


def payload_for(
    request: Request, caller: Caller, described: ActionDescription, given: Mapping[str, Any]
) -> PersonAction:
    """What is done on each, in the caller's name or the one they give.

    Raises:
        ValidationError: the fields are not those of the action.
        Problem: 403 where they may not act for that person.
    """
    model = described.payload
    named = given.get(AUTHOR, "")
    who = acting_as(request, caller, named if isinstance(named, str) else "")
    names = {AUTHOR: who, "entered_by": entered_by(caller, who)}
    payload = model.model_validate({**given, **names, **set_by_the_door(caller, model)})
    if not isinstance(payload, PersonAction):
        raise TypeError(f"{described.action} is nothing that a person does to several incidents")
    return payload


def spend_for_each(request: Request, caller: Caller, targets: Sequence[Target]) -> None:
    """Count an action for each against the budget of the caller. Problem: 429 for too many."""
    for _ in targets:
        spend(request, SENT_ACTIONS, caller)


async def act_on_each(
    backend: Backend,
    caller: Caller,
    described: ActionDescription,
    payload: PersonAction,
    targets: Sequence[Target],
    key: str | None,
) -> BulkResult:
    """Do it on each, and say what became of it. With a key the same request is done once on each.

    Problem: as `once`.
    """

    async def do(attempt: str) -> BulkResult:
        ends = time.monotonic() + _BEGIN_WITHIN
        turns = asyncio.Semaphore(AT_A_TIME)

        async def one(target: Target) -> BulkOutcome:
            async with turns:
                if time.monotonic() > ends:
                    return _failed(target, _NOT_TRIED, try_again=True)
                return await _act(backend, caller, described, payload, target, attempt)

        result = BulkResult.of(described.action, await asyncio.gather(*map(one, targets)))
        several = "1 incident" if len(targets) == 1 else f"{len(targets)} incidents"
        detail = f"{described.action} on {several}: {result.done} done"
        event = AuditEvent(AuditKind.ACTED_ON_SEVERAL, by=caller.name, detail=detail)
        await backend.audit.record(event)
        return result

    asked = _Asked(
        action=str(described.action),
        incidents=tuple(map(str, targets)),
        fields=payload.model_dump_json(),
    )
    return await once(
        backend.records, caller, key, asked, BulkResult, do, is_final=lambda it: it.is_final
    )


class _Asked(InboundMessage):
    """What stands for a request, to tell it from another with the same key."""

    action: str
    incidents: tuple[str, ...]
    fields: str


async def _act(
    backend: Backend,
    caller: Caller,
    described: ActionDescription,
    payload: PersonAction,
    target: Target,
    attempt: str,
) -> BulkOutcome:
    meant = payload.model_copy(update={"episode": target.episode})
    try:
        done = await carry_out_for(
            caller,
            backend,
            target.incident_id,
            described,
            meant,
            episode=target.episode if described.after_close else None,
            update_id=hash_of(f"{attempt} {target}") if attempt else None,
        )
    except Exception as error:  # `problem_of` logs unexpected ones
        why = problem_of(error)
        message = (why.detail or why.title).removeprefix(f"{target.incident_id}: ")
        return _failed(target, message, try_again=why.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    return BulkOutcome(incident=str(target), done=True, message=done.message)


def _failed(target: Target, why: str, *, try_again: bool) -> BulkOutcome:
    return BulkOutcome(incident=str(target), done=False, message=why, try_again=try_again)
