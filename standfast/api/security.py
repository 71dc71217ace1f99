"""Security headers of every answer, and the host names that we answer to."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.api.problem_details import Problem
from standfast.hosting.settings import Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A route may set its own, as the console does for scripts and styles."""

_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year. Not for subdomains: they are somebody else's to decide."""


_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A name or an address, and a port: nothing that another program could take for another name."""


class SecurityHeaders:
    """ASGI middleware that adds what is missing of them to every answer."""

    def __init__(self, app: ASGIApp, https: bool = False) -> None:
        """`https`: browsers reach us by https, and are to come no other way."""
        self._app = app
        self._headers = {**HEADERS, **_HTTPS_ONLY} if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class KnownHosts:
    """ASGI middleware that answers under our own names only.

    Another site could point its own name to this machine, and so read our answers in a browser
    that is signed in here (DNS rebinding). Numeric addresses are safe from that.

    keyed: the beginnings of paths that any name is good for: no cookie opens them, only a key.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str], keyed: Collection[str] = ()) -> None:
        self._app = app
        self._keyed = tuple(keyed)
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(self._keyed):
            host = Headers(scope=scope).get("host", "")
            if not self.is_ours(host):
                told = f"the name {host[:100]!r}" if host else "no name"
                problem = Problem(
                    421,
                    detail=f"this server was asked for under {told}, which is not its own: set "
                    "STANDFAST_PUBLIC_URL (or STANDFAST_API_HOST) to the name that it is to have",
                )
                await problem.response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this server."""
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = parts["name"].lower()
        if name in self._names or name.strip("[]") in self._names:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def names_of(settings: Settings) -> tuple[str, ...]:
    """The host names that clients may use."""
    public = urlsplit(settings.public_url or "").hostname
    return ("localhost", settings.api_host, *([public] if public else []))
