"""The page of a reporter's one-click link: one question and two buttons.

Opening it changes nothing, since mail scanners and browsers open links by themselves. Only a button
does, and only what the reporter may do: say whether it is fixed.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, Request, Response

from standfast.api.backend import Backend, TheBackend
from standfast.api.problem_details import RETRY_AFTER, problem_of
from standfast.api.rate_limits import RateLimit
from standfast.console.rendering import page
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.actions import Action, Verify
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.resolution import Evidence, Verdict
from standfast.intake.actions import act
from standfast.intake.confirmation_links import PATH, Claim, ExpiredLink, InvalidLink, ReporterLinks
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused
from standfast.messages.message import short

FIXED, NOT_FIXED = "fixed", "not-fixed"
_VERDICTS = {FIXED: Verdict.RESOLVED, NOT_FIXED: Verdict.UNRESOLVED}
_THANKS = {
    FIXED: "Thank you. We have recorded that it is fixed.",
    NOT_FIXED: "Thank you for telling us. Somebody will work on it again.",
}

_VERDICT_WORDS = {
    Verdict.RESOLVED: "it is fixed",
    Verdict.UNRESOLVED: "it is not fixed",
    Verdict.PARTIALLY_RESOLVED: "it is fixed in part",
}
_ENDED = {
    Outcome.WITHDRAWN: "The report was withdrawn",
    Outcome.MERGED: "It was merged with another report of the same problem",
}

OPEN_LINK_LIMIT = RateLimit("opened_links", most=60, within=60)
"""A company's people and its mail scanner may share one address."""

_BY_LINK = "by the link in the message"
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""The address is all that is needed to answer, so it must not leak."""

router = APIRouter(include_in_schema=False)


class LinkState(NamedTuple):
    """The state of the question that a link asks.

    words: the text before the question, or instead of it.
    asks: the answers that make sense now.
    """

    words: str
    asks: tuple[str, ...] = ()
    title: str = ""
    status: int = 200


@router.api_route(PATH + "{token}", methods=["GET", "HEAD"])
async def confirm_page(
    request: Request, backend: TheBackend, token: str, answer: str = ""
) -> Response:
    """Show the question. `answer` is the one chosen in the message: its button comes first."""
    if wait := _wait(request):
        return _too_many(request, wait)
    _, state = await _look_up(backend, token)
    return _page(request, state, answer)


@router.post(PATH + "{token}")
async def confirm(
    request: Request, backend: TheBackend, token: str, answer: Annotated[str, Form()] = ""
) -> Response:
    """Send the answer, by the workflow's `verify`."""
    if wait := _wait(request):
        return _too_many(request, wait)
    claim, state = await _look_up(backend, token)
    if claim is None or answer not in state.asks:
        return _page(request, state, answer)
    said = Verify(by=claim.reporter, verdict=_VERDICTS[answer], comment=_BY_LINK)
    try:
        await act(backend.client, claim.incident_id, Action.VERIFY, said)
    except (Refused, NoSuchIncident):
        # Somebody was faster, so the state has changed.
        _, state = await _look_up(backend, token)
        return _page(request, state, answer)
    except NoAnswer:
        words = "Your answer is not confirmed yet, but may have arrived. Please check again soon."
        return _page(request, LinkState(words, title=state.title, status=504), answer)
    except Exception as error:
        return _page(request, _unavailable(error), answer)
    return _page(request, LinkState(_THANKS[answer], title=state.title), answer)


def link_state(claim: Claim, view: IncidentView) -> LinkState:
    """The text for the reporter, and the answers that the incident accepts now."""
    said = claim.answer(view)
    words, asks = _question(claim, view, said)
    if said and said.says:
        words = f"On {short(said.at)} you said that {_VERDICT_WORDS[said.says]}. {words}"
    return LinkState(words, asks, view.title)


def _question(
    claim: Claim, view: IncidentView, said: Evidence | None
) -> tuple[str, tuple[str, ...]]:
    if view.merged_into:
        return f"{_ENDED[Outcome.MERGED]}, which goes on.", ()
    if view.status == "closed":
        how = _ENDED.get(view.outcome, "It was closed") if view.outcome else "It was closed"
        when = f" on {short(view.closed_at)}" if view.closed_at else ""
        return f"{how}{when}. If the problem is back, please report it again.", ()
    if view.resolution is None:
        return "It is being worked on, so there is nothing to confirm now.", ()
    if not claim.is_about(view):
        return (
            "This link is about an earlier resolution. It has been worked on since: please use the "
            "link in the latest message.",
            (),
        )
    if view.stage not in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
        return "It cannot be confirmed yet: please try again in a minute.", ()
    if said is None or said.says is Verdict.PARTIALLY_RESOLVED:
        return "Is it fixed? Nothing is sent until you choose.", (FIXED, NOT_FIXED)
    if said.says is Verdict.RESOLVED:
        return "If that has changed, tell us.", (NOT_FIXED,)
    return "Somebody will work on it again.", ()


async def _look_up(backend: Backend, token: str) -> tuple[Claim | None, LinkState]:
    """The claim of a link, and the state of its question; no claim where it cannot be read."""
    try:
        claim = _links(backend.settings).read(token)
    except ExpiredLink as expired:
        return None, LinkState(str(expired), status=410)
    except InvalidLink as invalid:
        return None, LinkState(str(invalid), status=404)
    try:
        found = await backend.lookup.find(claim.incident_id, claim.episode)
    except NoSuchIncident:
        return None, LinkState("The incident of this link is not on record any more.", status=404)
    except Exception as error:
        return None, _unavailable(error)
    return claim, link_state(claim, found.view)


@cache
def _links(settings: Settings) -> ReporterLinks:
    return ReporterLinks(signing_keys(settings), settings.public_url or "", settings.link_lifetime)


def _unavailable(error: Exception) -> LinkState:
    """The text when something is unavailable; unexpected errors are raised."""
    problem = problem_of(error)
    if problem.status < 501:
        raise error
    words = (
        "This cannot be looked up right now. Please try again in a few minutes: the link stays "
        "valid."
    )
    return LinkState(words, status=problem.status)


def _wait(request: Request) -> int:
    wait = OPEN_LINK_LIMIT.wait(request)
    if not wait:
        OPEN_LINK_LIMIT.count(request)
    return wait


def _too_many(request: Request, wait: int) -> Response:
    words = f"Too many links were opened from your address. Please try again in {wait} seconds."
    return _page(request, LinkState(words, status=429), "", {"Retry-After": str(wait)})


def _page(
    request: Request, state: LinkState, chosen: str, headers: Mapping[str, str] | None = None
) -> Response:
    wrong = state.status >= 400
    later = RETRY_AFTER if state.status > 500 else {}
    return page(
        request,
        "confirm.html",
        status=state.status,
        headers={**_HEADERS, **later, **(headers or {})},
        title=state.title,
        heading="This did not work" if wrong else "Is it fixed?",
        wrong=wrong,
        words=state.words,
        asks=sorted(state.asks, key=lambda answer: answer != chosen),
    )
