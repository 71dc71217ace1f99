"""CSRF protection: forms need a token bound to the session, and must come from our own pages.

Another site can make a browser send us a form, with our cookie. It cannot read our pages, so it
does not know the token; and the browser says which site sent the form.
"""

import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response
from markupsafe import Markup

from standfast.api.backend import backend_of
from standfast.api.problem_details import Problem
from standfast.console.forms import ONCE, form_of
from standfast.console.session import form_identity, signing_of, who

FIELD = "csrf"

_PURPOSE = "standfast.csrf"
_VISITOR = "standfast_visitor"
_VISIT = timedelta(hours=12)


def csrf_token(request: Request) -> str:
    """The token for this browser's forms; empty for an unknown browser."""
    whose = form_identity(request) or _visitor(request)
    return signing_of(backend_of(request).settings).sign(_PURPOSE, whose) if whose else ""


def csrf_field(request: Request) -> Markup:
    """The field that every form of the console has."""
    token = csrf_token(request)
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)


def was_checked(request: Request) -> bool:
    """Whether this request's form is known to come from our own page: `checked` has said so."""
    return getattr(request.state, "form_checked", False) is True


def vouched_for(request: Request) -> bool:
    """Whether the browser itself says that one of our own pages sent the form."""
    return request.headers.get("sec-fetch-site") == "same-origin"


async def checked(request: Request) -> None:
    """Refuse a form that does not come from our own page.

    A FastAPI dependency for everything that the console changes.
    """
    if not is_from_here(request):
        raise await _refused(request, "this form came from another site, so nothing was done")
    given = (await form_of(request)).get(FIELD)
    wanted = csrf_token(request)
    if not wanted or not isinstance(given, str) or not _same(given, wanted):
        raise await _refused(
            request,
            "this form is older than your session, so nothing was done: go back, load the page "
            "again, and send it again",
        )
    request.state.form_checked = True


async def _refused(request: Request, why: str) -> Problem:
    """For the audit log, with the name of who is signed in: another site may have meant them."""
    request.state.refused = await who(request, backend_of(request))
    return Problem(403, detail=why)


async def typed_in(request: Request) -> dict[str, str]:
    """The fields of a form as texts, without those that every form has."""
    form = await form_of(request)
    given = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {name: value for name, value in given if name not in (FIELD, ONCE)}


def begin_visit(request: Request) -> str:
    """Make forms work before sign-in: returns what `remember_visit` stores."""
    visitor = _visitor(request) or secrets.token_urlsafe(16)
    request.state.visitor = visitor
    return visitor


def remember_visit(request: Request, response: Response, visitor: str) -> None:
    """Store the visit in a cookie until somebody signs in."""
    signing_of(backend_of(request).settings).set_cookie(response, _VISITOR, visitor, lasts=_VISIT)


def forget_visit(request: Request, response: Response) -> None:
    """Drop the visit after sign-in."""
    signing_of(backend_of(request).settings).drop_cookie(response, _VISITOR)


def _visitor(request: Request) -> str:
    known: str = getattr(request.state, "visitor", "")
    return known or signing_of(backend_of(request).settings).cookie(request, _VISITOR)


def is_from_here(request: Request) -> bool:
    """Whether, by the browser, the request came from our own page; old browsers say nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return True
    public = backend_of(request).settings.public_url or ""
    host = urlsplit(origin).netloc
    if host == urlsplit(public).netloc:  # under that name only as browsers come to us
        return bool(host) and origin == public
    return host != "" and host == request.headers.get("host", "")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
