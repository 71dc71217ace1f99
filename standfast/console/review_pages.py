"""Reviews: the list of what is still to be done, and the page of each, on which it is written."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api import reviews as api
from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import CHANGED_REVIEWS, spend
from standfast.api.incidents import Episode
from standfast.api.problem_details import Problem
from standfast.api.visible import reader_of
from standfast.console.article_html import article_html
from standfast.console.csrf import checked
from standfast.console.errors import PageRoute
from standfast.console.forms import episode_typed, form_of
from standfast.console.incident_page import known_shape
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.documents.review_document import DocumentFormat
from standfast.incidents.review import ActionState, ListedReview, ReviewState
from standfast.incidents.review_steps import NewText, StepAsked
from standfast.incidents.roles import Role
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.intake.reviewing import write
from standfast.lookup.reviews import MOST_LISTED, review_of, shown_review
from standfast.messages.problems import problems

_MOST_OVER = 50

_DONE = {
    "ask": "It is reviewed: the draft is written within seconds. Load this page again.",
    "write": "Written.",
    "assign": "Assigned: whoever has it is told.",
    "add_action": "Added: whoever has it is told.",
    "change_action": "Changed.",
    "close": "Closed. It is over when each action item is done or dropped.",
    "reopen": "Reopened.",
}

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/reviews")
async def listed(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """What is still to be done, one's own first, and what was over last."""
    _must_respond(caller)
    reader, reviews = reader_of(caller, backend), backend.records.reviews
    still_open = await asyncio.to_thread(reviews.listed, reader, MOST_LISTED)
    over = await asyncio.to_thread(reviews.listed, reader, _MOST_OVER, over=True)
    names = {caller.name, backend.policy.current().person_signed_in_as(caller.name)}
    return page(
        request,
        "reviews.html",
        caller=caller,
        mine=[each for each in still_open if _is_of(each, names)],
        others=[each for each in still_open if not _is_of(each, names)],
        over=over,
        names=names,
        not_all=len(still_open) == MOST_LISTED,
    )


def _is_of(listed: ListedReview, names: set[str]) -> bool:
    """Whether one of these people has to write it, or has an open action item of it."""
    review = listed.review
    writes = listed.state is ReviewState.WRITING and review.owner in names
    return writes or any(item.owner in names for item in review.open_actions)


@router.get("/incidents/{incident_id}/review")
async def shown(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    incident_id: str,
    episode: Episode = None,
    did: str = "",
) -> Response:
    """The review of an incident, its latest unless an episode is named."""
    _must_respond(caller)
    return await _show(request, backend, caller, known_shape(incident_id), episode, did=did)


@router.get("/incidents/{incident_id}/review.md")
async def exported(
    backend: TheBackend, caller: Viewer, incident_id: str, episode: Episode = None
) -> Response:
    """The same as a document."""
    _must_respond(caller)
    identity, form = known_shape(incident_id), DocumentFormat.MARKDOWN
    return await api.export(backend, caller, identity, episode, form)


@router.get("/incidents/{incident_id}/review.pdf")
async def exported_as_pdf(
    backend: TheBackend, caller: Viewer, incident_id: str, episode: Episode = None
) -> Response:
    """The same on pages to print or to hand over."""
    _must_respond(caller)
    identity, form = known_shape(incident_id), DocumentFormat.PDF
    return await api.export(backend, caller, identity, episode, form)


@router.post("/incidents/{incident_id}/review", dependencies=[Depends(checked)])
async def done(request: Request, backend: TheBackend, caller: Viewer, incident_id: str) -> Response:
    """Do what the form says."""
    _must_respond(caller)
    spend(request, CHANGED_REVIEWS, caller)
    identity = known_shape(incident_id)
    form = {key: str(value) for key, value in (await form_of(request)).items()}
    episode = episode_typed(form)
    try:
        await _do(backend, caller, identity, episode, form)
    except Refused as refused:
        return await _show(
            request, backend, caller, identity, episode, refused=str(refused), typed=form
        )
    where = {"did": form["do"], **({"episode": episode} if episode else {})}
    return RedirectResponse(f"/incidents/{identity}/review?{urlencode(where)}", 303)


async def _do(
    backend: Backend, caller: Caller, incident_id: str, episode: int | None, form: Mapping[str, str]
) -> None:
    """Problem: 422 for a form that is none of ours; raises as what it does."""
    do, by = form.get("do", ""), caller.name
    if do == "ask":
        why = form.get("why", "")
        await api.asked_for(caller, backend, incident_id, episode, by=by, why=why[:500])
    elif do == "write":
        seen = await api.reviewed_for(caller, backend, incident_id, episode)
        review = await review_of(backend.records, seen.view)
        given = {
            "text": form.get("text", ""),
            "not_applicable": form.get("not_applicable") == "yes",
            "instead_of": form.get("instead_of") or None,
        }
        new = _valid(NewText, given)
        policy = backend.policy.current()
        await write(backend.records, policy, review, form.get("section", ""), new, by)
    else:
        fields = {name: form[name] for name in StepAsked.model_fields if form.get(name)}
        asked = _valid(StepAsked, {**fields, "by": by})
        await api.stepped_for(caller, backend, incident_id, episode, asked)


async def _show(
    request: Request,
    backend: Backend,
    caller: Caller,
    incident_id: str,
    episode: int | None,
    *,
    did: str = "",
    refused: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    policy = backend.policy.current()
    try:
        seen = await api.reviewed_for(caller, backend, incident_id, episode)
    except NoSuchIncident as none:
        if "has no review" not in str(none):
            raise
        return page(
            request,
            "review_wanted.html",
            caller=caller,
            status=409 if refused else 404 if episode is None and not did else 200,
            incident_id=incident_id,
            episode=episode,
            refused=refused,
        )
    found = await shown_review(backend.records, policy, seen.view)
    return page(
        request,
        "review.html",
        caller=caller,
        status=409 if refused else 200,
        shown=found,
        review=found.review,
        people=[(key, person.name) for key, person in policy.people.items()],
        states=list(ActionState),
        today=datetime.now(UTC),
        done=_DONE.get(did, ""),
        refused=refused,
        typed=typed or {},
        written=article_html,
    )


def _valid(model: Any, fields: Mapping[str, object]) -> Any:
    """Refused: with a line for each field that is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Refused("; ".join(problems(error, model.model_fields))) from None


def _must_respond(caller: Caller) -> None:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
