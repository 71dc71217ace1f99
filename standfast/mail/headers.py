"""Headers, read by the standard library, and by hand where it gives up.

It raises on several headers that real programs write, and not always the same error.
"""

import base64
import quopri
import re
from datetime import UTC, datetime
from email import policy, utils
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter

from standfast.mail.charsets import decoded
from standfast.messages.message import OptionalLine

_LONGEST = 10_000
"""Characters of a header that are read; some take time with the square of their length."""

_MOST_HEADERS, _MOST_ADDRESSES, _MOST_IDS = 300, 100, 30
_LONGEST_IDS = 30_000

_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\",;@]{1,255}")
_ID = re.compile(r"<([^<>]{1,998})>")
_COMMENT = re.compile(r"\([^()]{0,998}\)")
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]{0,2000})\?=")
_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)


if TYPE_CHECKING:
    _EmailPolicy = policy.EmailPolicy[EmailMessage]
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


POLICY = Bounded()


class Address(NamedTuple):
    """A name, perhaps, and an address, perhaps."""

    name: str
    address: str


def all_of(message: EmailMessage) -> dict[str, tuple[str, ...]]:
    """Every header as it was sent, by its name in lower case."""
    found: dict[str, tuple[str, ...]] = {}
    for number, (name, value) in enumerate(message.raw_items()):
        if number == _MOST_HEADERS:
            break
        key = name.strip().lower()
        sent = str(value)[:_LONGEST_IDS].encode("utf-8", "surrogateescape")
        found[key] = (*found.get(key, ()), decoded(sent))
    return found


def line(name: str, value: str) -> str:
    """A header of free text, decoded, as one clean line."""
    value = value[:_LONGEST]
    try:
        read = str(POLICY.header_fetch_parse(name, value))
    except Exception:  # see above
        read = value
    if _ENCODED.search(read):
        read = _ENCODED.sub(_decoded_word, re.sub(r"\?=\s+=\?", "?==?", read))
    return _clean(read)


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
    who = line(name, value).replace("<>", "").strip(' "')
    return [Address(who, "")] if who else []


def _address(spec: str) -> str:
    """An address with its domain in lower case; "" where it is none."""
    spec = _clean(spec)
    if not _ADDRESS.fullmatch(spec):
        return ""
    local, _, domain = spec.rpartition("@")
    return f"{local}@{domain.lower()}"


def _decoded_word(match: re.Match[str]) -> str:
    charset, how, word = match.groups()
    try:
        if how in "bB":
            content = base64.b64decode(word + "=" * (-len(word) % 4))
        else:
            content = quopri.decodestring(word.replace("_", " ").encode("ascii", "replace"))
    except ValueError:
        return word
    return decoded(content, charset)


def _clean(text: str) -> str:
    return _LINE.validate_python(text)
