"""`/intake/{source}`: webhooks of the policy's sources, read by their mappings."""

from fastapi import APIRouter, Request

from standfast.api.bodies import raw_json
from standfast.api.problem_details import Problem, documented
from standfast.api.webhooks.receiver import Receiver
from standfast.incidents.alert import CannotMap
from standfast.intake.alert_ingestion import Outcome
from standfast.messages.message import Message

PREFIX = "/intake/"

router = APIRouter(tags=["webhooks"])


class WebhookResult(Message):
    """The outcome of each alert of a body, in order."""

    results: tuple[Outcome, ...]


# Grafana may be set to PUT; it means the same, so the OpenAPI document has it once.
@router.put(
    "/intake/{source}", status_code=202, response_model=WebhookResult, include_in_schema=False
)
@router.post(
    "/intake/{source}",
    status_code=202,
    response_model=WebhookResult,
    responses=documented(401, 403, 404, 413, 422, 429, 503),
    openapi_extra=raw_json(
        {},
        {
            "title": "The disk of db1 is full",
            "status": "firing",
            "severity": "critical",
            "service": "database",
            "key": "disk/db1",
        },
    ),
)
async def receive(source: str, request: Request, receiver: Receiver) -> WebhookResult:
    """Receive a webhook: JSON, whatever its header says, read by the policy's mapping.

    The source `generic` needs no mapping: title, state, message, severity and key are found under
    their usual names; docs/sources.md lists them. A repeat with the same `webhook-id` gets the same
    answer and changes nothing.
    """
    sender = await receiver.source(source, request)
    webhook_id, sent = await receiver.authenticate(sender, request)
    receiver.check_rate(sender)
    try:
        outcomes = await receiver.receive(sender, sent, webhook_id)
    except CannotMap as cannot:
        raise Problem(422, detail=str(cannot), errors=list(cannot.errors)) from None
    return WebhookResult(results=tuple(outcomes))
