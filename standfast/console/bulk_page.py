"""One action on several incidents: a page that asks once more, and one with what became of each."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.bulk import (
    act_on_each,
    described_for_several,
    payload_for,
    spend_for_each,
)
from standfast.api.idempotency import hash_of
from standfast.api.problem_details import Problem
from standfast.api.search import searcher_of
from standfast.console.actions import beside_fields, fields_typed
from standfast.console.csrf import checked, typed_in
from standfast.console.errors import PageRoute
from standfast.console.incident_page import policy_choices
from standfast.console.once import once_of
from standfast.console.rendering import page
from standfast.console.search_page import address_of, search_address
from standfast.console.viewer import Viewer
from standfast.incidents.actions import ActionDescription
from standfast.incidents.bulk import MOST_AT_ONCE, BulkResult, Target, read_target
from standfast.incidents.person import PersonAction
from standfast.incidents.roles import Role
from standfast.incidents.search_entry import IndexedIncident
from standfast.incidents.search_query import LONGEST_QUERY
from standfast.messages.problems import problems

PATH = "/bulk"

_AGAIN_WITHIN = 20
"""Seconds to wait for the answer of the same form, which was sent before."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)

From = Annotated[str, Query(alias="q", max_length=10 * LONGEST_QUERY)]


class Line(NamedTuple):
    """An incident that was chosen. incident: as it is indexed; None where the caller finds none."""

    target: Target
    address: str
    incident: IndexedIncident | None


@router.get(PATH)
async def confirm(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    action: str = "",
    incident: Annotated[list[str] | None, Query()] = None,
    query: From = "",
) -> Response:
    """What would be done to which incidents, and a form that does it. It changes nothing.

    Problem: 404 where whoever asks finds none of them.
    """
    described, targets = _asked(caller, action, incident or [])
    return await _form(request, backend, caller, described, targets, query)


@router.post(PATH, dependencies=[Depends(checked)])
async def do(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Do it, and show what became of each; or the form with what is wrong in it."""
    typed = await typed_in(request)
    query = typed.get("q", "")
    described, targets = _asked(caller, typed.get("action", ""), typed.get("incidents", "").split())
    try:
        payload = payload_for(request, caller, described, fields_typed(described, typed))
    except ValidationError as error:
        wrong = beside_fields(problems(error, described.payload.model_fields))
        return await _form(
            request, backend, caller, described, targets, query, typed=typed, wrong=wrong
        )
    spend_for_each(request, caller, targets)
    result = await _done(backend, caller, described, payload, targets, once_of(request))
    by_target = {str(line.target): line for line in await _lines(backend, caller, targets)}
    refused = [each.incident for each in result.outcomes if not each.done]
    again = {"action": described.action, "incident": refused, "q": query}
    return page(
        request,
        "bulk_result.html",
        caller=caller,
        described=described,
        result=result,
        lines=[(by_target[each.incident], each) for each in result.outcomes],
        again=f"{PATH}?{urlencode(again, doseq=True)}" if refused else "",
        back=search_address(query),
    )


async def _done(
    backend: Backend,
    caller: Caller,
    described: ActionDescription,
    payload: PersonAction,
    targets: Sequence[Target],
    once: str,
) -> BulkResult:
    """What became of each; the same for a form that is sent twice, also while the first runs."""
    asked = f"{once} {payload.model_dump_json()} {' '.join(map(str, targets))}"
    key = hash_of(asked) if once else None
    for _ in range(_AGAIN_WITHIN):
        try:
            return await act_on_each(backend, caller, described, payload, targets, key)
        except Problem as problem:
            if problem.status != 409:
                raise
        await asyncio.sleep(1)
    raise Problem(503, detail="this form was sent before, and is still being worked on")


async def _form(
    request: Request,
    backend: Backend,
    caller: Caller,
    described: ActionDescription,
    targets: Sequence[Target],
    query: str,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    lines = await _lines(backend, caller, targets)
    if not any(line.incident for line in lines):
        raise Problem(404, detail="there are no such incidents")
    return page(
        request,
        "bulk.html",
        caller=caller,
        status=422 if wrong else 200,
        described=described,
        lines=lines,
        incidents=" ".join(map(str, targets)),
        typed=defaultdict(str, typed or {}),
        wrong=defaultdict(str, wrong or {}),
        from_policy=policy_choices(backend),
        query=query,
        back=search_address(query),
    )


def _asked(
    caller: Caller, action: str, written: Sequence[str]
) -> tuple[ActionDescription, list[Target]]:
    """What is to be done, and to what. Problem: 403 or 422, where that cannot be."""
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
    try:
        described = described_for_several(action)
        targets = list(dict.fromkeys(map(read_target, written)))
    except ValueError as wrong:
        raise Problem(422, "Nothing was done", str(wrong)) from None
    if not targets:
        raise Problem(422, "Nothing is chosen", "go back, and choose the incidents")
    if len(targets) > MOST_AT_ONCE:
        most = f"{len(targets)} incidents are chosen; at most {MOST_AT_ONCE} go at once"
        raise Problem(422, "Too many are chosen", most)
    return described, targets


async def _lines(backend: Backend, caller: Caller, targets: Sequence[Target]) -> list[Line]:
    """The incidents as the caller finds them; the latest episode where none is named."""
    ids = [target.incident_id for target in targets]
    searcher = searcher_of(caller, backend)
    found = await asyncio.to_thread(backend.records.search.of, ids, searcher)
    known: dict[Target, IndexedIncident] = {}
    for each in sorted(found, key=lambda one: one.incident.episode):
        incident = each.incident
        known[Target(incident.incident_id, incident.episode)] = incident
        known[Target(incident.incident_id)] = incident
    return [
        Line(target, address_of(target.incident_id, target.episode), known.get(target))
        for target in targets
    ]
