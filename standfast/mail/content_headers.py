"""Content-Type and Content-Disposition, read as they are written.

The library reads them by the standard: it stops at an unquoted `=` in a boundary or a file name,
and raises on more. Every part of a message is a `MailPart`, so its parser too reads them this way.
"""

import re
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote_to_bytes

from standfast.mail.charsets import decoded
from standfast.mail.encoded_words import decode_words

_LONGEST, _MOST = 30_000, 100
_PARAMETER = re.compile(
    r"[; ] ?(?P<name>[\w!#$&^.-]{1,80}?)(?P<index>\*\d{1,3})?(?P<coded>\*)? ?= ?"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.?)*)(?:"|$)|(?P<bare>[^;]*))'
)
_KIND = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}")
_SHORT_KINDS = {
    "text": "text/plain",
    "plain": "text/plain",
    "html": "text/html",
    "multipart": "multipart/mixed",
    "mixed": "multipart/mixed",
    "alternative": "multipart/alternative",
    "related": "multipart/related",
}


class MailPart(EmailMessage):
    """A message or a part of one. Reading its content headers never raises."""

    _payload: Any  # the library's; `get_payload` would decode text by the charset it claims

    def get_content_type(self) -> str:
        """The content type in lower case; `text/plain` where it cannot be read."""
        written = self._written("content-type")
        if not written:
            return self.get_default_type()
        first = re.split(r"[;\s]", written.strip(" \"'"), maxsplit=1)[0].lower().strip("\"' ")
        if _KIND.fullmatch(first):
            return first
        fallback = "application/octet-stream" if first and self.get_filename() else "text/plain"
        return _SHORT_KINDS.get(first.rstrip("/"), fallback)

    def get_boundary(self, failobj: Any = None) -> Any:
        """What separates the parts of a multipart; `failobj` without it."""
        found = parameters(self._written("content-type")).get("boundary", "")
        return found.rstrip() or failobj

    def get_content_charset(self, failobj: Any = None) -> Any:
        """The charset as it is written; `failobj` without it."""
        found = parameters(self._written("content-type")).get("charset", "")
        return found.lower() or failobj

    def get_content_disposition(self) -> str | None:
        """`inline`, `attachment` or another word; None without it."""
        written = self._written("content-disposition")
        return re.split(r"[;\s]", written.strip(), maxsplit=1)[0].lower() or None

    def get_filename(self, failobj: Any = None) -> Any:
        """The name of the file, decoded; `failobj` without it."""
        for header, name in (("content-disposition", "filename"), ("content-type", "name")):
            found = parameters(self._written(header)).get(name, "")
            if found.strip():
                return decode_words(found).strip()
        return failobj

    @property
    def written_content(self) -> bytes:
        """The content as it was sent, still encoded; empty for a multipart."""
        if isinstance(self._payload, str):
            return self._payload.encode("utf-8", "surrogateescape")
        return b""

    @property
    def transfer_encoding(self) -> str:
        """How the content is encoded, in lower case."""
        return self._written("content-transfer-encoding").strip(" ;\"'").lower()

    def _written(self, name: str) -> str:
        for key, value in self.raw_items():
            if key.strip().lower() == name:
                sent = str(value)[:_LONGEST].encode("utf-8", "surrogateescape")
                return " ".join(decoded(sent).split())
        return ""


def parameters(written: str) -> dict[str, str]:
    """The parameters of a header, names in lower case. Those in pieces (RFC 2231) are put together.

    >>> parameters("multipart/mixed; boundary=----=_Part_1; type=text/html")
    {'boundary': '----=_Part_1', 'type': 'text/html'}
    """
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for number, match in enumerate(_PARAMETER.finditer(written)):
        if number == _MOST:
            break
        value = match["quoted"]
        if value is None:
            value = match["bare"].strip()
            if match["name"].lower() in ("boundary", "charset"):
                value = value.partition(" ")[0].strip("\"'")
        else:
            value = re.sub(r'\\(["\\])', r"\1", value)
        given = pieces.setdefault(match["name"].lower(), {})
        index = int(match["index"][1:]) if match["index"] else 0
        is_coded = bool(match["coded"])
        if index not in given or is_coded:
            given[index] = (is_coded, value)
    return {
        name: _together([given[index] for index in sorted(given)]) for name, given in pieces.items()
    }


def _together(pieces: list[tuple[bool, str]]) -> str:
    is_coded, first = pieces[0]
    charset = ""
    if is_coded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    elif not any(coded for coded, _ in pieces):
        return "".join(value for _, value in pieces)
    content = b"".join(
        unquote_to_bytes(value) if coded else value.encode("utf-8", "replace")
        for coded, value in [(is_coded, first), *pieces[1:]]
    )
    return decoded(content, charset)
