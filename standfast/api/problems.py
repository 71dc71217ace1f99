"""Problems: list what happened more than once, show one, link incidents, name one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Query, Request

from standfast.api.access import Caller, acting_as
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.bodies import body_of, example, json_only
from standfast.api.caller_budgets import CHANGED_PROBLEMS, spend
from standfast.api.incidents import Episode, IncidentId, Reporter, Responder
from standfast.api.problem_details import Problem, documented
from standfast.api.visible import found_for, must_have_names, note_opened, reader_of
from standfast.decisions.article_review import terms_at
from standfast.incidents import problem as models
from standfast.incidents.confidentiality import Reader
from standfast.incidents.roles import Role
from standfast.incidents.visibility import Responders
from standfast.lookup import problems as lookup
from standfast.messages.message import Message
from standfast.records.store import RecordStore

Asked = TypeVar("Asked", models.ProblemLink, models.ProblemName)

router = APIRouter(prefix="/api/problems", tags=["problems"])
of_incidents = APIRouter(prefix="/api/incidents", tags=["problems"])

_LINK = body_of(models.ProblemLink)
_NAME = body_of(models.ProblemName)
_SINCE = (
    "Of which something was reported from then on: 2026, 2026-10, 2026-10-05, 2026-10-05T14:30 in "
    "UTC, or 7d for seven days ago. Else 90d."
)


class Standing(Message):
    """How an episode stands in its problem; None where it is in none."""

    problem: Responders[models.ProblemStanding | None] = None


@router.get(
    "",
    operation_id="list_problems",
    response_model=models.ProblemList,
    responses=documented(401, 403, 422, 503),
)
async def listed(
    backend: TheBackend,
    caller: Responder,
    since: Annotated[str, Query(max_length=40, description=_SINCE)] = "",
    team: Annotated[str, Query(max_length=200, description="Only of this team.")] = "",
    service: Annotated[str, Query(max_length=200, description="Only of this service.")] = "",
) -> models.ProblemList:
    """List what happened more than once, the most frequent first; of what the caller finds."""
    return await problems_for(caller, backend, since, team, service)


@router.get(
    "/{incident_id}",
    operation_id="show_problem",
    response_model=models.Problem,
    responses=documented(401, 403, 404, 503),
)
async def show(backend: TheBackend, caller: Responder, incident_id: IncidentId) -> models.Problem:
    """Show the problem of which an incident is a part: its episodes, and what held how long."""
    return await problem_for(caller, backend, incident_id)


@router.post(
    "/{incident_id}/link",
    operation_id="link_problem",
    response_model=models.ProblemResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def link(
    request: Request,
    caller: Responder,
    incident_id: IncidentId,
    body: Annotated[_LINK, Body(openapi_examples=example({"to": "INC-7F3K2QXWM4"}))],  # type: ignore[valid-type]
) -> models.ProblemResult:
    """Put another incident, and what belongs to it, into the problem; both may be closed."""
    asked: Any = body
    given = models.ProblemLink(to=asked.to, by=acting_as(request, caller, asked.by))
    return await changed(request, caller, incident_id, given, lookup.link)


@router.post(
    "/{incident_id}/unlink",
    operation_id="unlink_problem",
    response_model=models.ProblemResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def unlink(
    request: Request,
    caller: Responder,
    incident_id: IncidentId,
    body: Annotated[_LINK, Body(openapi_examples=example({"to": "INC-7F3K2QXWM4"}))],  # type: ignore[valid-type]
) -> models.ProblemResult:
    """Take another incident out of the problem; what is left stays together."""
    asked: Any = body
    given = models.ProblemLink(to=asked.to, by=acting_as(request, caller, asked.by))
    return await changed(request, caller, incident_id, given, lookup.unlink)


@router.post(
    "/{incident_id}/name",
    operation_id="name_problem",
    response_model=models.ProblemResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def name(
    request: Request,
    caller: Responder,
    incident_id: IncidentId,
    body: Annotated[_NAME, Body(openapi_examples=example({"title": "The old switch"}))],  # type: ignore[valid-type]
) -> models.ProblemResult:
    """Give it a title and an owner; what is left out stays.

    Whoever finds one of its incidents reads them.
    """
    asked: Any = body
    by = acting_as(request, caller, asked.by)
    given = models.ProblemName(title=asked.title, owner=asked.owner, by=by)
    return await changed(request, caller, incident_id, given, lookup.name)


@of_incidents.get(
    "/{incident_id}/problem",
    operation_id="problem_of_incident",
    response_model=Standing,
    responses=documented(401, 403, 404, 422, 503, 504),
)
async def standing(
    backend: TheBackend,
    caller: Reporter,
    incident_id: IncidentId,
    episode: Episode = None,
) -> Standing:
    """Show how often it happened, and how long the last fix held; None to its reporter."""
    seen = await found_for(caller, backend, incident_id, episode)
    if not seen.role.may(Role.RESPONDER):
        return Standing()
    reader = reader_of(caller, backend)
    return Standing(problem=await lookup.standing_of(backend.records, seen.view, reader))


async def problems_for(
    caller: Caller, backend: Backend, since: str, team: str, service: str
) -> models.ProblemList:
    """The problems that these texts ask for, of what the caller finds.

    Invalid: a text cannot be read, or nothing has that name; names it.
    """
    query = lookup.asked(since=since, team=team, service=service, now=datetime.now(UTC))
    await must_have_names(caller, backend, {"team": team, "service": service})
    return await lookup.problems(backend.records, query, reader_of(caller, backend))


async def problem_for(caller: Caller, backend: Backend, incident_id: str) -> models.Problem:
    """The problem of which an incident is a part, of what the caller finds.

    Raises:
        NoSuchIncident: the caller finds no such incident.
        Problem: 404 where it happened once only.
    """
    found = await lookup.problem(
        backend.records,
        incident_id,
        reader_of(caller, backend),
        terms=terms_at(backend.policy.current(), datetime.now(UTC)),
    )
    if found is None:
        raise Problem(404, detail=lookup.happened_once(incident_id))
    await note_opened(caller, backend, found.incident_ids if found else ())
    return found


async def changed(
    request: Request,
    caller: Caller,
    incident_id: str,
    asked: Asked,
    change: Callable[[RecordStore, str, Asked, Reader | None], Awaitable[models.ProblemResult]],
) -> models.ProblemResult:
    """Change the problem of which an incident is a part, of what the caller finds.

    Raises:
        NoSuchIncident: the caller does not find all incidents that it is about.
        Invalid: its owner would be nobody of the policy.
        Refused: it is so already, or makes no sense.
        Problem: 429 where these were too many.
    """
    spend(request, CHANGED_PROBLEMS, caller)
    backend = backend_of(request)
    lookup.must_have_owner(backend.policy.current(), asked)
    done = await change(backend.records, incident_id, asked, reader_of(caller, backend))
    event = lookup.changed_event(incident_id, asked, change.__name__)
    await backend.audit.record(event.acted_by(caller.name, asked.by))
    await note_opened(caller, backend, done.problem.incident_ids if done.problem else ())
    return done
