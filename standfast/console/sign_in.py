"""The pages for signing in to the console and out of it: by a token, or by OpenID Connect."""

import asyncio
import shlex
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.caller_budgets import SIGN_INS, spend
from standfast.api.problem_details import Problem, problem_of
from standfast.api.rate_limits import RateLimit
from standfast.console import csrf, session
from standfast.console.device_cookie import end_device, follow_device
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.oidc import (
    CALLBACK,
    PENDING_LASTS,
    Identity,
    PendingSignIn,
    Provider,
    SignInFailed,
    provider_of,
)
from standfast.console.rendering import page
from standfast.console.session import SIGN_IN, local_path, signing_of
from standfast.hosting.settings import Settings
from standfast.messages.message import short
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.errors import RecordsUnavailable
from standfast.records.people import Person
from standfast.records.sessions import SignedInBy
from standfast.records.tokens import Token

START = "/sign-in/oidc"

_BEGUN = "standfast_begun"
_BEGUN_PURPOSE = "standfast.oidc"

FAILURES = RateLimit("failed_sign_ins", most=20, within=300)
"""Tokens cannot be guessed; the limit slows down those who try."""

BEGUN_AT_PROVIDER = RateLimit("begun_at_provider", most=60, within=60)
"""Each asks the provider for its addresses; a company's people may share one address."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)


def get_ready(settings: Settings) -> None:
    """Check at the start whether signing in can work with these settings.

    Raises:
        HostingError: there is no signing key, or the settings of OpenID Connect are incomplete.
    """
    signing_of(settings)
    provider_of(settings)


@router.get(SIGN_IN)
async def sign_in_page(request: Request, backend: TheBackend, next: str = "/") -> Response:
    """The form; somebody who is signed in already is redirected."""
    back = local_path(next)
    try:
        if await session.who(request, backend):
            return RedirectResponse(back, 303)
    except RecordsUnavailable as away:
        return _page(request, backend, back, _nobody_can(away), 503)
    return _page(request, backend, back)


@router.post(SIGN_IN)
async def sign_in(request: Request, backend: TheBackend) -> Response:
    """Begin a session with a token."""
    form = await form_of(request)
    back = local_path(str(form.get("next", "/")))
    if wait := FAILURES.wait(request):
        return _too_many(request, backend, back, wait)
    try:
        await csrf.checked(request)
    except Problem:
        # Nothing of the form is shown again: another site may have filled it in.
        words = "This page was too old, or cookies are switched off. Please try again."
        return _page(request, backend, "/", words, 403)
    secret = str(form.get("token", "")).strip()
    if not secret:
        return _page(request, backend, back, "Paste your token into the field.", 400)
    try:
        lookups, tokens = backend.token_lookups, backend.records.tokens
        token = await lookups.run(tokens.of, secret)
        expired = None if token else await lookups.run(tokens.expired, secret)
    except Exception as error:  # the page that tells of others shows what was typed
        return _page(request, backend, back, _nobody_can(error), problem_of(error).status)
    if token is None:
        _refused(request, expired.id if expired else "")
        if expired:
            return _page(request, backend, back, _has_expired(expired), 403)
        words = "This token is not known, or it was revoked. Ask who runs Standfast for a new one."
        return _page(request, backend, back, words, 403)
    if token.role is None:
        _refused(request, token.id)
        words = f"This is the key of the source {token.source}: it sends alerts, and is nobody."
        return _page(request, backend, back, words, 403)
    spend(request, SIGN_INS, Caller(token.name, token.role))
    try:
        await asyncio.to_thread(backend.records.tokens.used, token, datetime.now(UTC))
        return await _signed_in(request, back, SignedInBy(token=token.id), token.name)
    except RecordsUnavailable as away:
        return _page(request, backend, back, _nobody_can(away), 503)


@router.post("/sign-out", dependencies=[Depends(csrf.checked)])
async def sign_out(request: Request, backend: TheBackend) -> Response:
    """End the session of this browser, on the server too."""
    caller = await session.who(request, backend)
    await session.end(request)
    if caller:
        await backend.audit.record(AuditEvent(AuditKind.SIGNED_OUT, by=caller.name))
    response = RedirectResponse(SIGN_IN, 303)
    session.forget(request, response)
    await end_device(request, response)
    # The service worker, what it stores, and the browser's address for pushes.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@router.get(START)
async def begin_at_provider(
    request: Request,
    backend: TheBackend,
    next: str = "/",
) -> Response:
    """Send the browser to the provider of OpenID Connect, if a person asked for that here.

    Where the provider asks nothing, another site's link would sign them in behind their back.
    """
    back = local_path(next)
    provider = _provider(backend)
    if not csrf.is_from_here(request):
        return _page(request, backend, "/")
    if wait := BEGUN_AT_PROVIDER.wait(request):
        return _too_many(request, backend, back, wait)
    BEGUN_AT_PROVIDER.count(request)
    try:
        url, pending = await provider.begin(back)
    except SignInFailed as failed:
        return _page(request, backend, back, _sentence(failed), failed.status)
    signing = signing_of(backend.settings)
    response = RedirectResponse(url, 303)
    held = signing.sign(_BEGUN_PURPOSE, pending.model_dump(mode="json"))
    signing.set_cookie(response, _BEGUN, held, lasts=PENDING_LASTS)
    return response


@router.get(CALLBACK)
async def back_from_provider(request: Request, backend: TheBackend) -> Response:
    """Begin a session for the person whom the provider sent back."""
    pending = _pending(request, backend)
    back = pending.back if pending else "/"
    if wait := FAILURES.wait(request):
        return _too_many(request, backend, back, wait)
    provider = _provider(backend)
    try:
        identity = await provider.finish(dict(request.query_params), pending)
        name = await _name_of(identity, backend)
        response = await _signed_in(request, back, SignedInBy(name=name, role=identity.role), name)
    except SignInFailed as failed:
        if failed.status < 500:
            _refused(request, str(failed))
        response = _page(request, backend, back, _sentence(failed), failed.status)
    except RecordsUnavailable as away:
        response = _page(request, backend, back, _nobody_can(away), 503)
    signing_of(backend.settings).drop_cookie(response, _BEGUN)
    return response


async def _signed_in(request: Request, back: str, by: SignedInBy, name: str) -> Response:
    response = RedirectResponse(back, 303)
    begun = await session.begin(request, response, by)
    await follow_device(request, name, begun, by.token)
    how = by.token or "OpenID Connect"
    await backend_of(request).audit.record(AuditEvent(AuditKind.SIGNED_IN, by=name, subject=how))
    csrf.forget_visit(request, response)
    return response


def _refused(request: Request, what: str) -> None:
    FAILURES.count(request)
    audit = backend_of(request).audit
    audit.count(AuditEvent(AuditKind.SIGN_IN_REFUSED, subject=what))
    request.state.refusal_on_record = True


async def _name_of(identity: Identity, backend: Backend) -> str:
    """The name that the person acts under here, once it is sure that it is theirs.

    Raises:
        SignInFailed: it is somebody else's; the words for an administrator are in it.
    """
    people, name, who = backend.records.people, identity.name, identity.who
    if identity.is_unverified_address and not await asyncio.to_thread(people.has, who, name):
        why = f"the provider calls you {name}, and does not say that this address is yours"
    else:
        found = await asyncio.to_thread(people.claim, name, who, datetime.now(UTC))
        if isinstance(found, Person):
            return found.name
        has_it = "somebody else signed in under it first" if found.person else "a token has it"
        why = f"the name {name} is taken here: {has_it}"
    command = shlex.join(["standfast", "person", "bind", name, "--subject", who.subject])
    raise SignInFailed(f"{why}. If it is yours, ask an administrator to run `{command}`")


def _provider(backend: Backend) -> Provider:
    provider = provider_of(backend.settings)
    if provider is None:
        raise Problem(404, detail="signing in by OpenID Connect is not set up here")
    return provider


def _too_many(request: Request, backend: Backend, back: str, wait: int) -> Response:
    words = f"There were too many attempts from your address. Try again in {wait} seconds."
    return _page(request, backend, back, words, 429, {"Retry-After": str(wait)})


def _page(
    request: Request,
    backend: Backend,
    back: str,
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """The form, with the error."""
    visitor = csrf.begin_visit(request)
    by_provider = ""
    if provider_of(backend.settings):
        by_provider = f"{START}?{urlencode({'next': back})}"
    response = page(
        request,
        "sign_in.html",
        status=status,
        headers=headers,
        problem=problem,
        back=back,
        by_provider=by_provider,
    )
    csrf.remember_visit(request, response, visitor)
    return response


def _pending(request: Request, backend: Backend) -> PendingSignIn | None:
    signing = signing_of(backend.settings)
    held = signing.read(_BEGUN_PURPOSE, signing.cookie(request, _BEGUN))
    try:
        return PendingSignIn.model_validate(held) if held else None
    except ValidationError:  # of another version
        return None


def _nobody_can(error: Exception) -> str:
    return f"Nobody can sign in just now: {problem_of(error).detail}."


def _has_expired(token: Token) -> str:
    when = f" on {short(token.expires_at)}" if token.expires_at else ""
    return f"This token expired{when}. Ask who runs Standfast for a new one."


def _sentence(failed: SignInFailed) -> str:
    words = str(failed)
    return f"{words[:1].upper()}{words[1:]}."
