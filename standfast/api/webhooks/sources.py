"""`/intake/{source}`: what any source of the policy sends, in the words of its mapping."""

from fastapi import APIRouter, Request

from standfast.api.bodies import raw_json
from standfast.api.problems import Problem, documented
from standfast.api.webhooks.receiver import TheTaking
from standfast.incidents.alert import CannotMap
from standfast.intake.alerts import Outcome
from standfast.messages.message import Message

router = APIRouter(tags=["webhooks"])


class Receipt(Message):
    """What became of each alert of a body, in their order."""

    results: tuple[Outcome, ...]


# Grafana may be set to PUT; it means the same, so the OpenAPI document has it once.
@router.put("/intake/{source}", status_code=202, response_model=Receipt, include_in_schema=False)
@router.post(
    "/intake/{source}",
    status_code=202,
    response_model=Receipt,
    responses=documented(401, 403, 404, 413, 422, 429, 503),
    openapi_extra=raw_json({}, {"host": "db1", "check": "disk", "status": "firing"}),
)
async def take(source: str, request: Request, taking: TheTaking) -> Receipt:
    """Take a webhook. It is JSON, whatever its header says; the policy's mapping reads it.

    A webhook that comes again with the same `webhook-id` gets the same answer, and does nothing.
    """
    sender = await taking.source(source)
    body = await request.body()
    webhook_id = await taking.checked(sender, request, body)
    taking.limited(sender)
    content_type = request.headers.get("content-type", "")
    try:
        outcomes = await taking.take(sender, body, content_type, webhook_id)
    except CannotMap as cannot:
        raise Problem(422, detail=str(cannot), errors=list(cannot.errors)) from None
    return Receipt(results=tuple(outcomes))
