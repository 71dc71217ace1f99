"""`/api/v2/alerts`: Alertmanager's API, so that Prometheus can send alerts here directly."""

from fastapi import APIRouter, Request, Response

from standfast.api.access import key_given
from standfast.api.bodies import raw_json
from standfast.api.problem_details import Problem, documented
from standfast.api.webhooks.receiver import Receiver
from standfast.incidents.alert import CannotMap

_ALERTS = [
    {
        "labels": {"alertname": "DiskFull", "instance": "db1", "severity": "critical"},
        "annotations": {"summary": "The disk of db1 is full"},
        "startsAt": "2026-11-24T09:00:00Z",
    }
]

PATH = "/api/v2/alerts"

router = APIRouter(tags=["webhooks"])


@router.post(
    PATH,
    status_code=200,
    response_class=Response,
    responses=documented(400, 401, 413, 429, 503),
    openapi_extra=raw_json({"type": "array", "items": {"type": "object"}}, _ALERTS),
)
async def receive(request: Request, receiver: Receiver) -> Response:
    """Receive alerts as Prometheus sends them; the key says from which source."""
    sender = await receiver.source_of_key(request, key_given(request))
    receiver.check_rate(sender)
    try:
        sent = await receiver.read(request)
        await receiver.receive(sender, sent, may_be_empty=True)
    except CannotMap as cannot:
        raise Problem(400, detail=str(cannot), errors=list(cannot.errors)) from None
    return Response(status_code=200)
