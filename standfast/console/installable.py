"""What a browser needs to install the console: a service worker, and the page for being offline.

The service worker stores what everybody gets, and no page of an incident.
"""

import hashlib
import json
from functools import cache

from fastapi import APIRouter, Request, Response

from standfast.console.errors import PageRoute
from standfast.console.rendering import HEADERS, STATIC, page, static_address

OFFLINE = "/offline"

_SHELL_FILES = ("console.css", "console.js", "icon.svg", "icon-192.png", "badge-96.png")

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/service-worker.js")
async def service_worker() -> Response:
    """The service worker, in front of it what it stores. At the root, so that it is for all pages.

    It must not be cached: a browser asks for it anew, and so finds out that something has changed.
    """
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return Response(_script(), media_type="text/javascript", headers=headers)


@router.get(OFFLINE)
async def offline(request: Request) -> Response:
    """The page that is shown when the server cannot be reached: the same for everybody."""
    return page(request, "offline.html")


@cache
def _script() -> str:
    shell = [OFFLINE, *map(static_address, _SHELL_FILES)]
    script = (STATIC / "service_worker.js").read_text()
    template = (STATIC.parent / "templates" / "offline.html").read_bytes()
    version = hashlib.sha256(script.encode() + template + json.dumps(shell).encode()).hexdigest()
    told = {
        "VERSION": version[:12],
        "SHELL": shell,
        "ICON": static_address("icon-192.png"),
        "BADGE": static_address("badge-96.png"),
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in told.items()]
    return "\n".join([*lines, script])
