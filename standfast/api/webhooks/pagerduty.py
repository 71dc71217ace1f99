"""PagerDuty's Events API v2: clients of PagerDuty need only another address.

The routing key is the key of a source. Answers have PagerDuty's format, since its clients read it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from standfast.api.bodies import raw_json
from standfast.api.problem_details import Problem, problem_of
from standfast.api.webhooks.reading import Sent, look_into
from standfast.api.webhooks.receiver import Receiver, WebhookReceiver
from standfast.decisions.mapping import Body
from standfast.incidents.alert import CannotMap
from standfast.intake.alert_ingestion import Sender

PREFIX = "/v2/"

router = APIRouter(prefix="/v2", tags=["webhooks"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "It is not valid; `errors` says why. Clients do not try again."},
    429: {"description": "Too many events came; send it again after Retry-After."},
    503: {"description": "It cannot be accepted now; send it again."},
}


_EVENT = {
    "routing_key": "664b28eb3d1b963083e3033f766f785c",
    "event_action": "trigger",
    "dedup_key": "disk-db1",
    "payload": {"summary": "The disk of db1 is full", "source": "db1", "severity": "critical"},
}
_CHANGE = {
    "routing_key": "664b28eb3d1b963083e3033f766f785c",
    "payload": {"summary": "Version 2.4 is deployed", "source": "ci"},
}
_OBJECT = {
    "type": "object",
    "required": ["routing_key"],
    "properties": {"routing_key": {"type": "string"}},
}


@router.post(
    "/enqueue",
    status_code=202,
    responses=_ANSWERS,
    openapi_extra=raw_json(_OBJECT, _EVENT),
)
async def enqueue(request: Request, receiver: Receiver) -> JSONResponse:
    """Trigger, acknowledge or resolve."""

    async def receive() -> JSONResponse:
        sender, sent, _ = await _event(request, receiver)
        outcomes = await receiver.receive(sender, sent)
        return JSONResponse(
            {
                "status": "success",
                "message": "Event processed",
                "dedup_key": outcomes[0].dedup_key if outcomes else "",
            },
            202,
        )

    return await _pagerduty_answer(receive)


@router.post(
    "/change/enqueue",
    status_code=202,
    responses=_ANSWERS,
    openapi_extra=raw_json(_OBJECT, _CHANGE),
)
async def enqueue_change(request: Request, receiver: Receiver) -> JSONResponse:
    """Accept a change event. It opens no incident."""

    async def receive() -> JSONResponse:
        _, _, head = await _event(request, receiver)
        if not head.has_summary:
            raise CannotMap("payload.summary: is missing")
        return JSONResponse({"status": "success", "message": "Change event processed"}, 202)

    return await _pagerduty_answer(receive)


class _Head(NamedTuple):
    """What is read of an event before its sender is known."""

    routing_key: str | None
    has_summary: bool


def _head_of(body: Body) -> _Head:
    event = body.value
    if not isinstance(event, dict):
        raise CannotMap(body.not_json or "the event must be a JSON object")
    key, payload = event.get("routing_key"), event.get("payload")
    summary = payload.get("summary") if isinstance(payload, dict) else None
    return _Head(
        key if isinstance(key, str) else None, isinstance(summary, str) and bool(summary.strip())
    )


async def _event(request: Request, receiver: WebhookReceiver) -> tuple[Sender, Sent, _Head]:
    """The source of the event, what was sent, and what was read of it.

    PagerDuty takes 512 KB; here a larger one is taken too, since its sender would not try again.
    """
    sent = await receiver.read(request)
    head = await look_into(sent, _head_of, is_known=False)
    key = head.routing_key or request.headers.get("x-routing-key")
    if key is None:
        raise CannotMap("routing_key: is missing")
    try:
        sender = await receiver.source_of_key(request, key)
    except Problem as problem:
        if problem.status not in (401, 403, 404):
            raise
        # Only a 400 makes PagerDuty's clients give up; another status would be retried.
        raise CannotMap("routing_key: is not the key of a source") from None
    receiver.check_rate(sender)
    return sender, sent, head


async def _pagerduty_answer(receive: Callable[[], Awaitable[JSONResponse]]) -> JSONResponse:
    """The answer; a failure in PagerDuty's format."""
    try:
        return await receive()
    except CannotMap as cannot:
        errors = list(cannot.errors)
        return _error(400, "invalid event", "Event object is invalid", errors)
    except Exception as error:
        problem = problem_of(error)
        if problem.status == 500:
            raise
        status = "throttle exceeded" if problem.status == 429 else "error"
        answer = _error(problem.status, status, problem.title, [problem.detail])
        answer.headers.update(problem.headers)
        return answer


def _error(code: int, status: str, message: str, errors: list[str]) -> JSONResponse:
    return JSONResponse({"status": status, "message": message, "errors": errors}, code)
