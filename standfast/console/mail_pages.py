"""Mail that was set aside: the list; one mail with its reason and text; a button that opens it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.caller_budgets import OPENED_MAIL, spend
from standfast.api.mail import mail_desk
from standfast.api.problem_details import Problem
from standfast.console.csrf import checked
from standfast.console.errors import PageRoute
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.ids import is_mail_id
from standfast.incidents.mail_set_aside import LONGEST_LIST
from standfast.incidents.roles import Role
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.opening import NoSuchMail, open_mail
from standfast.mail.set_aside import text_of
from standfast.records.mails_set_aside import KEPT_FOR

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/mail")
async def listed(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    kind: Annotated[SetAsideKind | None, Query()] = None,
) -> Response:
    """The latest, of one kind or of all."""
    _must_respond(caller)
    kept = backend.records.mails_set_aside
    chosen = kind.value if kind else ""
    mails = await asyncio.to_thread(kept.latest, LONGEST_LIST, chosen)
    counts = await asyncio.to_thread(kept.counts)
    return page(
        request,
        "mail_list.html",
        caller=caller,
        mails=mails,
        counts=sorted(counts.items()),
        chosen=chosen,
        most=LONGEST_LIST,
        days=KEPT_FOR.days,
    )


@router.get("/mail/{mail_id}")
async def shown(request: Request, backend: TheBackend, caller: Viewer, mail_id: str) -> Response:
    """One mail: why it was set aside, and what it says."""
    _must_respond(caller)
    identity = _known_shape(mail_id)
    found = await asyncio.to_thread(backend.records.mails_set_aside.get, identity)
    if found is None:
        raise _no_such(identity)
    text = await asyncio.to_thread(text_of, found)
    return page(request, "mail.html", caller=caller, mail=found.line, text=text)


@router.post("/mail/{mail_id}/open", dependencies=[Depends(checked)])
async def opened(request: Request, backend: TheBackend, caller: Viewer, mail_id: str) -> Response:
    """Open it by the ordinary path, and show the incident."""
    _must_respond(caller)
    spend(request, OPENED_MAIL, caller)
    identity = _known_shape(mail_id)
    desk = mail_desk(backend, request.app.state.metrics)
    try:
        result = await open_mail(identity, caller.name, desk, backend.policy.current())
    except NoSuchMail:
        raise _no_such(identity) from None
    return RedirectResponse(f"/incidents/{result.incident_id}", 303)


def _must_respond(caller: Caller) -> None:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")


def _known_shape(text: str) -> str:
    identity = text.upper()
    if not is_mail_id(identity):
        raise Problem(404, detail="there is no such mail; ids look like MAIL-7F3K2QXW")
    return identity


def _no_such(identity: str) -> Problem:
    return Problem(
        404, detail=f"there is no mail {identity} that is set aside; it may have been dropped"
    )
