"""Markdown of people as HTML."""

import html

from standfast.documents.markdown import parser_for, takes_long


def markdown_html(text: str) -> str:
    """The Markdown as HTML. What is too long, or has very many brackets, is shown as typed."""
    if takes_long(text):
        return f"<pre>{html.escape(text)}</pre>"
    return str(parser_for(text).render(text))
