"""Whose mail it is: who may be taken for its author, and why not.

Everything in a mail is written by its sender: names, addresses, further headers. One address in one
From, and nothing that says somebody else sent it, is the least that acting in a person's name
takes; with a trusted server, also its word that it is so.
"""

import re
from typing import NamedTuple

from standfast.mail import authentication
from standfast.mail.headers import MOST_HEADERS
from standfast.mail.mail import Mail
from standfast.policy.mail import MailRules

_LONGEST = 1_000
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})+"
_STRICT = re.compile(
    rf'(?:(?:"(?:[^"\\\r\n]|\\.)*"|[^"<>()@,;:\\\[\]])*<({_LOCAL}@{_DOMAIN})>|({_LOCAL}@{_DOMAIN}))'
)
"""One address, perhaps with a name before it. No comment, no group, no quoted local part."""

_BY_ANOTHER = ("resent-from", "resent-sender")

_LOOK_ALIKE = frozenset("ıĸſŀŉªºµ")
"""Letters up to `ž` that pass for others."""


class Identity(NamedTuple):
    """Whose mail it is.

    address: the one in From, as it is compared; "" where that is not exactly one strict address.
    doubt: why it does not count as that person's; "" where it does.
    """

    address: str
    doubt: str = ""


def identity_of(mail: Mail, rules: MailRules) -> Identity:
    """Who wrote it, and whether that may be believed."""
    given = mail.headers.get("from", ())
    if len(given) != 1:
        return Identity("", f"it has {len(given) or 'no'} From headers")
    value = " ".join(given[0].split())
    found = _STRICT.fullmatch(value) if len(value) <= _LONGEST else None
    if found is None:
        return Identity("", "its From is not exactly one plain address")
    address = (found[1] or found[2]).lower()
    if len(address.partition("@")[0]) > 64 or len(address) > 254:
        return Identity("", "its From is not exactly one plain address")
    return Identity(address, _doubt(mail, rules, address))


def _doubt(mail: Mail, rules: MailRules, address: str) -> str:
    if sum(map(len, mail.headers.values())) >= MOST_HEADERS:
        return "it has so many headers that there may be another From"
    if resent := next((name for name in _BY_ANOTHER if name in mail.headers), ""):
        return f"somebody else sent it on ({resent})"
    senders = mail.headers.get("sender", ())
    named = [_STRICT.fullmatch(" ".join(one.split())[:_LONGEST]) for one in senders]
    if any(one is None or (one[1] or one[2]).lower() != address for one in named):
        return "its Sender is not who its From says"
    if rules.trusted_server is None:
        return ""
    results = mail.headers.get(authentication.HEADER, ())
    domain = address.rpartition("@")[2]
    return authentication.unauthenticated(results, rules.trusted_server, domain)


def shown_address(sender: str) -> str:
    """A sender as people see it: an address that passes for no other; "" for a mere name.

    What is not a plain letter of a Latin alphabet is shown by its code: in the domain as mail
    servers write it (`xn--…`), before it as `\\u0430`.

    >>> shown_address("jürg@bücher.example")
    'jürg@bücher.example'
    >>> shown_address("\\u0430na@fernhill.example")
    '\\\\u0430na@fernhill.example'
    """
    local, at, domain = sender.rpartition("@")
    if not at or not local or not domain or " " in sender:
        return ""
    return f"{_plain(local)}@{'.'.join(map(_plain_label, domain.split('.')))}"


def _plain_label(label: str) -> str:
    if all(map(_is_plain, label)):
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return _plain(label)


def _plain(text: str) -> str:
    return "".join(
        one if _is_plain(one) else one.encode("ascii", "backslashreplace").decode() for one in text
    )


def _is_plain(one: str) -> bool:
    return one.isascii() or (one <= "ž" and one.isalpha() and one not in _LOOK_ALIKE)
