"""What people do to an open incident: a route for each action, all made by one mechanism.

An action that is added to `incidents.actions.PAYLOADS` has its route here without a further word.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import Field, create_model

from standfast.api.access import acting_as, needs
from standfast.api.backend import TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.incidents import IncidentId, seen_by
from standfast.api.problems import documented
from standfast.incidents.actions import PAYLOADS, Action, ActionResult
from standfast.incidents.roles import Role
from standfast.intake.actions import act
from standfast.messages.message import InboundMessage, OptionalLine, at_most

REPORTERS_MAY = (Action.VERIFY, Action.COMMENT, Action.WITHDRAW, Action.REPORT_AGAIN)
"""To what they have reported themselves; everything else takes a responder."""

EXAMPLES: dict[Action, dict[str, Any]] = {
    Action.ACKNOWLEDGE: {},
    Action.RESOLVE: {
        "summary": "Renewed the gateway's certificate",
        "steps": ["renewed it", "restarted the gateway"],
        "root_cause": "It had run out",
    },
    Action.VERIFY: {"verdict": "resolved", "comment": "Works since noon"},
    Action.ESCALATE: {"reason": "Needs the vendor"},
    Action.REASSIGN: {"team": "network", "to": "ivan"},
    Action.HOLD: {"reason": "vendor", "comment": "A part is on its way"},
    Action.RESUME: {},
    Action.COMMENT: {"text": "Seen on the second floor too"},
    Action.REPRIORITISE: {"impact": "low", "urgency": "medium", "pin": True},
    Action.PAGE: {"reason": "It has become worse"},
    Action.COMMAND: {"to": "hana"},
    Action.LINK: {"to": "INC-7F3K2QXWM4", "relation": "caused_by"},
    Action.MERGE: {"into": "INC-7F3K2QXWM4", "reason": "The same outage"},
    Action.APPROVE: {"reason": "Nobody works at this hour"},
    Action.DENY: {"reason": "Not during the sale"},
    Action.DELEGATE: {"to": "hana", "reason": "She knows that host"},
    Action.WITHDRAW: {"reason": "My cable was loose"},
    Action.REPORT_AGAIN: {"title": "VPN drops here too", "users_affected": 20},
}

_AUTHOR = "by"

router = APIRouter(prefix="/api/incidents", tags=["actions"])


def role_for(action: Action) -> Role:
    """The role that an action takes."""
    return Role.REPORTER if action in REPORTERS_MAY else Role.RESPONDER


def _body_of(model: type[InboundMessage]) -> type[InboundMessage]:
    """Its payload, in which who acts may be left out."""
    if _AUTHOR not in model.model_fields:
        return model
    author = Field(
        default="", description="Who acts; only operators may name another than the caller."
    )
    return create_model(
        model.__name__,
        __base__=model,
        __module__=__name__,
        __doc__=model.__doc__,
        by=(Annotated[OptionalLine, at_most(200)], author),
    )


def _endpoint(
    action: Action, model: type[InboundMessage]
) -> Callable[..., Awaitable[ActionResult]]:
    author = _AUTHOR if _AUTHOR in model.model_fields else "reporter"
    body_model = _body_of(model)
    role = role_for(action)
    examples = example(EXAMPLES[action]) if action in EXAMPLES else None

    async def do(
        backend: TheBackend,
        caller: Annotated[Any, Depends(needs(role))],
        incident_id: IncidentId,
        body: Annotated[body_model, Body(openapi_examples=examples)],  # type: ignore[valid-type]
    ) -> ActionResult:
        given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
        payload = model.model_validate(given | {author: acting_as(caller, given.get(author, ""))})
        if not caller.role.may(Role.RESPONDER):
            await seen_by(caller, backend, incident_id)
        return await act(backend.client, incident_id, action, payload)

    do.__name__ = action.value
    do.__doc__ = model.__doc__
    return do


for _action, _model in PAYLOADS.items():
    router.add_api_route(
        f"/{{incident_id}}/{_action}",
        _endpoint(_action, _model),
        methods=["POST"],
        operation_id=_action.value,
        response_model=ActionResult,
        dependencies=[Depends(json_only)],
        responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
    )
