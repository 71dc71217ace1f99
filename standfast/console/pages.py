"""Every page of the console, and the files that pages load."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from standfast.api.problem_details import Problem
from standfast.console import actions as acting
from standfast.console import (
    article_pages,
    attachments,
    board,
    bulk_page,
    devices_page,
    incident_page,
    installable,
    live,
    mail_pages,
    my_pages,
    on_call_page,
    own_channels_page,
    problem_pages,
    report_form,
    review_pages,
    search_page,
    sessions_page,
    stats_page,
    suggestions,
)
from standfast.console.rendering import STATIC

router = APIRouter(include_in_schema=False)
for part in (
    board,
    search_page,
    bulk_page,
    live,
    incident_page,
    article_pages,
    attachments,
    review_pages,  # before the actions, whose path is any name
    acting,
    report_form,
    suggestions,
    on_call_page,
    own_channels_page,
    mail_pages,
    my_pages,
    sessions_page,
    devices_page,
    stats_page,
    problem_pages,
    installable,
):
    router.include_router(part.router)

_FILES = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "devices.js": "text/javascript",
    "suggestions.js": "text/javascript",
    "icon.svg": "image/svg+xml; charset=utf-8",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
    "badge-96.png": "image/png",
    "manifest.webmanifest": "application/manifest+json; charset=utf-8",
}


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """A style sheet, script or picture. Its address changes with its content, so it is cached."""
    if name not in _FILES:
        raise Problem(404, detail=f"there is no file {name[:60]!r}")
    kept = "public, max-age=31536000, immutable" if request.url.query else "no-cache"
    return FileResponse(STATIC / name, media_type=_FILES[name], headers={"Cache-Control": kept})
