"""What became of the messages about an incident."""

from fastapi import APIRouter

from standfast.api.backend import TheBackend
from standfast.api.incidents import Episode, IncidentId, Responder
from standfast.api.problem_details import documented
from standfast.api.visible import found_for, must_have
from standfast.incidents.roles import Role
from standfast.incidents.visibility import Responders
from standfast.lookup.delivery_trails import DeliveryTrail, trails_of
from standfast.messages.message import Message

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class Deliveries(Message):
    """The messages about an episode, the oldest first; one by two channels is there twice."""

    deliveries: Responders[tuple[DeliveryTrail, ...]]


@router.get(
    "/{incident_id}/deliveries",
    operation_id="deliveries",
    response_model=Deliveries,
    responses=documented(401, 403, 404, 422, 503, 504),
)
async def deliveries(
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    episode: Episode = None,
) -> Deliveries:
    """Show what became of each message: sent, delivered, opened, answered, or failed."""
    seen = await found_for(caller, backend, incident_id, episode)
    must_have(seen, Role.RESPONDER)
    found = await trails_of(backend.records, seen.view)
    return Deliveries(deliveries=found)
