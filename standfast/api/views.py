"""Views that people name: list them, name one, remove one."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request

from standfast.api.access import acting_as
from standfast.api.backend import TheBackend
from standfast.api.bodies import AUTHOR, body_of, example, json_only
from standfast.api.caller_budgets import NAMED_VIEWS, spend
from standfast.api.incidents import Reporter
from standfast.api.problem_details import Problem, documented
from standfast.hosting.audit import noting
from standfast.incidents.named_view import LONGEST_VIEW_NAME, NamedView, NewView
from standfast.incidents.roles import Role
from standfast.lookup.named_views import remove_view, save_view, views_for

router = APIRouter(prefix="/api/views", tags=["incidents"])

_NEW = body_of(NewView)
_EXAMPLE = {"name": "Certificates", "query": "certificate* since:90d", "team": "network"}

Person = Annotated[
    str,
    Query(
        alias=AUTHOR,
        max_length=200,
        description="Whose; only operators may name another than the caller.",
    ),
]


@router.get(
    "",
    operation_id="views",
    response_model=tuple[NamedView, ...],
    responses=documented(401, 403, 422, 503),
)
async def views(
    request: Request,
    backend: TheBackend,
    caller: Reporter,
    by: Person = "",
    *,
    shared: Annotated[bool, Query(description="For operators.")] = False,
) -> tuple[NamedView, ...]:
    """List the caller's views, and those that others share with their teams.

    `shared=true`: all that anybody shares with any team.
    """
    if shared:
        if not caller.role.may(Role.OPERATOR):
            raise Problem(403, detail=f"this needs the role {Role.OPERATOR}")
        return await asyncio.to_thread(backend.records.named_views.shared)
    person = acting_as(request, caller, by)
    return await asyncio.to_thread(views_for, backend.records, backend.policy.current(), person)


@router.put(
    "",
    operation_id="save_view",
    response_model=NamedView,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 413, 415, 422, 503),
)
async def save(
    request: Request,
    backend: TheBackend,
    caller: Reporter,
    body: Annotated[_NEW, Body(openapi_examples=example(_EXAMPLE))],  # type: ignore[valid-type]
) -> NamedView:
    """Name a view; one of the same name is replaced, and the same again changes nothing."""
    spend(request, NAMED_VIEWS, caller)
    given: dict[str, Any] = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
    person = acting_as(request, caller, given.get(AUTHOR, ""))
    new = NewView.model_validate(given | {AUTHOR: person})
    policy, note = backend.policy.current(), noting(backend.records, caller.name)
    return await asyncio.to_thread(save_view, backend.records, policy, new, note)


@router.delete(
    "",
    operation_id="remove_view",
    response_model=NamedView,
    responses=documented(401, 403, 404, 422, 503),
)
async def remove(
    request: Request,
    backend: TheBackend,
    caller: Reporter,
    name: Annotated[str, Query(max_length=4 * LONGEST_VIEW_NAME)],
    by: Person = "",
) -> NamedView:
    """Remove a view of the caller; for an operator, of somebody else."""
    spend(request, NAMED_VIEWS, caller)
    person, note = acting_as(request, caller, by), noting(backend.records, caller.name)
    return await asyncio.to_thread(remove_view, backend.records, person, name, note)
