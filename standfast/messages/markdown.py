"""Escapes text for Markdown: text stays data (design rule 7)."""

import re

_MEANT_AS_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")
_MARKUP_IN_PROSE = re.compile(r"([\\`*\[\]<>|~]|(?<!\w)_|_(?!\w)|(?<!\S)#(?=[#\s]))")


def escaped(text: str, limit: int = 200) -> str:
    """`text` as Markdown that shows it as it is, on one line, cut to `limit` characters."""
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    return _MEANT_AS_MARKUP.sub(r"\\\1", line)


def prose(text: str) -> str:
    """`text` as Markdown with its lines and paragraphs: for people who go on writing it.

    It has no link, no emphasis and no HTML of its own; only signs that would make some are escaped.
    """
    return _MARKUP_IN_PROSE.sub(r"\\\1", text.strip())
