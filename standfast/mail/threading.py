"""Which incident a message is about: by the messages it replies to, or by an incident's id.

Neither is proof. People answer an old message to write about something new, and programs use a
Message-ID again.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum, auto
from typing import NamedTuple

from standfast.incidents.actors import OURSELVES
from standfast.incidents.dedup_keys import MAIL
from standfast.incidents.ids import PREFIX, is_incident_id
from standfast.incidents.record import IncidentView
from standfast.intake.answer_tags import incident_of, tag_in
from standfast.intake.page_links import incident_of as incident_of_page
from standfast.intake.page_links import page_token_in
from standfast.mail.mail import Mail
from standfast.mail.marks.words_of_subjects import (
    FORWARDED_SUBJECT,
    NO_SUBJECT,
    REPLIED_SUBJECT,
)
from standfast.messages.normal_form import normal_form

SOURCE = MAIL
"""The name of mail in deduplication keys, and of the source whose key may deliver mail."""

_TOKEN = re.compile(rf"(?<![A-Z0-9-]){PREFIX}[A-Z2-7]{{10}}(?![A-Z0-9])", re.IGNORECASE)
_REPLY = (*REPLIED_SUBJECT, *FORWARDED_SUBJECT)
_PREFIXES = re.compile(
    rf"(?:\s*(?:{'|'.join(map(re.escape, _REPLY))})\s*(?:\[\d+\]|\(\d+\))?\s*[:：])+", re.I
)
_TAG = re.compile(r"\[[^\[\]]{0,60}\]")
_NUMBER = re.compile(r"\w*\d\w*")
_WORD = re.compile(r"\w+")
_MOST_TOKENS = 5


class Meaning(StrEnum):
    """What a message means for the incident of its thread, where that can take no more words."""

    AGAIN = auto()
    MENTIONS = auto()
    NEW_MATTER = auto()


class Thread(NamedTuple):
    """The incident that a message is about.

    answered: whether it answers one of its messages.
    titles: those of the incidents that were merged into it on the way.
    """

    view: IncidentView
    answered: bool
    titles: tuple[str, ...] = ()
    meaning: Meaning = Meaning.MENTIONS


LONG_QUIET = timedelta(days=14)
"""Without a word of anybody: a reply on another subject is then about something new."""

_ENOUGH = 500
"""Characters of two texts by which they are compared."""

_MOST_WORDS, _ALIKE = 0.5, 0.9
"""Two subjects are the same from so much alike on: in words where one has only more of them than
the other, and in letters where a program cut or broke one. 1 is equal.
"""


def ids_named(mail: Mail) -> tuple[str, ...]:
    """The incident ids in the message: of questions that it answers, in its addresses
    (`help+INC-…@`), in its subject.
    """
    found = [incident_of(tag) for tag in answer_tags_in(mail)]
    found += [incident_of_page(token) for token in page_tokens_in(mail)]
    found += [tag.upper() for tag in _sub_addresses(mail)] + [
        token.upper() for token in _TOKEN.findall(mail.subject)
    ]
    return tuple(dict.fromkeys(one for one in found if is_incident_id(one)))[:_MOST_TOKENS]


def answer_tags_in(mail: Mail) -> tuple[str, ...]:
    """The answer tags in the message, valid or not: of its addresses and of what it answers."""
    found = (tag_in(text) for text in (*_sub_addresses(mail), *mail.answers))
    return tuple(dict.fromkeys(filter(None, found)))


def page_tokens_in(mail: Mail) -> tuple[str, ...]:
    """The tokens of pages in the message, valid or not, from the same places."""
    ids = (message_id.partition("@")[0] for message_id in mail.answers)
    found = (page_token_in(text) for text in (*_sub_addresses(mail), *ids))
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST_TOKENS]


def _sub_addresses(mail: Mail) -> list[str]:
    """What stands after `+` in the addresses that it was sent to."""
    return [address.partition("@")[0].partition("+")[2] for address in mail.recipients]


def bare_subject(subject: str) -> str:
    """A subject without `Re:` and the like, and without incident ids."""
    without = _TOKEN.sub("", subject).replace("[]", "").replace("()", "")
    return _PREFIXES.sub("", without, count=1).strip()


def has_other_subject(mail: Mail, thread: Thread) -> bool:
    """Whether a message in that incident's thread has a subject of its own."""
    view = thread.view
    titles = (view.title, view.report.title, *thread.titles)
    return not any(_is_about(mail.subject, title) for title in titles)


def is_new_matter(mail: Mail, thread: Thread, now: datetime) -> bool:
    """Whether a reply in that incident's thread is about something else.

    It has a subject of its own, and the incident has closed or nobody has written for long.
    """
    if not has_other_subject(mail, thread):
        return False
    view = thread.view
    if view.status == "closed":
        return True
    said = [entry.at for entry in view.timeline if entry.actor != OURSELVES]
    return now - max(said, default=view.opened_at) > LONG_QUIET


def is_same_message(mail: Mail, thread: IncidentView) -> bool:
    """Whether a message with the Message-ID that opened an incident is that message.

    On its other way through a list it may have got a footer, or a mark in its subject.
    """
    mine, theirs = (" ".join(text.split()) for text in (mail.text, thread.report.description))
    if not mine or not theirs:
        return _compared(mail.subject) == _compared(thread.title)
    shorter, longer = sorted((mine, theirs), key=len)
    is_inside = (
        shorter[:_ENOUGH] in longer if len(shorter) > _ENOUGH else f" {shorter} " in f" {longer} "
    )
    return mine == theirs or (is_inside and _is_about(mail.subject, thread.title))


def _is_about(subject: str, title: str) -> bool:
    """Whether a subject is that title, perhaps with marks of help desks, cut, or broken.

    A title of one word is in many subjects, and "room 3" is not "room 2".
    """
    mine, theirs = _compared(subject), _compared(title)
    if not mine or not theirs or mine in _NO_SUBJECT or mine == theirs:
        return True
    if theirs in mine and _TOKEN.search(subject):
        return True
    if theirs.endswith("…") and mine.startswith(theirs[:-1].rstrip()):
        return True
    numbers, known = (frozenset(_NUMBER.findall(one)) for one in (mine, theirs))
    if numbers and known and not numbers & known:
        return False
    words, others = (frozenset(_WORD.findall(one)) for one in (mine, theirs))
    if words <= others or others <= words:
        return len(words & others) >= _MOST_WORDS * len(words | others)
    matcher = SequenceMatcher(None, mine[:_ENOUGH], theirs[:_ENOUGH], autojunk=False)
    return matcher.ratio() >= _ALIKE


def _compared(subject: str) -> str:
    """Without case, accents, prefixes, and what help desks and mail servers put in brackets."""
    text = normal_form("NFKD", bare_subject(_TAG.sub(" ", subject)).casefold())
    text = "".join(one for one in text if not unicodedata.combining(one))
    return " ".join(text.split()).strip("()<>- ")


_NO_SUBJECT = frozenset(map(_compared, NO_SUBJECT))
