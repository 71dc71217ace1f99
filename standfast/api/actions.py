"""What people do to an open incident: a route for each action, made from its description."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request

from standfast.api.access import acting_as, entered_by, needs, set_by_the_door
from standfast.api.backend import TheBackend
from standfast.api.bodies import AUTHOR, body_of, example, json_only
from standfast.api.caller_budgets import SENT_ACTIONS, spend
from standfast.api.idempotency import IdempotencyKey, hash_of
from standfast.api.incidents import IncidentId, must_not_be_a_monitors
from standfast.api.problems import documented
from standfast.api.visible import found_for, must_be_allowed
from standfast.incidents.actions import ACTIONS, Action, ActionDescription, ActionResult
from standfast.incidents.report import Report
from standfast.intake.actions import act


def action_routes(actions: Mapping[Action, ActionDescription]) -> APIRouter:
    """A route for each action: its payload is the body, its example the document's."""
    router = APIRouter(prefix="/api/incidents", tags=["actions"])
    for action, described in actions.items():
        router.add_api_route(
            f"/{{incident_id}}/{action}",
            _endpoint(described),
            methods=["POST"],
            operation_id=action.value,
            response_model=ActionResult,
            dependencies=[Depends(json_only)],
            responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
        )
    return router


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
    ) -> ActionResult:
        spend(request, SENT_ACTIONS, caller)
        given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
        who = acting_as(request, caller, given.get(author, ""))
        names = {author: who, "entered_by": entered_by(caller, who)}
        payload = model.model_validate(given | names | set_by_the_door(caller, model))
        if isinstance(payload, Report):
            must_not_be_a_monitors(caller, payload)
        await must_be_allowed(caller, backend, incident_id, described.role)
        if other := getattr(payload, "other", ""):
            await found_for(caller, backend, other)
        # With what is asked in it, so that a key that is used for something else hides nothing.
        asked = f"{caller.name} {key} {described.action} {payload.model_dump_json()}"
        return await act(
            backend.client,
            incident_id,
            described.action,
            payload,
            update_id=hash_of(asked) if key else None,
        )

    do.__name__ = described.action.value
    do.__doc__ = described.summary
    return do


router = action_routes(ACTIONS)
