"""Reads a mail in a process of its own: a few kB of it may cost minutes to read.

What costs too much is not lost: its headers and its beginning are read, and it is attached whole.
"""

from dataclasses import replace
from typing import NamedTuple

from standfast.intake.errors import Unavailable
from standfast.mail.filter import judge
from standfast.mail.mail import Envelope, Mail
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.reading import read, read_beginning, unread
from standfast.mail.senders import author_of
from standfast.policy.mail import MailRules
from standfast.programs.parsers import PARSERS, Busy, Limits, TooCostly

LIMITS = Limits(cpu_seconds=5, seconds=30)
"""For one mail; the largest ordinary ones take a second."""

_OF_BEGINNING = Limits(cpu_seconds=2, seconds=15)


class ReadMail(NamedTuple):
    """A mail, and what is thought of it.

    kind: why it is to be set aside; None where it is not. reason: in words.
    by_program: what speaks for a program that sent it; empty where nothing does.
    """

    mail: Mail
    kind: SetAsideKind | None
    reason: str
    by_program: str = ""


async def read_apart(raw: bytes, envelope: Envelope | None, rules: MailRules) -> ReadMail:
    """The mail in these bytes, whatever they are.

    Raises:
        Unavailable: too many mails wait to be read; deliver it again later.
    """
    try:
        return await PARSERS.run(LIMITS, _read, raw, envelope, rules)
    except TooCostly as costly:
        problem = str(costly)
    except Busy as busy:
        raise Unavailable(str(busy)) from None
    try:
        return await PARSERS.run(_OF_BEGINNING, _read_beginning, raw, envelope, rules, problem)
    except TooCostly:
        return ReadMail(unread(raw, envelope, problem), None, "it cannot be read")
    except Busy as busy:
        raise Unavailable(str(busy)) from None


def text_of(raw: bytes, envelope: Envelope | None) -> str:
    """The text alone; for a thread that may wait. Raises: Unavailable, as `read_apart`."""
    try:
        return PARSERS.run_blocking(LIMITS, _text_of, raw, envelope)
    except TooCostly as costly:
        return unread(raw, envelope, str(costly)).text
    except Busy as busy:
        raise Unavailable(str(busy)) from None


def _read_beginning(
    raw: bytes, envelope: Envelope | None, rules: MailRules, problem: str
) -> ReadMail:
    return _thought_of(read_beginning(raw, envelope, problem), rules)


def _text_of(raw: bytes, envelope: Envelope | None) -> str:
    return read(raw, envelope).text


def _read(raw: bytes, envelope: Envelope | None, rules: MailRules) -> ReadMail:
    return _thought_of(read(raw, envelope), rules)


def _thought_of(mail: Mail, rules: MailRules) -> ReadMail:
    judgement = judge(mail, rules)
    by_its_author = replace(mail, sender=author_of(mail, rules))
    return ReadMail(by_its_author, judgement.kind, judgement.reason, judgement.by_program)
