"""Attachments of incidents: saved by whoever sees the text that names them, and seldom shown."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.incidents import Episode, IncidentId, Reporter
from standfast.api.problem_details import Problem, documented
from standfast.api.visible import found_for
from standfast.incidents.attachment import DOWNLOAD
from standfast.lookup.attachments import NotAsItCame, kept_file

_ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
"""What a stranger sent may load nothing and run nothing, also where it is shown."""

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


@router.get(
    "/{incident_id}/attachments/{name}",
    operation_id="attachment",
    response_class=FileResponse,
    responses={
        200: {"description": "Its bytes as they came.", "content": {DOWNLOAD: {}}},
        **documented(401, 403, 404, 422, 503, 504),
    },
)
async def attachment(
    backend: TheBackend,
    caller: Reporter,
    incident_id: IncidentId,
    name: Annotated[str, Path(max_length=300, description="As the text names it.")],
    episode: Episode = None,
) -> FileResponse:
    """An attachment of a mail, to whoever sees the text that names it.

    Pictures and plain text may be shown, by what is in them; all else is to be saved.
    """
    return await attachment_for(caller, backend, incident_id, name, episode)


async def attachment_for(
    caller: Caller, backend: Backend, incident_id: str, name: str, episode: int | None
) -> FileResponse:
    """The answer with an attachment. Problem: 404 where the caller sees none of that name here, or
    its file has changed.
    """
    seen = await found_for(caller, backend, incident_id, episode)
    directory = backend.settings.data_dir / "attachments"
    try:
        file = await asyncio.to_thread(kept_file, directory, seen.view, name)
    except NotAsItCame:
        detail = f"the file of {name} on this machine is not what came any more"
        raise Problem(404, detail=f"{detail}: take it from a backup") from None
    if file is None:
        raise Problem(404, detail=f"{incident_id} has no such attachment on this machine")
    is_shown = file.media_type != DOWNLOAD
    return FileResponse(
        file.path,
        media_type=file.media_type,
        filename=file.title,
        content_disposition_type="inline" if is_shown else "attachment",
        headers={"Content-Security-Policy": _ALONE, "X-Content-Type-Options": "nosniff"},
    )
