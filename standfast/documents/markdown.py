"""The parser for Markdown of people: no HTML, no picture, and nothing that takes long."""

from markdown_it import MarkdownIt

LONGEST_MARKDOWN = 20_000
"""Characters: more than any text of ours in Temporal has, or a part of an article."""

_MOST_BRACKETS = 500
"""Each `[` may begin a link, whose end is looked for anew: with thousands that takes seconds."""

MARKDOWN = MarkdownIt("js-default").disable("image")
"""Takes HTML as text, and only links that lead to addresses of the web or of mail."""


def takes_long(text: str, longest: int = LONGEST_MARKDOWN) -> bool:
    """Whether a text is too long to be parsed, or has very many brackets: it is shown as typed."""
    return len(text) > longest or text.count("[") > _MOST_BRACKETS
