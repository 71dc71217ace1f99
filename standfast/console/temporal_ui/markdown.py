"""The page in a frame that shows Markdown in Temporal's UI: what an incident is, what it waits for.

Temporal has one, but not below a path like ours. What reporters wrote is in the text: so no HTML of
its own, no pictures, no scripts, and nothing is loaded from anywhere.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from standfast.console.markdown_html import markdown_html
from standfast.console.session import needs_role
from standfast.console.temporal_ui.link import PREFIX, READS

markdown = APIRouter(include_in_schema=False)

_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)

_PAGE = """<!doctype html>
<html lang="en" style="color-scheme: {scheme}">
<meta charset="utf-8"><title>Markdown</title><base target="_blank">
<style>
body {{ margin: {margin}; font: 14px/20px sans-serif; overflow-wrap: break-word }}
p, ul, ol, h1, h2, h3 {{ margin: 0 0 .5em }}
</style>
<body>{text}</body>
</html>
"""


@markdown.get(f"{PREFIX}/render", dependencies=[Depends(needs_role(READS))])
async def render(
    content: str = "",
    theme: str = "",
    compact: Annotated[Literal["true", "false"], Query()] = "false",
) -> Response:
    """The text as a page; `theme` and `compact` are the UI's own."""
    page = _PAGE.format(
        scheme="dark" if theme.startswith("dark") else "light",
        margin="0" if compact == "true" else "1rem",
        text=markdown_html(content),
    )
    headers = {
        "Content-Security-Policy": _CSP,
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
    }
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)
