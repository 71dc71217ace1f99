"""`/intake/email`: a mail server, or a program that reads a mailbox, hands a message over."""

from fastapi import APIRouter, Depends, Request

from standfast.api.access import needs_key_of
from standfast.api.backend import Backend, TheBackend
from standfast.api.problems import Problem, documented
from standfast.mail.handling import MailDesk, MailResult, handle_mail
from standfast.mail.threading import SOURCE

PATH = "/intake/email"

_EXAMPLE = (
    "From: rita@storyville.example\r\nTo: help@storyville.example\r\nSubject: Wiki crashed\r\n"
    "Message-ID: <1@storyville.example>\r\n\r\nNothing opens any more.\r\n"
)

router = APIRouter(tags=["intake"])


def mail_desk(backend: Backend) -> MailDesk:
    """What handling mail needs, of a backend."""
    return MailDesk(
        client=backend.client,
        records=backend.records,
        lookup=backend.lookup,
        attachments=backend.settings.data_dir / "attachments",
        task_queue=backend.settings.task_queue,
    )


@router.post(
    PATH,
    dependencies=[Depends(needs_key_of(SOURCE))],
    summary="Take a mail message",
    responses=documented(400, 401, 403, 413, 503, 504),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "One raw RFC 5322 message; what it is called does not matter.",
            "content": {
                "message/rfc822": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": _EXAMPLE,
                }
            },
        }
    },
)
async def take_mail(request: Request, backend: TheBackend) -> MailResult:
    """It opens an incident, or is a comment or a confirmation of one, or is ignored.

    The reason is always told. The same message taken again changes nothing.
    """
    raw = await request.body()
    if not raw:
        raise Problem(400, detail="the body is empty: send one mail message, with its headers")
    return await handle_mail(raw, mail_desk(backend), backend.policy.current())
