"""Headers, read by the standard library, and by hand where it gives up.

It raises on several headers that real programs write, and not always the same error.
"""

import email
import re
from datetime import UTC, datetime
from email import policy, utils
from email.headerregistry import AddressHeader
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter

from standfast.mail.charsets import decoded
from standfast.mail.content_headers import MailPart
from standfast.mail.encoded_words import decode_words
from standfast.messages.message import OptionalLine

_LONGEST = 10_000
"""Characters of a header that are read; some take time with the square of their length."""

MOST_HEADERS = 300
"""Of a message; what is beyond them is not read."""

_MOST_ADDRESSES, _MOST_IDS = 100, 30
_MOST_PARTS = 10
_LONGEST_IDS = 30_000

_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\",;@]{1,255}")
_ID = re.compile(r"<([^<>]{1,998})>")
_COMMENT = re.compile(r"\([^()]{0,998}\)")
_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)


if TYPE_CHECKING:
    _EmailPolicy = policy.EmailPolicy[MailPart]
else:  # where it takes no parameters
    _EmailPolicy = policy.EmailPolicy


class Bounded(_EmailPolicy):
    """The library's policy, where a header that is far too long loses its middle."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of a header, as the parser keeps them."""
        name, value = super().header_source_parse(sourcelines)
        if len(value) > _LONGEST_IDS:
            value = f"{value[: _LONGEST_IDS // 2]}{value[-_LONGEST_IDS // 2 :]}"
        return name, value


POLICY = Bounded(message_factory=MailPart)


def parsed(content: bytes) -> MailPart:
    """The message in these bytes. It raises where parts lie too deep within each other."""
    return email.message_from_bytes(content, policy=POLICY)


def inside(content: bytes) -> MailPart:
    """The message in these bytes; one without headers where it cannot be parsed."""
    try:
        return parsed(content)
    except Exception:  # parts within parts within parts, …
        return bare(content)


def bare(content: bytes) -> MailPart:
    """A message without headers whose content is these bytes."""
    message = MailPart(policy=POLICY)
    message.set_payload(content.decode("ascii", "surrogateescape"))
    return message


class Address(NamedTuple):
    """A name, perhaps, and an address, perhaps."""

    name: str
    address: str


def all_of(message: MailPart) -> dict[str, tuple[str, ...]]:
    """Every header as it was sent, by its name in lower case."""
    found: dict[str, tuple[str, ...]] = {}
    charset = _charset_of(message)
    for number, (name, value) in enumerate(message.raw_items()):
        if number == MOST_HEADERS:
            break
        key = name.strip().lower()
        sent = str(value)[:_LONGEST_IDS].encode("utf-8", "surrogateescape")
        found[key] = (*found.get(key, ()), _sent(sent, charset))
    return found


def _charset_of(message: MailPart) -> str:
    """The charset of the first part that names one."""
    parts = islice(message.walk(), _MOST_PARTS)
    named = (part.get_content_charset() for part in parts if isinstance(part, MailPart))
    return next((charset for charset in named if charset), "")


def _sent(content: bytes, charset: str) -> str:
    """A header that was not encoded: UTF-8, else in the charset of the text."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return decoded(content, charset)
    return decoded(content)


def line(value: str) -> str:
    """A header of free text, decoded, as one clean line."""
    return _clean(decode_words(re.sub(r"[\r\n]+[ \t]*", " ", value[:_LONGEST])))


def addresses(name: str, values: tuple[str, ...]) -> tuple[Address, ...]:
    """The addresses in all headers of that name, such as `from`."""
    found: list[Address] = []
    for value in values[:10]:
        found += _addresses(name, value[:_LONGEST])
    return tuple(found[:_MOST_ADDRESSES])


def ids(values: tuple[str, ...]) -> tuple[str, ...]:
    """Message ids, without angle brackets and space."""
    text = " ".join(values)[:_LONGEST_IDS]
    found = _ID.findall(text) or ([text] if text.strip() and " " not in text.strip() else [])
    cleaned = (_clean("".join(_COMMENT.sub("", one).split()).strip("<>,")) for one in found)
    return tuple(one for one in dict.fromkeys(cleaned) if one)[-_MOST_IDS:]


def moment(value: str) -> datetime | None:
    """The time in a Date header; None where it is none."""
    try:
        read = utils.parsedate_to_datetime(_COMMENT.sub(" ", value[:200]))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:  # see above
        return None


def _addresses(name: str, value: str) -> list[Address]:
    pairs: list[tuple[str, str]] = []
    try:
        header = POLICY.header_fetch_parse(name, value)
        if isinstance(header, AddressHeader):
            pairs = [(one.display_name, one.addr_spec) for one in header.addresses]
    except Exception:  # see above
        pairs = []
    found = [Address(_clean(who), _address(spec)) for who, spec in pairs]
    good = [one for one in found if one.address]
    if good:
        return good
    by_hand = [Address("", _address(spec)) for spec in _ADDRESS.findall(value)]
    if by_hand:
        return by_hand
    who = line(value).replace("<>", "").strip(' "')
    return [Address(who, "")] if who else []


def _address(spec: str) -> str:
    """An address with its domain in lower case; "" where it is none."""
    spec = _clean(spec)
    if not _ADDRESS.fullmatch(spec):
        return ""
    local, _, domain = spec.rpartition("@")
    return f"{local}@{domain.lower()}"


def _clean(text: str) -> str:
    return _LINE.validate_python(text)
