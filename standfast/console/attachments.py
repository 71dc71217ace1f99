"""Attachments in the console: the same answers as the API's, to whoever is signed in."""

from fastapi import APIRouter, Response

from standfast.api.attachments import attachment_for
from standfast.api.backend import TheBackend
from standfast.api.incidents import Episode
from standfast.console.errors import PageRoute
from standfast.console.incident_page import known_shape
from standfast.console.viewer import Viewer

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/incidents/{incident_id}/attachments/{name}")
async def attachment(
    backend: TheBackend, caller: Viewer, incident_id: str, name: str, episode: Episode = None
) -> Response:
    """One attachment: a picture or a text is shown, all else saved."""
    return await attachment_for(caller, backend, known_shape(incident_id), name, episode)
