"""Authentication and authorisation: tokens with roles for people and programs, keys for sources."""

import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from standfast.api.backend import Backend, TheBackend
from standfast.api.problem_details import Problem
from standfast.api.rate_limits import RateLimit
from standfast.hosting.client_address import client_of
from standfast.incidents.roles import Role
from standfast.incidents.same_person import is_same_person
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable
from standfast.records.tokens import SOURCE_KEY, TOKEN_PREFIX, Token

SOURCE_HEADER = "X-Standfast-Key"
SOURCE_PARAMETER = "key"

IS_KNOWN = "is_known"
"""In a request's state: whether its token, key or session was found to be right."""

UNKNOWN_TOKENS = RateLimit("unknown_tokens", most=60, within=60)

_LONGEST_SECRET = 512
_log = logging.getLogger(__name__)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="standfast"'}

_TOKEN = HTTPBearer(
    scheme_name="token", description="A token of `standfast token create`.", auto_error=False
)
"""Only for the OpenAPI document; tokens are checked here."""


class Caller(NamedTuple):
    """The caller. `source` is set for a system that sends alerts; `name` is the source's then."""

    name: str
    role: Role
    source: str = ""


def needs(role: Role, or_key_of: str = "") -> Callable[..., Awaitable[Caller]]:
    """A dependency that gives the caller, if their token has that role or a higher one.

    or_key_of: whose key is enough, too.

    Problem: 401 without a valid token, 403 where its role is not enough.

    >>> async def show(caller: Annotated[Caller, Depends(needs(Role.RESPONDER))]): ...
    """

    async def caller_with_role(
        request: Request,
        backend: TheBackend,
        _: Annotated[HTTPAuthorizationCredentials | None, Security(_TOKEN)],
    ) -> Caller:
        secret = bearer(request)
        caller = await recognised(request, backend, secret)
        if caller is None:
            raise await _unknown(request, backend, secret)
        request.state.caller = caller
        if caller.source and caller.source == or_key_of:
            return caller
        if caller.source:
            raise Problem(
                403,
                detail=f"this is the key of the source {caller.source}; it opens the intake only: "
                "use a token with a role",
            )
        if not caller.role.may(role):
            raise Problem(
                403,
                detail=f"this needs the role {role}; the token of {caller.name} is a "
                f"{caller.role}'s",
            )
        return caller

    return caller_with_role


def acting_as(request: Request, caller: Caller, named: str) -> str:
    """In whose name the caller acts: their own, or for an operator the one they give.

    Problem: 403 where they may not name another.
    """
    who = named_by(caller, named)
    if who != caller.name and not caller.role.may(Role.OPERATOR):
        raise Problem(
            403, detail=f"{caller.name} cannot act for {named}: only operators name another"
        )
    return in_the_name_of(request, caller, who)


def named_by(caller: Caller, name: str) -> str:
    """Whom a name is of: the caller, as they are called here, or somebody else; empty is theirs."""
    return caller.name if not name or is_same_person(name, caller.name) else name


def in_the_name_of(request: Request, caller: Caller, name: str) -> str:
    """The name; where it is not the caller's own, the audit log tells both (`hosting.audit`)."""
    if name != caller.name:
        request.state.behalf = name
    return name


def entered_by(caller: Caller, name: str) -> str:
    """Who entered what is done in that name; empty where it is the caller's own."""
    return "" if name == caller.name else caller.name


def set_by_the_door(caller: Caller, model: type[BaseModel]) -> dict[str, bool | None]:
    """The fields of an action's payload that are not the caller's to choose, of those it has.

    By which right they act, and that it answers no page. It goes over whatever the caller has sent
    in their place.
    """
    known = {
        "as_reporter": not caller.role.may(Role.RESPONDER),
        "via": None,
        "episode": None,
    }
    return {name: value for name, value in known.items() if name in model.model_fields}


def needs_key_of(source: str) -> Callable[..., Awaitable[None]]:
    """A dependency for a route that needs one source's key. Problem: 401, 403 as `owner_of_key`."""

    async def has_key(request: Request, backend: TheBackend) -> None:
        must_be_key_of(source, await owner_of_key(request, backend, key_given(request)))

    return has_key


async def owner_of_key(request: Request, backend: Backend, key: str) -> str:
    """The source that a key belongs to. Problem: 401 where it belongs to none, 429 after many."""
    caller = await recognised(request, backend, key)
    if caller is None or not caller.source:
        unknown = Problem(
            401,
            detail=await _expired(backend, key)
            or "this needs the key of a source: as Bearer token, as the password of Basic, in "
            f"the header {SOURCE_HEADER}, or as ?{SOURCE_PARAMETER}=; an administrator makes one "
            "with `standfast token create`",
            headers=_CHALLENGE,
        )
        raise counted(request, unknown)
    return caller.source


def must_be_key_of(source: str, owner: str) -> None:
    """Problem: 403 where it is the key of another source."""
    if owner != source:
        raise Problem(403, detail=f"this is the key of the source {owner}, not of {source}")


async def recognised(request: Request, backend: Backend, secret: str) -> Caller | None:
    """The owner of a token or key; None where it is unknown or revoked.

    Problem: 429 where so many wrong ones come from this address that this one must wait its turn.
    """
    lookups, client = backend.token_lookups, client_of(request)
    wait = UNKNOWN_TOKENS.wait(request)
    if wait and not lookups.has_room(client, secret):
        raise _too_many(wait)
    with lookups.running(client):
        caller = await known(backend, secret)
    if caller:
        lookups.was_right(secret)
        setattr(request.state, IS_KNOWN, True)
    return caller


async def known(backend: Backend, secret: str) -> Caller | None:
    """The owner of a token or key; None where it is unknown or revoked."""
    if not secret or len(secret) > _LONGEST_SECRET:
        return None
    token = await backend.token_lookups.run(backend.records.tokens.of, secret)
    if token is None:
        return None
    await _note_use(backend, token)
    if token.source:
        return Caller(token.source, Role.REPORTER, token.source)
    return Caller(token.name, token.role, "") if token.role else None


async def _note_use(backend: Backend, token: Token) -> None:
    kept, now = backend.records.tokens, datetime.now(UTC)
    if kept.is_noted(token, now):
        return
    try:
        await backend.token_lookups.run(kept.used, token, now)
    except RecordsUnavailable as away:  # it was read just now: the request is served
        _log.warning("that %s is used cannot be noted: %s", token.id, away)


async def _expired(backend: Backend, secret: str) -> str:
    """The words for whoever sends what has expired; empty for all else."""
    if len(secret) > _LONGEST_SECRET or not (
        secret.startswith(TOKEN_PREFIX) or SOURCE_KEY.fullmatch(secret)
    ):
        return ""
    token = await backend.token_lookups.run(backend.records.tokens.expired, secret)
    if token is None or token.expires_at is None:
        return ""
    what = "key" if token.source else "token"
    todo = (
        f"it was replaced by {token.replaced_by}: use that one"
        if token.replaced_by
        else "an administrator makes another with `standfast token rotate`"
    )
    return f"this {what}, {token.id}, expired on {short(token.expires_at)}; {todo}"


def key_given(request: Request) -> str:
    """The key in a request, in any of the ways that senders use; "" without one.

    What can only be our key goes before `Authorization`, which may be meant for a proxy.
    """
    return (
        request.headers.get(SOURCE_HEADER, "")
        or request.query_params.get(SOURCE_PARAMETER, "")
        or _authorized(request)
    ).strip()


def _authorized(request: Request) -> str:
    scheme, _, credentials = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "basic":
        return _of_basic(credentials)
    return credentials or scheme  # `Bearer KEY`, `Token KEY`, `GenieKey KEY`, or the key alone


def bearer(request: Request) -> str:
    """The token in a request, which a role's only comes in; "" without one."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def _of_basic(credentials: str) -> str:
    """The password; where it is empty, the name, as in `https://KEY@host/`."""
    try:
        told = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    name, _, password = told.partition(":")
    return password or name


async def _unknown(request: Request, backend: Backend, secret: str) -> Problem:
    unknown = Problem(
        401,
        detail=await _expired(backend, secret)
        or "this needs a token: send `Authorization: Bearer TOKEN`; an administrator makes one "
        "with `standfast token create`",
        headers=_CHALLENGE,
    )
    return counted(request, unknown)


def counted(request: Request, unknown: Problem) -> Problem:
    """The answer to a wrong token, key or signature; after too many of this address a 429."""
    # Only invalid ones count: one wrong client must not lock its neighbours out.
    if wait := UNKNOWN_TOKENS.wait(request):
        return _too_many(wait)
    UNKNOWN_TOKENS.count(request)
    return unknown


def _too_many(wait: int) -> Problem:
    return Problem(
        429,
        detail=f"too many requests without a token that opens anything; wait {wait} seconds",
        headers={"Retry-After": str(wait)},
    )
