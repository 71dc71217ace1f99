"""Reviews of incidents that have closed. Reporters see none."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from temporalio.client import Client

from standfast.api.access import Caller, acting_as
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import CHANGED_REVIEWS, spend
from standfast.api.incidents import Episode, IncidentId, Responder
from standfast.api.problem_details import documented
from standfast.api.visible import Seen, found_for, must_have, reader_of, seen_as
from standfast.documents.review_document import DocumentFormat, review_document
from standfast.hosting.audit import from_here
from standfast.incidents.record import LookupResult
from standfast.incidents.review import ListedReview, Review, ShownReview, TextVersion
from standfast.incidents.review_steps import NewText, ReviewAsked, StepAsked
from standfast.incidents.roles import Role
from standfast.intake.errors import NoSuchIncident
from standfast.intake.reviewing import ask_for_review, changed_event, do_asked, write
from standfast.lookup.reviews import (
    MOST_LISTED,
    review_of,
    shown_review,
)
from standfast.records.audit import AuditEvent, AuditKind

router = APIRouter(prefix="/api/reviews", tags=["reviews"])
of_incidents = APIRouter(prefix="/api/incidents", tags=["reviews"])

ReviewedEpisode = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="Else the latest that has a review.")
]


@router.get(
    "",
    operation_id="list_reviews",
    response_model=tuple[ListedReview, ...],
    responses=documented(401, 403, 422, 503),
)
async def listed(
    backend: TheBackend,
    caller: Responder,
    over: Annotated[bool, Query(description="Those that are over instead.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
) -> tuple[ListedReview, ...]:
    """List reviews of incidents that the caller finds, by what is due next."""
    reader = reader_of(caller, backend)
    found = await asyncio.to_thread(backend.records.reviews.listed, reader, limit, over=over)
    return tuple(found)


@of_incidents.get(
    "/{incident_id}/review",
    operation_id="show_review",
    response_model=ShownReview,
    responses=documented(401, 403, 404, 422, 503, 504),
)
async def show(
    backend: TheBackend, caller: Responder, incident_id: IncidentId, episode: ReviewedEpisode = None
) -> ShownReview:
    """Show the review of an incident: what its sections say, with all versions, and its actions."""
    seen = await reviewed_for(caller, backend, incident_id, episode)
    return await shown_review(backend.records, backend.policy.current(), seen.view)


@of_incidents.post(
    "/{incident_id}/review",
    operation_id="ask_for_review",
    response_model=Review,
    status_code=201,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
)
async def ask(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    asked: Annotated[ReviewAsked, Body(openapi_examples=example({"why": "We were lucky."}))],
    episode: Episode = None,
) -> Review:
    """Have an episode that has closed be reviewed. A worker writes the draft within seconds."""
    spend(request, CHANGED_REVIEWS, caller)
    by = acting_as(request, caller, asked.by)
    return await asked_for(caller, backend, incident_id, episode, by=by, why=asked.why)


@of_incidents.put(
    "/{incident_id}/review/sections/{section}",
    operation_id="write_review",
    response_model=TextVersion,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
)
async def write_section(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    section: Annotated[str, Path(max_length=64, examples=["impact"])],
    new: Annotated[NewText, Body(openapi_examples=example({"text": "40 people, for an hour."}))],
    episode: ReviewedEpisode = None,
) -> TextVersion:
    """Write a new version of a section. With `instead_of`, only if that is the latest one."""
    spend(request, CHANGED_REVIEWS, caller)
    by = acting_as(request, caller, new.by)
    seen = await reviewed_for(caller, backend, incident_id, episode)
    review = await review_of(backend.records, seen.view)
    return await write(backend.records, backend.policy.current(), review, section, new, by)


@of_incidents.post(
    "/{incident_id}/review/steps",
    operation_id="step_of_review",
    response_model=Review,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503, 504),
)
async def step(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    asked: Annotated[
        StepAsked,
        Body(
            openapi_examples=example(
                {"do": "add_action", "title": "Replace the disk", "owner": "ana", "due": "14d"}
            )
        ),
    ],
    episode: ReviewedEpisode = None,
) -> Review:
    """Assign it, add or change an action item, close it or reopen it."""
    spend(request, CHANGED_REVIEWS, caller)
    given = asked.model_copy(update={"by": acting_as(request, caller, asked.by)})
    return await stepped_for(caller, backend, incident_id, episode, given)


@of_incidents.get(
    "/{incident_id}/review/export",
    operation_id="export_review",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/markdown": {"schema": {"type": "string"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            }
        },
        **documented(401, 403, 404, 409, 422, 503, 504),
    },
)
async def export(
    backend: TheBackend,
    caller: Responder,
    incident_id: IncidentId,
    episode: ReviewedEpisode = None,
    form: Annotated[DocumentFormat, Query(alias="format")] = DocumentFormat.MARKDOWN,
) -> Response:
    """The review as a document, in Markdown or as PDF. It is on record who took it."""
    seen = await reviewed_for(caller, backend, incident_id, episode)
    shown = await shown_review(backend.records, backend.policy.current(), seen.view)
    document = await review_document(shown, form)
    what = f"the review of {incident_id}, episode {seen.view.episode}"
    event = from_here(AuditEvent(AuditKind.EXPORTED, by=caller.name, detail=what))
    await asyncio.to_thread(backend.records.audit.record, event)
    name = f"review-{incident_id}-{seen.view.episode}{form.ending}"
    return Response(
        document,
        media_type=form.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


async def reviewed_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None
) -> Seen:
    """The episode whose review the caller wants, as they see it.

    Raises:
        NoSuchIncident: there is none, or none that they may know of; or it has no review.
        Problem: 403 for its reporter.
    """
    seen = await _closed_for(caller, backend, incident_id, episode, reviewed=True)
    await review_of(backend.records, seen.view)
    return seen


async def _closed_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None, *, reviewed: bool
) -> Seen:
    """An episode as it is on record, else as Temporal has it; without one the latest, of those that
    are reviewed and that the caller finds.
    """
    records, tried = backend.records, [episode]
    if episode is None and reviewed:
        tried = [*await asyncio.to_thread(records.reviews.episodes, incident_id), None]
    for which in tried:
        view = await asyncio.to_thread(records.incidents.get, incident_id, which)
        with suppress(NoSuchIncident):  # they may find another episode
            if view:
                seen = seen_as(caller, backend, LookupResult(view))
                break
    else:
        seen = await found_for(caller, backend, incident_id, episode)
    must_have(seen, Role.RESPONDER)
    return seen


async def asked_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None, *, by: str, why: str
) -> Review:
    """Have a review begin; raises as `ask_for_review`, and for who may not."""
    seen = await _closed_for(caller, backend, incident_id, episode, reviewed=False)
    now = datetime.now(UTC)
    review = await ask_for_review(backend.records, seen.view, by=by, why=why, at=now)
    event = changed_event(review, by, "asked for")
    await backend.audit.record(event.acted_by(caller.name, by))
    return review


async def stepped_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None, asked: StepAsked
) -> Review:
    """Do a step; raises as `do_asked`, and for who may not."""
    seen = await reviewed_for(caller, backend, incident_id, episode)
    review = await review_of(backend.records, seen.view)
    policy = await asyncio.to_thread(backend.policy.current)

    async def connected() -> Client:
        return backend.client

    now = datetime.now(UTC)
    after = await do_asked(connected, policy, backend.records, review, asked, now)
    event = changed_event(after, asked.by, asked.words)
    await backend.audit.record(event.acted_by(caller.name, asked.by))
    return after
