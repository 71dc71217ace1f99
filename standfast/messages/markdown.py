"""Escapes text for Markdown: text stays data (design rule 7)."""

import re

_MEANT_AS_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def escaped(text: str, limit: int = 200) -> str:
    """`text` as Markdown that shows it as it is, on one line, cut to `limit` characters."""
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    return _MEANT_AS_MARKUP.sub(r"\\\1", line)
