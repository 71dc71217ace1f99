"""Sessions of the console: a cookie with a secret, and on the server a session that it leads to.

The record store is asked at each request. So a session that was ended, a revoked or expired token,
and a changed role count at once; and while the record store is away, nobody is signed in.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from itsdangerous import BadData, URLSafeSerializer

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.problem_details import Problem
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.roles import Role
from standfast.records.errors import RecordsUnavailable
from standfast.records.sessions import LIFETIME, Session, SignedInBy, fingerprint

SIGN_IN = "/sign-in"

_PURPOSE = "standfast.session"
_COOKIE = "standfast_session"

# A browser takes `//host`, `/\\host` and `/` + tab + `/host` for the address of another server.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)

_log = logging.getLogger(__name__)


class Signing:
    """Signs cookies and form fields, each for one purpose, and verifies them."""

    def __init__(self, settings: Settings) -> None:
        """Read the keys; `secure` is whether browsers come by https."""
        self._keys = list(reversed(signing_keys(settings)))
        self.secure = (settings.public_url or "").startswith("https:")

    def sign(self, purpose: str, what: object) -> str:
        """The signed value for a cookie or a form."""
        signed = self._for(purpose).dumps(what)
        return signed if isinstance(signed, str) else signed.decode()

    def read(self, purpose: str, signed: str) -> object | None:
        """The value; None where the signature is not ours, or for another purpose."""
        try:
            read: object = self._for(purpose).loads(signed)
        except BadData:
            return None
        return read

    def set_cookie(self, response: Response, name: str, value: str, *, lasts: timedelta) -> None:
        """Set a cookie that no script can read and no other site sends."""
        response.set_cookie(
            self.cookie_name(name),
            value,
            max_age=int(lasts.total_seconds()),
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop_cookie(self, response: Response, name: str) -> None:
        """Delete the cookie."""
        response.delete_cookie(
            self.cookie_name(name),
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def cookie(self, request: Request, name: str) -> str:
        """The cookie's value; empty without one."""
        return request.cookies.get(self.cookie_name(name), "")

    def cookie_name(self, name: str) -> str:
        """The cookie's name; by https with the prefix that stops other hosts from setting it."""
        return f"__Host-{name}" if self.secure else name

    def _for(self, purpose: str) -> URLSafeSerializer:
        by_hmac = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(self._keys, salt=purpose, signer_kwargs=by_hmac)


@cache
def signing_of(settings: Settings) -> Signing:
    """The signer for these settings."""
    return Signing(settings)


def secret_of(request: Request) -> str:
    """The secret in the cookie, if we signed it; whether its session is valid is not checked."""
    signing = signing_of(backend_of(request).settings)
    held = signing.read(_PURPOSE, signing.cookie(request, _COOKIE))
    return held if isinstance(held, str) else ""


def form_identity(request: Request) -> str:
    """What forms of this session are bound to; empty without one. It is no secret."""
    secret = secret_of(request)
    return fingerprint(f"form:{secret}") if secret else ""


async def begin(request: Request, response: Response, by: SignedInBy) -> str:
    """Sign the browser in, with a session of its own; one that it had before is ended.

    Returns the fingerprint of the session.
    """
    backend = backend_of(request)
    await end(request)
    secret = await asyncio.to_thread(backend.records.sessions.begin, by, datetime.now(UTC))
    signing = signing_of(backend.settings)
    signing.set_cookie(response, _COOKIE, signing.sign(_PURPOSE, secret), lasts=LIFETIME)
    return fingerprint(secret)


async def end(request: Request) -> None:
    """End the session of this browser on the server: a copy of its cookie opens nothing either."""
    if secret := secret_of(request):
        records = backend_of(request).records
        await asyncio.to_thread(records.sessions.end_with, secret, datetime.now(UTC))


def forget(request: Request, response: Response) -> None:
    """Drop the browser's cookie."""
    signing_of(backend_of(request).settings).drop_cookie(response, _COOKIE)


async def session_of(request: Request, backend: Backend) -> Session | None:
    """The session of the request, if it is valid."""
    secret = secret_of(request)
    if not secret:
        return None
    idle, now = backend.settings.session_idle, datetime.now(UTC)
    return await backend.token_lookups.run(backend.records.sessions.of, secret, now, idle)


async def who(request: Request, backend: Backend) -> Caller | None:
    """Who is signed in; None for nobody, or where the session is over. This is no use of it."""
    session = await session_of(request, backend)
    return Caller(session.name, session.role) if session else None


async def _note_use(request: Request, backend: Backend, session: Session) -> None:
    """Note that a person uses the session: what an open page loads by itself does not count."""
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return
    try:
        await backend.token_lookups.run(backend.records.sessions.seen, session, datetime.now(UTC))
    except RecordsUnavailable as away:  # it was read just now: the page is shown
        _log.warning("that a session is used cannot be noted: %s", away)


async def signed_in(request: Request, backend: TheBackend) -> Caller:
    """Who is signed in. A FastAPI dependency.

    Nobody is: a browser is sent to the page for it, and back afterwards; a script gets a 401.
    """
    session = await session_of(request, backend)
    if session is None:
        raise _sign_in_first(request)
    await _note_use(request, backend, session)
    request.state.session = session
    return Caller(session.name, session.role)


SignedIn = Annotated[Caller, Depends(signed_in)]


def needs_role(role: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """The dependency of a page or form that needs a role: gives who is signed in, or a 403."""

    async def who_may(caller: SignedIn) -> Caller:
        if not caller.role.may(role):
            raise Problem(
                403,
                detail=f"this needs the role {role}; {caller.name} is signed in as {caller.role}",
            )
        return caller

    return who_may


def local_path(text: str) -> str:
    """Where to go after signing in: a path of the console, `/` for anything else."""
    if not _LOCAL.fullmatch(text) or text.startswith((SIGN_IN, "/sign-out")):
        return "/"
    return text


def _sign_in_first(request: Request) -> Problem:
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return Problem(401, detail="nobody is signed in any more; load the page anew")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        here = "/"
    back = urlencode({"next": here}) if here != "/" else ""
    return Problem(
        303, detail="sign in first", headers={"Location": f"{SIGN_IN}?{back}" if back else SIGN_IN}
    )
