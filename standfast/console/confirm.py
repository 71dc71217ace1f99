"""What a reporter's one-click link opens: one question, two buttons, and nothing else.

Opening it changes nothing, since mail scanners and browsers open links before their reader does.
Only the button does, and it may do no more than the reporter could: say whether it is fixed.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, Request, Response

from standfast.api.backend import Backend, TheBackend
from standfast.api.problems import RETRY_AFTER, problem_of
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
    FIXED: "Thank you. That it is fixed is on record.",
    NOT_FIXED: "Thank you for telling us. Somebody will work on it again.",
}

_SAYS = {
    Verdict.RESOLVED: "it is fixed",
    Verdict.UNRESOLVED: "it is not fixed",
    Verdict.PARTIALLY_RESOLVED: "it is fixed in part",
}
_ENDED = {
    Outcome.WITHDRAWN: "The report was withdrawn",
    Outcome.MERGED: "It was joined with another report of the same thing",
}

OPENED = RateLimit("opened_links", most=60, within=60)
"""A company's people and its mail scanner may share one address."""

_BY_LINK = "by the link in the message"
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""Nobody else learns of the address, which is all that one needs to answer."""

router = APIRouter(include_in_schema=False)


class LinkState(NamedTuple):
    """How it stands with the question that a link is about.

    words: what there is to say before asking, or instead of it.
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
    """Ask. `answer` is the one that the reader chose in the message: its button comes first."""
    if wait := _wait(request):
        return _too_many(request, wait)
    _, standing = await _stands(backend, token)
    return _page(request, standing, answer)


@router.post(PATH + "{token}")
async def confirm(
    request: Request, backend: TheBackend, token: str, answer: Annotated[str, Form()] = ""
) -> Response:
    """Take the answer, by the workflow's own `verify`."""
    if wait := _wait(request):
        return _too_many(request, wait)
    claim, standing = await _stands(backend, token)
    if claim is None or answer not in standing.asks:
        return _page(request, standing, answer)
    said = Verify(by=claim.reporter, verdict=_VERDICTS[answer], comment=_BY_LINK)
    try:
        await act(backend.client, claim.incident_id, Action.VERIFY, said)
    except (Refused, NoSuchIncident):
        # Somebody was faster, so it stands differently now.
        _, standing = await _stands(backend, token)
        return _page(request, standing, answer)
    except NoAnswer:
        words = "Your answer was not confirmed yet, and may have arrived. Please look again soon."
        return _page(request, LinkState(words, title=standing.title, status=504), answer)
    except Exception as error:
        return _page(request, _away(error), answer)
    return _page(request, LinkState(_THANKS[answer], title=standing.title), answer)


def standing_of(claim: Claim, view: IncidentView) -> LinkState:
    """What the reporter is told, and what they may still say, as the incident stands now."""
    said = claim.answer(view)
    words, asks = _stands_so(claim, view, said)
    if said and said.says:
        words = f"On {short(said.at)} you said that {_SAYS[said.says]}. {words}"
    return LinkState(words, asks, view.title)


def _stands_so(
    claim: Claim, view: IncidentView, said: Evidence | None
) -> tuple[str, tuple[str, ...]]:
    if view.merged_into:
        return f"{_ENDED[Outcome.MERGED]}, which goes on.", ()
    if view.status == "closed":
        how = _ENDED.get(view.outcome, "It was closed") if view.outcome else "It was closed"
        when = f" on {short(view.closed_at)}" if view.closed_at else ""
        return f"{how}{when}. If it is there again, please report it again.", ()
    if view.resolution is None:
        return "It is being worked on, so there is nothing to confirm now.", ()
    if not claim.is_about(view):
        return (
            "This link is about an earlier resolution. It has been worked on since: please use the "
            "link in the latest message.",
            (),
        )
    if view.stage not in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
        return "It is not yet time to confirm it: please look again in a minute.", ()
    if said is None or said.says is Verdict.PARTIALLY_RESOLVED:
        return "Is it fixed? Nothing is sent before you choose.", (FIXED, NOT_FIXED)
    if said.says is Verdict.RESOLVED:
        return "If that has changed, say so.", (NOT_FIXED,)
    return "Somebody will work on it again.", ()


async def _stands(backend: Backend, token: str) -> tuple[Claim | None, LinkState]:
    """What a link stands for, and how it stands with that; no claim where that cannot be told."""
    try:
        claim = _links(backend.settings).read(token)
    except ExpiredLink as expired:
        return None, LinkState(str(expired), status=410)
    except InvalidLink as invalid:
        return None, LinkState(str(invalid), status=404)
    try:
        found = await backend.lookup.find(claim.incident_id, claim.episode)
    except NoSuchIncident:
        return None, LinkState("What this link is about is not on record any more.", status=404)
    except Exception as error:
        return None, _away(error)
    return claim, standing_of(claim, found.view)


@cache
def _links(settings: Settings) -> ReporterLinks:
    return ReporterLinks(signing_keys(settings), settings.public_url or "", settings.link_lifetime)


def _away(error: Exception) -> LinkState:
    """The words for what is away just now; what nobody expected is raised on."""
    problem = problem_of(error)
    if problem.status < 501:
        raise error
    words = (
        "This cannot be looked up just now. Please try again in some minutes: the link stays good."
    )
    return LinkState(words, status=problem.status)


def _wait(request: Request) -> int:
    wait = OPENED.wait(request)
    if not wait:
        OPENED.count(request)
    return wait


def _too_many(request: Request, wait: int) -> Response:
    words = f"So many links were opened from your address. Please try again in {wait} seconds."
    return _page(request, LinkState(words, status=429), "", {"Retry-After": str(wait)})


def _page(
    request: Request, standing: LinkState, chosen: str, headers: Mapping[str, str] | None = None
) -> Response:
    wrong = standing.status >= 400
    later = RETRY_AFTER if standing.status > 500 else {}
    return page(
        request,
        "confirm.html",
        status=standing.status,
        headers={**_HEADERS, **later, **(headers or {})},
        title=standing.title,
        heading="This did not work" if wrong else "Is it fixed?",
        wrong=wrong,
        words=standing.words,
        asks=sorted(standing.asks, key=lambda answer: answer != chosen),
    )
