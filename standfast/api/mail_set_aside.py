"""Mail that was set aside: the list, one with what it says, its bytes, and opening it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from standfast.api.access import acting_as
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import OPENED_MAIL, spend
from standfast.api.incidents import Responder
from standfast.api.mail import mail_desk
from standfast.api.problem_details import Problem, documented
from standfast.incidents.ids import is_mail_id
from standfast.incidents.mail_set_aside import LONGEST_LIST, MailSetAside, ShownMail
from standfast.mail.desk import MailResult
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.opening import NoSuchMail, open_mail
from standfast.mail.set_aside import bytes_of, shown
from standfast.messages.message import InboundMessage, OptionalLine, at_most
from standfast.records.mails_set_aside import KeptMail

router = APIRouter(prefix="/api/mail", tags=["mail"])


def _mail_id(
    mail_id: Annotated[str, Path(examples=["MAIL-7F3K2QXW"], description="An id.")],
) -> str:
    if not is_mail_id(mail_id.upper()):
        raise Problem(404, detail="there is no such mail; ids look like MAIL-7F3K2QXW")
    return mail_id.upper()


MailId = Annotated[str, Depends(_mail_id)]


class Opening(InboundMessage):
    """Who opens a mail; only operators may name another than the caller."""

    by: Annotated[OptionalLine, at_most(200)] = ""


@router.get(
    "",
    operation_id="list_mail",
    response_model=list[MailSetAside],
    responses=documented(401, 403, 422, 503),
)
async def listed(
    backend: TheBackend,
    _: Responder,
    kind: Annotated[SetAsideKind | None, Query(description="Else of all kinds.")] = None,
) -> list[MailSetAside]:
    """List the mail that was set aside, newest first, at most 200."""
    kept = backend.records.mails_set_aside
    return await asyncio.to_thread(kept.latest, LONGEST_LIST, kind.value if kind else "")


@router.get(
    "/{mail_id}",
    operation_id="show_mail",
    response_model=ShownMail,
    responses=documented(401, 403, 404, 503),
)
async def show(backend: TheBackend, _: Responder, mail_id: MailId) -> ShownMail:
    """Show one: why it was set aside, and the beginning of what it says."""
    return await asyncio.to_thread(shown, await _kept(backend, mail_id))


@router.get(
    "/{mail_id}/raw",
    operation_id="raw_mail",
    response_class=Response,
    responses={
        200: {"description": "Its bytes as they came.", "content": {"message/rfc822": {}}},
        **documented(401, 403, 404, 409, 503),
    },
)
async def raw(backend: TheBackend, _: Responder, mail_id: MailId) -> Response:
    """One mail as it came; nothing of it has been looked at or cleaned."""
    content = bytes_of(await _kept(backend, mail_id))
    # To be saved, never shown: what is in it is a stranger's.
    named = {"Content-Disposition": f'attachment; filename="{mail_id}.eml"'}
    return Response(content, media_type="message/rfc822", headers=named)


@router.post(
    "/{mail_id}/open",
    operation_id="open_mail",
    response_model=MailResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
)
async def open_(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    mail_id: MailId,
    body: Annotated[Opening, Body(openapi_examples=example({}))],
) -> MailResult:
    """Open it: it becomes an incident, or a comment on its own, however often it is opened."""
    spend(request, OPENED_MAIL, caller)
    by = acting_as(request, caller, body.by)
    desk = mail_desk(backend, request.app.state.metrics)
    try:
        return await open_mail(mail_id, by, desk, backend.policy.current())
    except NoSuchMail as none:
        raise Problem(404, detail=str(none)) from None


async def _kept(backend: Backend, mail_id: str) -> KeptMail:
    found = await asyncio.to_thread(backend.records.mails_set_aside.get, mail_id)
    if found is None:
        raise Problem(404, detail=f"no mail {mail_id} is set aside; it may have been dropped since")
    return found
