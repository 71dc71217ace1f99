"""Markdown of people as HTML: no HTML of its own, no picture, and nothing that takes long."""

import html

from markdown_it import MarkdownIt

LONGEST_MARKDOWN = 20_000
"""Characters: more than any text of ours in Temporal has, or a part of an article."""

_MOST_BRACKETS = 500
"""Each `[` may begin a link, whose end is looked for anew: with thousands that takes seconds."""

_MOST_CELLS = 5_000
"""Each row of a table is filled up to the columns of its head: short lines can make a huge page."""

_RENDERED = MarkdownIt("js-default").disable("image")
"""Takes HTML as text, and only links that lead to addresses of the web or of mail."""

_WITHOUT_TABLES = MarkdownIt("js-default").disable(["image", "table"])


def markdown_html(text: str) -> str:
    """The Markdown as HTML. What is too long, or has very many brackets, is shown as typed, and so
    are tables that could be very large.
    """
    if len(text) > LONGEST_MARKDOWN or text.count("[") > _MOST_BRACKETS:
        return f"<pre>{html.escape(text)}</pre>"
    lines = text.splitlines()
    columns = max((line.count("|") for line in lines), default=0)
    rendering = _WITHOUT_TABLES if columns * len(lines) > _MOST_CELLS else _RENDERED
    return str(rendering.render(text))
