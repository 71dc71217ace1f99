"""What people write in Slack, as plain text."""

import re
from html import unescape

_SPECIAL = re.compile(r"<([^<>]*)>")


def plain(text: str) -> str:
    """A message as its reader sees it: links and mentions in words, nothing escaped.

    >>> plain("see <https://a.example|the page> &amp; <@U024BE7LH>")
    'see the page (https://a.example) & @U024BE7LH'
    """
    return unescape(_SPECIAL.sub(_in_words, text))


def _in_words(found: "re.Match[str]") -> str:
    target, _, label = found[1].partition("|")
    if target.startswith(("@", "#")):
        return f"{target[0]}{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return f"{label} ({target})" if label and label != target else target
