"""Sessions of the console: a signed cookie, bound to the token of the sign-in.

The server stores no sessions. The token's owner is read from the record store at each request, so a
revoked token, or a changed role, takes effect at once.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from itsdangerous import BadData, URLSafeSerializer
from pydantic import ValidationError

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.problems import Problem
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.roles import Role
from standfast.messages.message import InUtc, Message, Name

LIFETIME = timedelta(hours=12)
"""How long a session lasts at most: a working day."""

SIGN_IN = "/sign-in"

_PURPOSE = "standfast.session"

# A browser takes `//host`, `/\\host` and `/` + tab + `/host` for the address of another server.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


class Session(Message):
    """What the cookie holds.

    id: random; tokens of forms are bound to it.
    token: the id of the token that it was begun with; empty where the provider of OpenID Connect
        vouched for `name` and gave them `role`.
    """

    id: Name
    began_at: InUtc
    token: str = ""
    name: str = ""
    role: Role = Role.REPORTER

    @classmethod
    def begin(cls, *, token: str = "", name: str = "", role: Role = Role.REPORTER) -> "Session":
        """A new one, now."""
        new = secrets.token_urlsafe(16)
        return cls(id=new, began_at=datetime.now(UTC), token=token, name=name, role=role)

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired, or starts in the future, which means a wrong clock."""
        return not -_CLOCKS_DIFFER_BY <= now - self.began_at < LIFETIME


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

    def set_cookie(
        self, response: Response, name: str, value: str, *, lasts: timedelta, path: str = "/"
    ) -> None:
        """Set a cookie that no script can read and no other site sends."""
        response.set_cookie(
            self.cookie_name(name, path),
            value,
            max_age=int(lasts.total_seconds()),
            path=path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop_cookie(self, response: Response, name: str, path: str = "/") -> None:
        """Delete the cookie."""
        response.delete_cookie(
            self.cookie_name(name, path),
            path=path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def cookie(self, request: Request, name: str, path: str = "/") -> str:
        """The cookie's value; empty without one."""
        return request.cookies.get(self.cookie_name(name, path), "")

    def cookie_name(self, name: str, path: str = "/") -> str:
        """The cookie's name; by https with the prefix that stops other hosts from setting it."""
        if not self.secure:
            return name
        return f"__Host-{name}" if path == "/" else f"__Secure-{name}"

    def _for(self, purpose: str) -> URLSafeSerializer:
        by_hmac = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(self._keys, salt=purpose, signer_kwargs=by_hmac)


@cache
def signing_of(settings: Settings) -> Signing:
    """The signer for these settings."""
    return Signing(settings)


_COOKIE = "standfast_session"


def session_of(request: Request) -> Session | None:
    """The session of the request, if it is valid; its owner is not checked."""
    signing = signing_of(backend_of(request).settings)
    try:
        held = signing.read(_PURPOSE, signing.cookie(request, _COOKIE))
        session = Session.model_validate(held) if held else None
    except ValidationError:  # of another version
        return None
    return None if session is None or session.is_over(datetime.now(UTC)) else session


def begin(request: Request, response: Response, session: Session) -> None:
    """Sign the browser in."""
    signing = signing_of(backend_of(request).settings)
    held = signing.sign(_PURPOSE, session.model_dump(mode="json", exclude_defaults=True))
    signing.set_cookie(response, _COOKIE, held, lasts=LIFETIME)


def end(request: Request, response: Response) -> None:
    """Sign the browser out."""
    signing_of(backend_of(request).settings).drop_cookie(response, _COOKIE)


async def who(request: Request, backend: Backend) -> Caller | None:
    """Who is signed in; None for nobody, or where the token is no longer valid."""
    session = session_of(request)
    if session is None:
        return None
    if not session.token:
        return Caller(session.name, session.role) if session.name else None
    token = await asyncio.to_thread(backend.records.tokens.get, session.token)
    if token is None or token.revoked_at or token.role is None:
        return None
    return Caller(token.name, token.role)


async def signed_in(request: Request, backend: TheBackend) -> Caller:
    """Who is signed in. A FastAPI dependency.

    Nobody is: a browser is sent to the page for it, and back afterwards; a script gets a 401.
    """
    caller = await who(request, backend)
    if caller is None:
        raise _sign_in_first(request)
    return caller


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
