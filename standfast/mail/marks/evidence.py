"""What of a mail is looked at to tell people from machines, read once and bounded."""

import re
from collections.abc import Iterator
from functools import cached_property

from standfast.mail import headers
from standfast.mail.mail import Mail
from standfast.mail.marks.plain import plain
from standfast.mail.marks.words_of_subjects import FORWARDED_SUBJECT, REPLIED_SUBJECT
from standfast.mail.quoting import strip_quotes
from standfast.policy.mail import MailRules

_LONGEST_SUBJECT, _LONGEST_TEXT, _BEGINNING = 300, 2_000, 200
_READ_FOR_QUOTES = 20_000

_FORWARDED = re.compile(rf"(?:{'|'.join(map(plain, FORWARDED_SUBJECT))})\s?:")
_REPLIED = re.compile(
    rf"(?:{'|'.join(map(plain, REPLIED_SUBJECT))})(?:[\[(^]?\d{{1,3}}[\])]?)?\s?:"
)
_TAGS = re.compile(
    r"^(?: ?(?:\[[^\[\]]{0,40}\]|\{[^{}]{0,40}\}|\*{1,5}[^*]{1,40}\*{1,5}"
    r"|\(?(?:external|externe?|ext|spam|suspected spam|bulk)(?: e?-?mail)?(?:\) ?:?| ?::?)))+ ?"
)
"""`[External]`, `EXT:`, `{Spam?}`, `***SPAM***`: what gateways write before a subject."""

_TAG = re.compile(r"\[([^\[\]]{2,40})\]|\(([^()]{2,40})\)$|【([^【】]{2,40})】")
_RULES = re.compile(r"(?:[-*=_#|] ?){2,80}")
"""Lines and boxes of characters, in which old programs write."""

_ORNAMENTS = " -*=_#|~>!.:"

_CALENDARS = ("text/calendar", "application/ics", "application/calendar")
_METHOD = re.compile(rb"^METHOD:[ \t]*([a-z]{1,20})\b", re.I | re.M)
_METHOD_OF_TYPE = re.compile(r"method=\"?([a-z]{1,20})\b")
_CALENDAR_READ = 20_000

_NO = ("no", "none", "false", "0", "off")


class Evidence:
    """One mail and the rules; every text in it is `plain`, unless it says otherwise."""

    def __init__(self, mail: Mail, rules: MailRules) -> None:
        self.mail = mail
        self.rules = rules

    @cached_property
    def subject(self) -> str:
        """The subject, without the tags that gateways write before it, and without ornaments."""
        return _TAGS.sub("", self._whole_subject, count=1).lstrip(_ORNAMENTS)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Where a program may say in the subject what it is: `Auto-reply: x`, `[Auto-reply] x`,
        `x (Auto-reply)`; nothing in the subject of an answer or of what was passed on.
        """
        if self.is_reply or self.is_forwarded:
            return (self.subject,)
        tags = ("".join(groups) for groups in _TAG.findall(self._whole_subject))
        return (self.subject, *tags)

    @property
    def is_reply(self) -> bool:
        """Whether the subject begins as that of an answer that a person writes."""
        return _REPLIED.match(self.subject) is not None

    @property
    def is_forwarded(self) -> bool:
        """Whether the subject begins as that of a message that a person forwards."""
        return _FORWARDED.match(self.subject) is not None

    @cached_property
    def _whole_subject(self) -> str:
        return plain(self.mail.subject[:_LONGEST_SUBJECT])

    @cached_property
    def text(self) -> str:
        """The beginning of the sender's own text, without what it quotes."""
        return plain(strip_quotes(self.mail.text[:_READ_FOR_QUOTES])[:_LONGEST_TEXT])

    @cached_property
    def beginning(self) -> str:
        """The very beginning of the text, where a machine says what it is."""
        text = _RULES.sub(" ", plain(self.mail.text[:_LONGEST_TEXT]))
        return text.lstrip(_ORNAMENTS)[:_BEGINNING]

    @cached_property
    def parts(self) -> frozenset[str]:
        """The content types of the message and of what is in it."""
        kinds = (one.kind for one in self.mail.attachments)
        return frozenset((self.mail.kind, *self.mail.parts, *kinds))

    @cached_property
    def calendar_method(self) -> str:
        """What a calendar that the message carries is for, such as `REPLY`; "" without one."""
        of_type = _METHOD_OF_TYPE.search(self.mail.header("content-type"))
        if of_type and self.mail.kind in _CALENDARS:
            return of_type[1].upper()
        return next(self._methods(by_type=True), "")

    @cached_property
    def attached_method(self) -> str:
        """The same of a file that only its name makes a calendar."""
        return next(self._methods(by_type=False), "")

    def _methods(self, by_type: bool) -> Iterator[str]:
        for one in self.mail.attachments:
            is_typed = one.kind in _CALENDARS
            if is_typed is by_type and (is_typed or one.name.lower().endswith(".ics")):
                found = _METHOD.search(one.content[:_CALENDAR_READ])
                if found:
                    yield found[1].decode("ascii").upper()

    @cached_property
    def sender(self) -> str:
        """The address in From in lower case, or the name where there is none."""
        return self.mail.sender.lower()

    @cached_property
    def senders(self) -> tuple[str, ...]:
        """From and Sender, in lower case."""
        others = (one.address for one in self.addresses("sender"))
        found = (self.sender, *others)
        return tuple(dict.fromkeys(one.lower() for one in found if one))

    @cached_property
    def sender_name(self) -> str:
        """The name in From."""
        return next((plain(one.name) for one in self.addresses("from") if one.name), "")

    @property
    def answers(self) -> bool:
        """Whether it answers another message."""
        return bool(self.mail.answers)

    def addresses(self, name: str) -> tuple[headers.Address, ...]:
        """The addresses in a header."""
        return headers.addresses(name, self.mail.headers.get(name, ()))

    def has(self, *names: str) -> str:
        """The first of these headers that is there and does not say no; "" without one."""
        return next((name for name in names if self._says_yes(name)), "")

    @cached_property
    def has_empty_return_path(self) -> bool:
        """Whether a failure is not to be told, as with a bounce.

        Postfix hands such mail on to programs as that of MAILER-DAEMON.
        """
        path = self.mail.return_path
        return path is not None and path.lower().partition("@")[0] in ("", "mailer-daemon")

    def _says_yes(self, name: str) -> bool:
        return name in self.mail.headers and self.mail.header(name) not in _NO

    def values(self, name: str) -> Iterator[str]:
        """Every value of a header, in lower case."""
        return (value.strip().lower() for value in self.mail.headers.get(name, ()))
