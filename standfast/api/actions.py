"""What people do to an incident: a route for each action, made from its description."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request

from standfast.api.access import acting_as, entered_by, needs, set_by_the_door
from standfast.api.backend import TheBackend
from standfast.api.bodies import AUTHOR, body_of, example, json_only
from standfast.api.caller_budgets import SENT_ACTIONS, spend
from standfast.api.carry_out import carry_out_for
from standfast.api.idempotency import IdempotencyKey, hash_of
from standfast.api.incidents import IncidentId, must_not_be_a_monitors
from standfast.api.problem_details import documented
from standfast.incidents.actions import (
    ACTIONS,
    RECORD_ACTIONS,
    ActionDescription,
    ActionResult,
)
from standfast.incidents.report import Report


def action_routes(actions: Mapping[Any, ActionDescription]) -> APIRouter:
    """A route for each action: its payload is the body, its example the document's."""
    router = APIRouter(prefix="/api/incidents", tags=["actions"])
    for action, described in actions.items():
        router.add_api_route(
            f"/{{incident_id}}/{action}",
            _endpoint(described),
            methods=["POST"],
            operation_id=str(action),
            response_model=ActionResult,
            dependencies=[Depends(json_only)],
            responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
        )
    return router


def _named(
    episode: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="An episode that has closed.")
    ] = None,
) -> int | None:
    """The episode that is meant; None for the latest."""
    return episode


def _any() -> None:
    """Open incidents have one episode that can be acted on."""


def _endpoint(described: ActionDescription) -> Callable[..., Awaitable[ActionResult]]:
    model = described.payload
    author = AUTHOR if AUTHOR in model.model_fields else "reporter"
    body_model = body_of(model)
    examples = example(dict(described.example))

    async def do(
        request: Request,
        backend: TheBackend,
        caller: Annotated[Any, Depends(needs(described.role))],
        incident_id: IncidentId,
        body: Annotated[body_model, Body(openapi_examples=examples)],  # type: ignore[valid-type]
        key: IdempotencyKey = None,
        episode: Annotated[int | None, Depends(_named if described.after_close else _any)] = None,
    ) -> ActionResult:
        spend(request, SENT_ACTIONS, caller)
        given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
        who = acting_as(request, caller, given.get(author, ""))
        names = {author: who, "entered_by": entered_by(caller, who)}
        by_the_door = set_by_the_door(caller, model)
        meant_for = {"episode": episode} if described.after_close else {}
        payload = model.model_validate(given | names | by_the_door | meant_for)
        if isinstance(payload, Report):
            must_not_be_a_monitors(caller, payload)
        # With what is asked in it, so that a key that is used for something else hides nothing.
        asked = f"{caller.name} {key} {described.action} {payload.model_dump_json()}"
        update_id = hash_of(asked) if key else None
        return await carry_out_for(
            caller,
            backend,
            incident_id,
            described,
            payload,
            episode=episode,
            update_id=update_id,
        )

    do.__name__ = described.action.value
    do.__doc__ = described.summary
    return do


router = action_routes({**ACTIONS, **RECORD_ACTIONS})
