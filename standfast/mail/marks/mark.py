"""One mark of a mail: what it speaks for, and how much."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from standfast.mail.marks.evidence import Evidence

ENOUGH = 10
"""The weight of marks from which on a mail is set aside."""


class SetAsideKind(StrEnum):
    """What a mail that is set aside is."""

    NOT_MAIL = "not_mail"
    OWN_MESSAGE = "own_message"
    OWN_ADDRESS = "own_address"
    UNKNOWN_SENDER = "unknown_sender"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    MEETING = "meeting"
    NEWSLETTER = "newsletter"
    NOTHING_NEW = "nothing_new"


class Statement(StrEnum):
    """What several marks say in other words: only the heaviest of them counts."""

    BY_A_PROGRAM = "by_a_program"
    """A program sent it, and wants no answer. Monitors and contact forms say it in all the ways
    there are, and saying it five times is no more than saying it once."""


class Mark(NamedTuple):
    """A mark that a mail may have.

    name: for people, as docs/mail.md lists it.
    kind: what it speaks for; None for a person, and then `weight` is negative.
    weight: how much; from `ENOUGH` on it is enough alone.
    found: what was seen, in words, or "" where the mail does not have the mark.
    says: the statement that it shares with other marks; None for a mark that stands for itself.
    """

    name: str
    kind: SetAsideKind | None
    weight: int
    found: Callable[[Evidence], str]
    says: Statement | None = None
