"""What mail handling needs, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from temporalio.client import Client

from standfast.intake.answer_tags import AnswerTags
from standfast.intake.page_answers import PageAnswers
from standfast.intake.page_links import PageClaim, PageLinks
from standfast.lookup.lookup import Lookup
from standfast.mail.marks.mark import SetAsideKind
from standfast.messages.message import Message
from standfast.records.store import RecordStore


class MailOutcome(StrEnum):
    """What was done with a message."""

    OPENED = "opened"
    JOINED = "joined"
    COMMENTED = "commented"
    CONFIRMED = "confirmed"
    ANSWERED = "answered"
    SET_ASIDE = "set_aside"


class MailResult(Message):
    """What was done with a message, and why. `incident_id` is empty where it is about none.

    kind, mail_id: of one that is set aside: what it is, and under which id it is kept; empty
        otherwise, and `mail_id` also where it is not kept.
    """

    result: MailOutcome
    incident_id: str = ""
    reason: str
    kind: str = ""
    mail_id: str = ""


Reply = Callable[[PageClaim, str, str], Awaitable[None]]


@dataclass(frozen=True)
class MailDesk:
    """The dependencies of mail handling. `attachments` is the directory they are stored in.

    answers: reads the tags by which answers to our questions are recognised.
    pages: reads the tokens by which answers to pages are recognised, and page_answers takes those.
    reply: tells a person what became of their answer, given their page, the words, and a key that
        is the same for the same mail; None where nobody could.
    count: is told what was done with each message, for the metrics.
    """

    client: Client
    records: RecordStore
    lookup: Lookup
    attachments: Path
    task_queue: str
    answers: AnswerTags
    pages: PageLinks
    page_answers: PageAnswers
    reply: Reply | None = None
    count: Callable[[MailResult], None] = lambda _: None


def set_aside(kind: SetAsideKind, reason: str, incident_id: str = "") -> MailResult:
    """What is told of a message that is set aside."""
    return MailResult(
        result=MailOutcome.SET_ASIDE, incident_id=incident_id, reason=reason, kind=kind.value
    )
