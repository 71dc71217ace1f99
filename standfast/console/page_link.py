"""The page behind the link in a page: what is needed to decide, and the buttons that answer.

The link is one person's, for one episode of an incident, and takes the place of signing in for
this alone. Opening it changes nothing but that the delivery ledger notes it, since scanners and
phones open links by themselves. A button sends a form; ntfy's buttons send the same.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.background import BackgroundTask

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import USED_PAGE_LINKS, spend
from standfast.api.problem_details import RETRY_AFTER, Problem, problem_of
from standfast.api.rate_limits import RateLimit
from standfast.console.rendering import POLICY, page
from standfast.console.wording import age, moment
from standfast.hosting.links import page_links
from standfast.hosting.settings import Settings
from standfast.incidents.actions import Action, refusal
from standfast.incidents.actions.escalate import FROM_TIER
from standfast.incidents.available_actions import guard_input
from standfast.incidents.confidentiality import TITLE
from standfast.incidents.paged import ANSWERS, can_answer
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.intake.errors import NoSuchIncident
from standfast.intake.page_answers import AnswerKind, PageAnswer, how_it_ended
from standfast.intake.page_links import (
    PATH,
    ExpiredPageLink,
    InvalidPageLink,
    PageClaim,
    PageLinks,
    page_token_in,
)
from standfast.policy.pages import Buttons
from standfast.records.delivery import Progress
from standfast.records.errors import RecordsUnavailable

WRONG_PAGE_LINKS = RateLimit("wrong_page_links", most=20, within=60)
"""Of one address. A good link is always let through: many phones may share an address."""

_VIA = {via.value: via for via in (Via.LINK, Via.PUSH)}

_HEADERS = {
    "Content-Security-Policy": "; ".join(
        f"{name} {value}"
        for name, value in POLICY.items()
        if name not in ("script-src", "connect-src")
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
"""The address is all that is needed to answer, so it must not leak. No script runs."""

_STATUS = {
    AnswerKind.TAKEN: 409,
    AnswerKind.REFUSED: 409,
    AnswerKind.UNKNOWN: 504,
}
_ENGLISH = Buttons()
_LONGEST = 600
"""Characters of a description: about what a phone shows."""

_log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)


class _CannotTell(Exception):  # noqa: N818
    """Whether it went to a channel that somebody has added since is not known now."""


class _Shown(NamedTuple):
    """What the page says.

    facts: pairs of a name and what is known. asks: its buttons. tier: which has it. sign_in: where
    more is to be seen. good: what was to be done is so. retry_after: seconds.
    """

    heading: str
    words: str = ""
    title: str = ""
    priority: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    text: str = ""
    asks: tuple[Action, ...] = ()
    tier: int | None = None
    sign_in: str = ""
    status: int = 200
    good: bool = False
    retry_after: int = 0


@router.api_route(PATH + "{token}", methods=["GET", "HEAD"])
async def paged(request: Request, backend: TheBackend, token: str) -> Response:
    """Show it."""
    claim = await _claim(request, backend, token)
    if isinstance(claim, _Shown):
        return _page(request, claim)
    response = _page(request, await _look(backend, claim), _labels(backend))
    if request.method == "GET":
        response.background = BackgroundTask(_note, backend, claim, Progress.OPENED)
    return response


@router.post(PATH + "{token}")
async def answer(
    request: Request,
    backend: TheBackend,
    token: str,
    action: Annotated[str, Form()] = "",
    via: Annotated[str, Form()] = "",
    tier: Annotated[str, Form()] = "",
) -> Response:
    """Do it. `via` says where the button is, if it is not on the page; `tier` which one had the
    incident when the page was shown.
    """
    claim = await _claim(request, backend, token)
    if isinstance(claim, _Shown):
        return _page(request, claim)
    asked = next((each for each in ANSWERS if each == action), None)
    if asked is None:
        words = f"A page is answered with one of: {', '.join(ANSWERS)}."
        return _page(request, _Shown("Nothing was done", words, status=400))
    given = {FROM_TIER: tier} if asked is Action.ESCALATE and tier else {}
    try:
        told = await backend.page_answers.answer(claim, asked, _VIA.get(via, Via.LINK), given)
    except Exception as error:
        again = _unavailable(error, "Nothing was done. Try again in a minute.")
        return _page(request, again, _labels(backend))
    return _page(request, await _after(backend, claim, told), _labels(backend))


async def _claim(request: Request, backend: Backend, token: str) -> PageClaim | _Shown:
    """What the link is for; or why it is not valid, or was used too often."""
    try:
        claim = await _read(backend, token, is_doubtful=bool(WRONG_PAGE_LINKS.wait(request)))
    except _CannotTell:
        words = "Whether the channel that it went to is still yours is not known right now."
        return _Shown("Try again in a minute, or sign in", words, status=503)
    except ExpiredPageLink as expired:
        return _Shown("This link has expired", str(expired), status=410)
    except InvalidPageLink as invalid:
        if wait := WRONG_PAGE_LINKS.wait(request):
            return _too_many(f"Too many wrong links came from your address. Wait {wait} s.", wait)
        WRONG_PAGE_LINKS.count(request)
        return _Shown("This link is not valid", str(invalid), status=404)
    who = f"the link of {claim.person} to {claim.incident_id}"
    try:
        spend(request, USED_PAGE_LINKS, Caller(who, Role.RESPONDER))
    except Problem as often:
        wait = int(often.headers["Retry-After"])
        return _too_many(f"This link was used too often in a minute. Wait {wait} s.", wait)
    return claim


async def _read(backend: Backend, token: str, *, is_doubtful: bool) -> PageClaim:
    """What the link is for. The record store is asked only of one to a channel of one's own, and
    not for whoever tries many: those that were known last count then.

    Raises as `PageLinks.read`, and _CannotTell.
    """
    policy, links = backend.policy.current(), _links(backend.settings)
    try:
        return links.read(token, policy.people)
    except ExpiredPageLink:
        raise
    except InvalidPageLink:
        if not page_token_in(token):
            raise
    channels = backend.used_channels
    used = channels.known(policy) if is_doubtful else await channels.now(policy)
    try:
        return links.read(token, policy.people, own_channels=used.ids)
    except ExpiredPageLink:
        raise
    except InvalidPageLink:
        if used.is_current:
            raise
        raise _CannotTell from None


def _too_many(words: str, wait: int) -> _Shown:
    return _Shown("Too many at once", words, status=429, retry_after=wait)


@cache
def _links(settings: Settings) -> PageLinks:
    return page_links(settings)


async def _look(backend: Backend, claim: PageClaim) -> _Shown:
    """The incident as it stands, for whom the link is."""
    try:
        view = (await backend.lookup.find(claim.incident_id, claim.episode)).view
    except NoSuchIncident:
        return _Shown("It is not there", "The incident is not on record any more.", status=404)
    except Exception as error:
        return _unavailable(
            error,
            "How it stands cannot be looked up right now. You can acknowledge it all the same, or "
            "try again in a minute.",
        )
    heading = "It is over" if view.status == "closed" else "You are paged"
    asks = _asks(view, claim.person)
    owned = backend.page_answers.has_it(view, claim.person)
    if view.confidential:
        return _Shown(
            heading,
            owned.words if owned else "",
            title=TITLE,
            asks=asks,
            tier=view.tier,
            sign_in=f"/incidents/{view.incident_id}",
            good=owned is not None and owned.holds,
        )
    return _Shown(
        heading,
        owned.words if owned else _how_it_stands(view),
        title=view.title,
        priority=str(view.priority or ""),
        facts=tuple(_facts(view, claim.person)),
        text=_short(view.report.description),
        asks=asks,
        tier=view.tier,
        good=owned is not None and owned.holds,
    )


async def _after(backend: Backend, claim: PageClaim, told: PageAnswer) -> _Shown:
    """The same page, with what became of the answer."""
    shown = await _look(backend, claim)
    status = _STATUS.get(told.kind, 200)
    if shown.status != 200:
        shown = _Shown("Answered" if told.holds else "Not done")
    over = told.kind in (AnswerKind.DONE, AnswerKind.ALREADY)
    return shown._replace(
        words=told.words,
        status=status,
        good=told.holds,
        asks=() if over and not told.has_it else shown.asks,
    )


def _asks(view: IncidentView, person: str) -> tuple[Action, ...]:
    """The answers that make sense now: to somebody who was paged, whatever the timeline tells."""
    if view.status == "closed":
        return ()
    now = guard_input(view, person, Role.RESPONDER)
    now = now.model_copy(update={"paged": (*now.paged, person)})
    return tuple(
        each
        for each in ANSWERS
        if can_answer(each, confidential=now.confidential) and refusal(each, now) is None
    )


def _how_it_stands(view: IncidentView) -> str:
    if view.status == "closed" or view.merged_into:
        how = how_it_ended(view)
        return f"{how[:1].upper()}{how[1:]}."
    if view.resolution:
        return f"{view.resolution.by} has resolved it."
    return "Nobody has it yet."


def _facts(view: IncidentView, person: str) -> Iterator[tuple[str, str]]:
    """What one has to know to decide, the most important first; nothing that is not known."""
    report, now = view.report, datetime.now(UTC)
    latest = view.latest
    if latest and latest.title != view.title:
        yield "Latest", latest.title
    if view.worse:
        yield "Worse", view.worse.words
    if report.service:
        yield "Service", report.service
    users = max(report.users_affected, latest.users_affected if latest else 1)
    if users > 1:
        yield "Users affected", f"{users:,}"
    if report.impact_statement:
        yield "Impact", _short(report.impact_statement)
    since = report.occurred_at or view.opened_at
    yield "Since", _ago(since, now)
    if report.reporter:
        yield "Reported by", report.reporter
    others = dict.fromkeys(
        entry.person for entry in view.timeline if entry.event == "page_sent" and entry.person
    )
    others.pop(person, None)
    if others:
        yield "Paged too", ", ".join(others)
    if view.next_pages and not view.acknowledged_by:
        yield "Paged next", view.next_pages[0].whom


def _ago(since: datetime, now: datetime) -> str:
    return f"{age(since, now)} ago, {moment(since)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


async def _note(backend: Backend, claim: PageClaim, state: Progress) -> None:
    """Note in the ledger what became of the page; without the record store it is not noted."""
    note = backend.records.deliveries.note_latest
    now = datetime.now(UTC)
    try:
        await asyncio.to_thread(
            note, claim.incident_id, claim.episode, claim.person, state, now, Via.LINK.words
        )
    except RecordsUnavailable as away:
        _log.info("that %s has opened a page is not noted: %s", claim.person, away)


def _unavailable(error: Exception, words: str) -> _Shown:
    """The page when something is unavailable; unexpected errors are raised."""
    problem = problem_of(error)
    if problem.status < 501:
        raise error
    asks = tuple(each for each in ANSWERS if can_answer(each, confidential=True))
    return _Shown("You are paged", words, asks=asks, status=problem.status)


def _labels(backend: Backend) -> Buttons:
    """What stands on the buttons, by the policy that is in force."""
    return backend.policy.current().pages.buttons


def _page(request: Request, shown: _Shown, labels: Buttons = _ENGLISH) -> Response:
    later: Mapping[str, str] = RETRY_AFTER if shown.status > 500 else {}
    if shown.retry_after:
        later = {"Retry-After": str(shown.retry_after)}
    if request.headers.get("accept") == "text/plain":  # a button of a push shows nothing else
        told = shown.words or f"{shown.heading}."
        return PlainTextResponse(told, shown.status, headers={**_HEADERS, **later})
    return page(
        request,
        "page_link.html",
        status=shown.status,
        headers={**_HEADERS, **later},
        shown=shown,
        buttons=[(each.value, labels.of(each)) for each in shown.asks],
        wrong=shown.status >= 400,
    )
