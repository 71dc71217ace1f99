"""Pictures that are written into a text as `data:` URLs, megabytes of them before the words."""

import base64
import binascii
import re
from typing import NamedTuple

_MOST = 50
"""Pictures that are kept as attachments; all are taken out of the text."""

_IN_QUOTES = re.compile(
    r"(?P<quote>[\"'])\s{0,9}data:(?P<kind>[\w.+-]{1,60}/[\w.+-]{1,60})(?P<how>[^,\"'<>]{0,200}),"
    r"(?P<content>[^\"'<>]*)(?P=quote)",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"data:(?P<kind>[\w.+-]{1,60}/[\w.+-]{1,60})(?P<how>(?:;[\w.=-]{1,60}){0,5}),"
    r"(?P<content>[\w+/=%-]*(?:\r?\n[ \t]{0,20}[A-Za-z0-9+/]{60,}={0,2})*"
    r"(?:\r?\n[ \t]{0,20}[A-Za-z0-9+/]{2,}={1,2}(?![^\s)\]>]))?)",
    re.IGNORECASE,
)
_SHORTEST = 200
"""Characters of content; what is shorter is no picture, and may be what somebody writes about."""


class Picture(NamedTuple):
    """What a `data:` URL holds."""

    kind: str
    content: bytes


class WithoutPictures(NamedTuple):
    """A text whose `data:` URLs were taken out, and what they held."""

    text: str
    pictures: tuple[Picture, ...]


def without_pictures(text: str, is_html: bool) -> WithoutPictures:
    """Take out long `data:` URLs; in plain text a few words stand for each."""
    if "data:" not in text.lower():
        return WithoutPictures(text, ())
    found: list[Picture] = []

    def taken(match: re.Match[str]) -> str:
        if len(match["content"]) < _SHORTEST:
            return match[0]
        if len(found) < _MOST:
            found.extend(_picture(match))
        quote = match.groupdict().get("quote")
        return f"{quote}data:,{quote}" if quote else f"[{match['kind'].lower()}]"

    if is_html:
        text = _IN_QUOTES.sub(taken, text)
    return WithoutPictures(_IN_TEXT.sub(taken, text), tuple(found))


def _picture(match: re.Match[str]) -> list[Picture]:
    if ";base64" not in match["how"].lower():
        return []
    written = re.sub(r"%[0-9a-f]{2}|[^A-Za-z0-9+/]", "", match["content"], flags=re.IGNORECASE)
    try:
        content = base64.b64decode(written[: len(written) // 4 * 4])
    except (binascii.Error, ValueError):
        return []
    return [Picture(match["kind"].lower(), content)]
