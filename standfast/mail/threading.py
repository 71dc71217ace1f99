"""Which incident a message is about: by the messages it replies to, or by an incident's id.

Neither is proof. People answer an old message to write about something new, and programs use a
Message-ID again.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple

from standfast.incidents.alert import incident_key
from standfast.incidents.ids import PREFIX, is_incident_id
from standfast.incidents.record import OURSELVES, IncidentView
from standfast.mail.mail import Mail
from standfast.mail.marks.words_of_subjects import FORWARDED_SUBJECT, REPLIED_SUBJECT

SOURCE = "email"
"""The name of mail in deduplication keys, and of the source whose key may deliver mail."""

_TOKEN = re.compile(rf"(?<![A-Z0-9-]){PREFIX}[A-Z2-7]{{10}}(?![A-Z0-9])", re.IGNORECASE)
_REPLY = (*REPLIED_SUBJECT, *FORWARDED_SUBJECT)
_PREFIXES = re.compile(
    rf"(?:\s*(?:{'|'.join(map(re.escape, _REPLY))})\s*(?:\[\d+\]|\(\d+\))?\s*[:：])+", re.I
)
_TAG = re.compile(r"\[[^\[\]]{0,60}\]")
_MOST_TOKENS = 5


class Meaning(StrEnum):
    """What a message means for the incident of its thread, where that can take no more words."""

    AGAIN = auto()
    MENTIONS = auto()
    NEW_MATTER = auto()


class Thread(NamedTuple):
    """The incident that a message is about; `answered` when it answers one of its messages."""

    view: IncidentView
    answered: bool
    meaning: Meaning = Meaning.MENTIONS


LONG_QUIET = timedelta(days=14)
"""Without a word of anybody: a reply on another subject is then about something new."""

_ENOUGH = 500
"""Characters of two texts by which they are compared."""


def thread_key(message_id: str) -> str:
    """The deduplication key of the incident that a message of that id opened."""
    return incident_key(SOURCE, message_id)


def ids_named(mail: Mail) -> tuple[str, ...]:
    """The incident ids in the message: first those in its addresses (`help+INC-…@`)."""
    tagged = [address.partition("@")[0].partition("+")[2] for address in mail.recipients]
    found = [tag.upper() for tag in tagged] + [
        token.upper() for token in _TOKEN.findall(mail.subject)
    ]
    return tuple(dict.fromkeys(one for one in found if is_incident_id(one)))[:_MOST_TOKENS]


def bare_subject(subject: str) -> str:
    """A subject without `Re:` and the like, and without incident ids."""
    without = _TOKEN.sub("", subject).replace("[]", "").replace("()", "")
    return _PREFIXES.sub("", without, count=1).strip()


def is_new_matter(mail: Mail, thread: IncidentView, now: datetime) -> bool:
    """Whether a reply in that incident's thread is about something else.

    It has a subject of its own, and the incident has closed or nobody has written for long.
    """
    subject, title = _compared(mail.subject), _compared(thread.title)
    if not subject or not title or subject in title or title in subject:
        return False
    if title.endswith("…") and subject.startswith(title[:-1].rstrip()):
        return False
    if thread.status == "closed":
        return True
    said = [entry.at for entry in thread.timeline if entry.actor != OURSELVES]
    return now - max(said, default=thread.opened_at) > LONG_QUIET


def is_same_message(mail: Mail, thread: IncidentView) -> bool:
    """Whether a message with the Message-ID that opened an incident is that message.

    On its other way through a list it may have got a footer, or a mark in its subject.
    """
    mine, theirs = (" ".join(text.split()) for text in (mail.text, thread.report.description))
    if mine and theirs:
        return mine[:_ENOUGH] in theirs or theirs[:_ENOUGH] in mine
    return _compared(mail.subject) == _compared(thread.title)


def _compared(subject: str) -> str:
    return " ".join(bare_subject(_TAG.sub(" ", subject)).casefold().split())
