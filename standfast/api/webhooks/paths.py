"""Paths of webhooks as senders write them: with a slash too many, between or at the end."""

import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile("/{2,}")


class TidyPaths:
    """ASGI middleware: paths below `prefixes` mean the same with a slash too many.

    No sender of webhooks follows a redirect, and few show a 404.
    """

    def __init__(self, app: ASGIApp, prefixes: Collection[str]) -> None:
        self._app = app
        self._prefixes = tuple(prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            tidy = _SLASHES.sub("/", scope["path"]).rstrip("/")
            if tidy.startswith(self._prefixes):
                scope["path"] = tidy  # in place: the count of answers looks for the route there
        await self._app(scope, receive, send)
