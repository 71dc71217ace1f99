"""`/intake/email`: a mail server, or a program that reads a mailbox, delivers a message."""

from fastapi import APIRouter, Depends, Request

from standfast.api.access import needs_key_of
from standfast.api.backend import Backend, TheBackend
from standfast.api.health import Metrics
from standfast.api.problem_details import Problem, documented
from standfast.hosting.links import answer_tags, page_reply_tokens
from standfast.mail.desk import MailDesk, MailResult
from standfast.mail.handling import handle_mail
from standfast.mail.threading import SOURCE

PATH = "/intake/email"

_EXAMPLE = (
    "From: rita@storyville.example\r\nTo: help@storyville.example\r\nSubject: Wiki crashed\r\n"
    "Message-ID: <1@storyville.example>\r\n\r\nNothing opens any more.\r\n"
)

router = APIRouter(tags=["intake"])


def mail_desk(backend: Backend, metrics: Metrics | None = None) -> MailDesk:
    """The dependencies of mail handling, from the backend; `metrics` count what was done."""

    def count(done: MailResult) -> None:
        if metrics:
            metrics.handled_mail(done.result, done.kind)

    return MailDesk(
        client=backend.client,
        records=backend.records,
        lookup=backend.lookup,
        attachments=backend.settings.data_dir / "attachments",
        task_queue=backend.settings.task_queue,
        answers=answer_tags(backend.settings),
        pages=page_reply_tokens(backend.settings),
        page_answers=backend.page_answers,
        reply=backend.answer_replies.send,
        count=count,
    )


@router.post(
    PATH,
    dependencies=[Depends(needs_key_of(SOURCE))],
    summary="Deliver a mail message",
    responses=documented(400, 401, 403, 413, 503, 504),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "One raw RFC 5322 message, with any content type.",
            "content": {
                "message/rfc822": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": _EXAMPLE,
                }
            },
        }
    },
)
async def receive_mail(request: Request, backend: TheBackend) -> MailResult:
    """The mail opens an incident, comments on or confirms one, or is set aside.

    The answer says why. The same message delivered again changes nothing.
    """
    raw = await request.body()
    if not raw:
        raise Problem(400, detail="the body is empty: send one mail message, with its headers")
    desk = mail_desk(backend, request.app.state.metrics)
    return await handle_mail(raw, desk, backend.policy.current())
