"""The page of sessions: one's own, for administrators everybody's, with buttons that end them."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.problem_details import Problem
from standfast.console.csrf import checked
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.roles import Role
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.sessions import Session

PATH = "/sessions"

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(PATH)
async def listed(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """The sessions that are valid now."""
    return page(
        request,
        "sessions.html",
        caller=caller,
        sessions=await _visible_to(caller, backend),
        everybodys=caller.role.may(Role.ADMINISTRATOR),
        this=request.state.session.id,
        idle=backend.settings.session_idle,
    )


@router.post(PATH + "/end", dependencies=[Depends(checked)])
async def ended(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """End one session by its `id`, or all of the person `name`; others' only as administrator."""
    form = await form_of(request)
    identity, name = str(form.get("id", "")), str(form.get("name", ""))
    now, kept = datetime.now(UTC), backend.records.sessions
    if name:
        if name != caller.name and not caller.role.may(Role.ADMINISTRATOR):
            raise Problem(403, detail=f"{name} is somebody else: this needs an administrator")
        await asyncio.to_thread(kept.end_all_of, name, now)
        await _record(request, caller, f"all sessions of {name}")
    elif identity in {each.id for each in await _visible_to(caller, backend)}:
        await asyncio.to_thread(kept.end, identity, now)
        await _record(request, caller, identity)
    else:
        raise Problem(404, detail=f"there is no session {identity[:20]!r}; it may be over already")
    return RedirectResponse(PATH, 303)


async def _record(request: Request, caller: Caller, what: str) -> None:
    await backend_of(request).audit.record(
        AuditEvent(AuditKind.SESSION_ENDED, by=caller.name, subject=what)
    )


async def _visible_to(caller: Caller, backend: Backend) -> list[Session]:
    idle, now = backend.settings.session_idle, datetime.now(UTC)
    found = await asyncio.to_thread(backend.records.sessions.valid, now, idle)
    everybodys = caller.role.may(Role.ADMINISTRATOR)
    return [each for each in found if everybodys or each.name == caller.name]
