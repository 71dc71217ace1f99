"""Markdown of articles and reviews as HTML: text of people, so no HTML of its own, no picture."""

import nh3
from markupsafe import Markup

from standfast.console.markdown_html import markdown_html

_TAGS = frozenset(
    {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "hr", "a", "ul", "ol", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td", "h4", "h5", "h6"}
)


def article_html(text: str) -> Markup:
    """The Markdown as HTML, cleaned once more, so that a fault of the renderer lets nothing in.

    Its headings are lower than those of the page.
    """
    shown = markdown_html(text)
    for level in (3, 2, 1):
        lower = f"h{level + 3}"
        shown = shown.replace(f"<h{level}>", f"<{lower}>").replace(f"</h{level}>", f"</{lower}>")
    clean = nh3.clean(
        shown,
        tags=set(_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - cleaned just now
