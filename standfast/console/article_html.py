"""The Markdown of articles as HTML: text of people, so no HTML of its own and no picture."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

_RENDERED = MarkdownIt("js-default").disable("image")
"""Takes HTML as text, and only links that lead to addresses of the web or of mail."""

_TAGS = frozenset(
    {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "hr", "a", "ul", "ol", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td", "h4", "h5", "h6"}
)


_MOST_BRACKETS = 500
"""Each `[` may begin a link, whose end is looked for anew: with thousands that takes seconds."""


def article_html(text: str) -> Markup:
    """The Markdown as HTML, cleaned once more, so that a fault of the renderer lets nothing in.

    Its headings are lower than those of the page. With very many brackets it is shown as it was
    typed.
    """
    if text.count("[") > _MOST_BRACKETS:
        return Markup("<pre>{}</pre>").format(escape(text))
    shown = _RENDERED.render(text)
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
