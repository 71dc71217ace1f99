"""Renders templates: everything is escaped, and a missing variable is an error."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from standfast.api.access import Caller
from standfast.console import wording
from standfast.console.csrf import csrf_field
from standfast.console.once import once_field
from standfast.messages.message import words_of

HERE = Path(__file__).parent
STATIC = HERE / "static"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every page. Pages are never cached: they hold a person's token."""


def page(
    request: Request,
    template: str,
    *,
    caller: Caller | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The page that `template` makes. `caller` is who is signed in; None leaves the menu out.

    Every template has `caller`, `csrf_field`, with which its forms begin, `now` in UTC, `here`, the
    path, and `status`.
    """
    text = (
        _environment()
        .get_template(template)
        .render(
            caller=caller,
            csrf_field=csrf_field(request) + once_field(request),
            status=status,
            now=datetime.now(UTC),
            here=request.url.path,
            **context,
        )
    )
    return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "label": wording.label,
        "name_of": wording.name_of,
        "moment": wording.moment,
        "day": wording.day,
        "in_zone": wording.in_zone,
        "event": wording.event,
        "span": words_of,
    }
    environment.globals |= {
        "age": wording.age,
        "left": wording.left,
        "yes_or_no": wording.yes_or_no,
        "static": static_address,
    }
    return environment


@cache
def static_address(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may cache it."""
    content_hash = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?{content_hash[:12]}"
