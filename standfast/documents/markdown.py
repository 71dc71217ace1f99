"""The parsers for Markdown of people: no HTML, no picture, and nothing that takes long."""

from markdown_it import MarkdownIt

LONGEST_MARKDOWN = 20_000
"""Characters: more than any text of ours in Temporal has, or a part of an article."""

_MOST_BRACKETS = 500
"""Each `[` may begin a link, whose end is looked for anew: with thousands that takes seconds."""

_MOST_CELLS = 5_000
"""Each row of a table is filled up to the columns of its head: short lines can make a huge one."""

# They take HTML as text, and only links that lead to addresses of the web or of mail.
_PARSER = MarkdownIt("js-default").disable("image")
_WITHOUT_TABLES = MarkdownIt("js-default").disable(["image", "table"])


def takes_long(text: str, longest: int = LONGEST_MARKDOWN) -> bool:
    """Whether a text is too long to be parsed, or has very many brackets: it is shown as typed."""
    return len(text) > longest or text.count("[") > _MOST_BRACKETS


def parser_for(text: str) -> MarkdownIt:
    """The one that parses a text at once: without tables where one could be very large."""
    lines = text.splitlines()
    columns = max((line.count("|") for line in lines), default=0)
    return _WITHOUT_TABLES if columns * len(lines) > _MOST_CELLS else _PARSER
