"""Keeps what is set aside: on record with its bytes, so that it can be seen and opened."""

import asyncio

from standfast.incidents.mail_set_aside import ShownMail
from standfast.intake.errors import Refused, Unavailable
from standfast.mail.identity import shown_address
from standfast.mail.mail import Envelope, Mail
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.reading_apart import text_of as text_in
from standfast.messages.clean_text import one_line
from standfast.records.errors import RecordsUnavailable
from standfast.records.mails_set_aside import KeptMail, MailToSetAside
from standfast.records.store import RecordStore

NOT_KEPT = (SetAsideKind.OWN_MESSAGE,)
"""What is counted but not kept: each of our messages is on the timeline of its incident, and copies
of them, one a page, would push out what people wrote."""


_NO_ADDRESS = "no address"
"""Instead of a name, which anybody can give themselves."""

LONGEST_SHOWN = 20_000
"""Characters of a kept mail that are shown to a person."""


async def keep_aside(
    records: RecordStore,
    mail: Mail,
    raw: bytes,
    envelope: Envelope | None,
    *,
    fingerprint: str,
    kind: SetAsideKind,
    reason: str,
    incident_id: str = "",
) -> str:
    """Keep a message that is set aside; its id, or "" for a kind that is not kept.

    Raises:
        Unavailable: the record store is away, so it is not kept; deliver it again later.
    """
    if kind in NOT_KEPT:
        return ""
    kept = MailToSetAside(
        fingerprint=fingerprint,
        kind=kind.value,
        sender=shown_address(one_line(mail.sender)) or _NO_ADDRESS,
        subject=mail.subject,
        reason=reason,
        raw=raw,
        incident_id=incident_id,
        envelope=(envelope.sender, envelope.recipients) if envelope else None,
    )
    try:
        return await asyncio.to_thread(records.mails_set_aside.keep, kept)
    except RecordsUnavailable as away:
        raise Unavailable(
            f"this mail is to be set aside, and cannot be kept now ({reason}): {away}"
        ) from away


def envelope_of(kept: KeptMail) -> Envelope | None:
    """The SMTP envelope that a kept message came with; None without one."""
    return Envelope(*kept.envelope) if kept.envelope else None


def text_of(kept: KeptMail) -> str | None:
    """The beginning of what a kept message says; None where its bytes were dropped.

    It waits for another process: for a thread that may.
    """
    if kept.raw is None:
        return None
    return text_in(kept.raw, envelope_of(kept))[:LONGEST_SHOWN]


def shown(kept: KeptMail) -> ShownMail:
    """The mail as it is shown to a person; waits as `text_of` does."""
    return ShownMail(**dict(kept.line), text=text_of(kept))


def bytes_of(kept: KeptMail) -> bytes:
    """Its bytes as they came.

    Raises:
        Refused: they were dropped to make room.
    """
    if kept.raw is None:
        raise Refused(f"the content of {kept.line.id} was dropped to make room")
    return kept.raw
