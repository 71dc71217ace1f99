"""Turns a message into a report or a comment, within the limits of their fields."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from standfast.incidents.dedup_keys import mails_key
from standfast.incidents.report import CLOCKS_MAY_DIFFER_BY, LONGEST_DESCRIPTION, Channel, Report
from standfast.mail.identity import shown_address
from standfast.mail.mail import WHOLE_TEXT, Attachment, Mail
from standfast.mail.senders import base_address
from standfast.mail.threading import Meaning, Thread, bare_subject
from standfast.messages.clean_text import one_line
from standfast.policy.mail import MailRules

LONGEST_COMMENT = 10_000
LONGEST_WORDS = 4_000
"""Characters of a comment, and of the text of a verdict."""

_LONGEST_TITLE = 300
_MOST_LINES = 200
"""Lines of a text in which its first words are looked for."""
_LONGEST_REPORTER = 200
_OLDEST = timedelta(days=7)
"""Mail servers give up earlier; an older date means a wrong clock."""

_CUT = f"\n[the rest is cut off here; all of it is kept as {WHOLE_TEXT}]"


def fingerprint(mail: Mail, now: datetime) -> str:
    """The same for the same message, whichever way it came and however often.

    One with neither Message-ID nor Date is the same for a day: a program that sends the same text
    each night is heard each night.

    Not the Message-ID alone: programs reuse them, and whoever knows one could suppress a message by
    sending another with its id first.
    """
    parts = [mail.message_id, mail.sender, mail.subject, mail.text]
    parts += [hashlib.sha256(attachment.content).hexdigest() for attachment in mail.attachments]
    if not mail.message_id:
        parts.append(mail.date.isoformat() if mail.date else now.date().isoformat())
    text = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()


def own_key(secret: bytes, mail: Mail, now: datetime, reused: bool = False) -> str:
    """The deduplication key of the incident that this message opens.

    reused: another message had its Message-ID before.
    """
    if reused:
        return mails_key(secret, f"{mail.message_id} {fingerprint(mail, now)}")
    return mails_key(secret, mail.message_id or fingerprint(mail, now))


def report_of(
    mail: Mail,
    rules: MailRules,
    now: datetime,
    key: str,
    attached: str = "",
    thread: Thread | None = None,
    doubt: str = "",
) -> Report:
    """The report that a message makes; `attached` lists its attachments.

    doubt: why it may not be from whom it says.
    key: its deduplication key. `thread`: the incident that it answers or names; what is quoted is
        left out then.
    """
    about = thread.view if thread else None
    again = thread is not None and thread.meaning is Meaning.AGAIN
    words = mail.own_words if thread else mail.text
    return Report(
        title=about.title if about and again else title_of(mail, is_reply=about is not None),
        description=with_limit(
            _not_verified(doubt) + _opening(thread) + words, attached, LONGEST_DESCRIPTION
        ),
        service=_service(mail, rules, thread),
        reporter=reporter_of(mail),
        channel=Channel.EMAIL,
        occurred_at=_sane(mail.date, now),
        labels={} if about is None or again else {"follows": about.incident_id},
        dedup_key=key,
    )


def title_of(mail: Mail, is_reply: bool = False) -> str:
    """The subject, or the first line, in the length of a title; never empty.

    is_reply: without `Re:` and the incident's id.
    """
    first = next(
        (line for line in mail.text.split("\n", _MOST_LINES)[:_MOST_LINES] if one_line(line)), ""
    )
    subject = bare_subject(mail.subject) if is_reply or mail.answers else mail.subject
    title = one_line(subject) or one_line(first)
    title = title or f"Mail from {reporter_of(mail) or 'somebody'} without a subject"
    title = one_line(title)
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"


def reporter_of(mail: Mail) -> str:
    """The sender's address as the reporter's name; "" without one.

    Never the name beside it: anybody may call themselves as one of us is called.
    """
    return shown_address(one_line(mail.sender))[:_LONGEST_REPORTER].strip()


def with_whole_text(mail: Mail, text: str, most: int) -> Sequence[Attachment]:
    """The attachments; a text that is too long is attached too, as a whole."""
    is_whole = any(one.name == WHOLE_TEXT for one in mail.attachments)
    if is_whole or len(text) <= most - _room_for_attachments(mail):
        return mail.attachments
    whole = Attachment(WHOLE_TEXT, "text/plain", mail.text.encode("utf-8", "replace"))
    return (whole, *mail.attachments)  # first, so that it has room


def with_limit(text: str, attached: str, most: int) -> str:
    """Text and list of attachments, at most so many characters; the text is cut to fit, and the
    list only where it takes more than three quarters.
    """
    after = f"\n\n{attached}" if attached else ""
    if len(after) > most * 3 // 4:  # the name of a file is of use as a whole
        after = after[: most * 3 // 4].rpartition("\n")[0] + "\n- and more"
    room = most - len(after)
    if len(text) > room:
        text = text[: room - len(_CUT)] + _CUT
    return f"{text}{after}".strip()


def _room_for_attachments(mail: Mail) -> int:
    return 300 * min(len(mail.attachments) + 1, 21)


def _not_verified(doubt: str) -> str:
    return f"[Its sender is not verified: {doubt}]\n\n" if doubt else ""


def _opening(thread: Thread | None) -> str:
    """The first line of a description that names the incident of the thread."""
    if thread is None or thread.meaning is Meaning.AGAIN:
        return ""
    identity = thread.view.incident_id
    if thread.meaning is Meaning.NEW_MATTER:
        return f"Sent as a reply about {identity}, with a subject of its own.\n\n"
    return f"About {identity}, which has closed.\n\n"


def _service(mail: Mail, rules: MailRules, thread: Thread | None) -> str:
    """The service of the incident that it is about, or of the mailbox that it was sent to."""
    if thread and thread.meaning is not Meaning.NEW_MATTER and thread.view.report.service:
        return thread.view.report.service
    of = {mailbox.address: mailbox.service for mailbox in rules.mailboxes if mailbox.service}
    found = (of.get(base_address(recipient)) for recipient in mail.recipients)
    return next((service for service in found if service), "")


def _sane(date: datetime | None, now: datetime) -> datetime | None:
    if date is None or not now - _OLDEST <= date <= now + CLOCKS_MAY_DIFFER_BY:
        return None
    return date
