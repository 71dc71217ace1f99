"""Opens a mail that was set aside: it is handled like any other that a person sent."""

import asyncio
import logging

from standfast.intake.errors import Refused
from standfast.mail.desk import MailDesk, MailResult
from standfast.mail.handling import handle_opened
from standfast.mail.set_aside import envelope_of
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable

_log = logging.getLogger(__name__)


class NoSuchMail(Refused):
    """No mail of that id is set aside."""


async def open_mail(mail_id: str, by: str, desk: MailDesk, policy: Policy) -> MailResult:
    """Open the mail of that id: it opens an incident, or is a comment on the one that it answers.

    However often it is opened, that happens once.

    Raises:
        NoSuchMail: there is none, or no longer.
        Refused: its content was dropped.
        RecordsUnavailable: the record store is away.
        Unavailable, NoAnswer, RPCError, RuntimeError: Temporal is away, or no worker answers.
    """
    kept = await asyncio.to_thread(desk.records.mails_set_aside.get, mail_id)
    if kept is None:
        raise NoSuchMail(f"no mail {mail_id} is set aside; it may have been dropped since")
    if kept.raw is None:
        raise Refused(f"{mail_id} cannot be opened: its content was dropped to make room")
    result = await handle_opened(kept.raw, desk, policy, envelope_of(kept), kept.line.at)
    desk.count(result)
    try:
        await asyncio.to_thread(
            desk.records.mails_set_aside.note_opened, mail_id, by, result.incident_id
        )
    except RecordsUnavailable as away:
        _log.warning("%s was opened, but could not be marked so: %s", mail_id, away)
    return result
