"""What of a mail is looked at to tell people from machines, read once and bounded."""

import re
from collections.abc import Iterator
from functools import cached_property

from standfast.mail import headers
from standfast.mail.mail import Mail
from standfast.mail.marks.plain import plain
from standfast.mail.quoting import strip_quotes
from standfast.policy.mail import MailRules

_LONGEST_SUBJECT, _LONGEST_TEXT, _BEGINNING = 300, 2_000, 200
_READ_FOR_QUOTES = 20_000
_TAGS = re.compile(r"^(?:\s*(?:\[[^\[\]]{0,40}\]|\*{2,5}[^*]{1,40}\*{2,5}))+\s*")
"""`[External]`, `[EXT]`, `***SPAM***`: what gateways write before a subject."""

_NO = ("no", "none", "false", "0", "off")


class Evidence:
    """One mail and the rules; every text in it is `plain`, unless it says otherwise."""

    def __init__(self, mail: Mail, rules: MailRules) -> None:
        self.mail = mail
        self.rules = rules

    @cached_property
    def subject(self) -> str:
        """The subject, without the tags that gateways write before it."""
        return _TAGS.sub("", plain(self.mail.subject[:_LONGEST_SUBJECT]), count=1)

    @cached_property
    def text(self) -> str:
        """The beginning of the sender's own text, without what it quotes."""
        return plain(strip_quotes(self.mail.text[:_READ_FOR_QUOTES])[:_LONGEST_TEXT])

    @cached_property
    def beginning(self) -> str:
        """The very beginning of the text, where a machine says what it is."""
        return plain(self.mail.text[:_LONGEST_TEXT])[:_BEGINNING]

    @cached_property
    def parts(self) -> frozenset[str]:
        """The content types of the message and of what is in it."""
        kinds = (one.kind for one in self.mail.attachments)
        return frozenset((self.mail.kind, *self.mail.parts, *kinds))

    @cached_property
    def sender(self) -> str:
        """The address in From in lower case, or the name where there is none."""
        return self.mail.sender.lower()

    @cached_property
    def senders(self) -> tuple[str, ...]:
        """From, Sender and the return path, in lower case."""
        others = (one.address for one in self.addresses("sender"))
        found = (self.sender, *others, self.mail.return_path or "")
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

    def _says_yes(self, name: str) -> bool:
        return name in self.mail.headers and self.mail.header(name) not in _NO

    def values(self, name: str) -> Iterator[str]:
        """Every value of a header, in lower case."""
        return (value.strip().lower() for value in self.mail.headers.get(name, ()))
