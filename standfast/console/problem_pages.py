"""Problems: the list of what happened more than once, and the page of each."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.problem_details import Problem
from standfast.api.problems import changed, problem_for, problems_for
from standfast.console.csrf import checked
from standfast.console.episodes_svg import episodes_svg
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.incident_page import known_shape
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.problem import (
    ProblemLink,
    ProblemName,
    ProblemResult,
    held_in_words,
)
from standfast.incidents.roles import Role
from standfast.lookup.problems import UNLESS_ASKED, link, name, unlink
from standfast.messages.message import words_of
from standfast.messages.problems import problems

PATH = "/problems"

_DONE = {
    "link": "Both are one problem now.",
    "unlink": "Taken out. What is left is one problem still.",
    "name": "Its title and owner are set.",
}

Asked = TypeVar("Asked", bound=BaseModel)

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(PATH)
async def listed(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    since: str = "",
    team: str = "",
    service: str = "",
) -> Response:
    """The list. Its address is what it shows."""
    _must_respond(caller)
    found = await problems_for(caller, backend, since, team, service)
    policy = backend.policy.current()
    return page(
        request,
        "problems.html",
        caller=caller,
        found=found,
        teams=sorted(policy.teams),
        services=sorted(policy.services),
        asked={"since": since or UNLESS_ASKED, "team": team, "service": service},
    )


@router.get(PATH + "/{problem_id}")
async def shown(
    request: Request, backend: TheBackend, caller: Viewer, problem_id: str, did: str = ""
) -> Response:
    """The page of the problem of which an incident is a part."""
    _must_respond(caller)
    found = await problem_for(caller, backend, known_shape(problem_id))
    now, policy = datetime.now(UTC), backend.policy.current()
    return page(
        request,
        "problem_of_incidents.html",
        caller=caller,
        problem=found,
        owners=sorted({*policy.people, *policy.teams}),
        latest_first=list(reversed(found.episodes)),
        picture=episodes_svg(found, now),
        held=lambda fix: held_in_words(fix, now),
        span=lambda seconds: words_of(timedelta(seconds=seconds)),
        done=_DONE.get(did, ""),
    )


@router.post(PATH + "/{problem_id}/link", dependencies=[Depends(checked)])
async def linked(request: Request, caller: Viewer, problem_id: str) -> Response:
    """Put the incident `to` into it."""
    _must_respond(caller)
    identity, form = known_shape(problem_id), await _typed(request)
    asked = _valid(ProblemLink, {"to": form.get("to", ""), "by": caller.name})
    done = await changed(request, caller, identity, asked, link)
    return _then("link", done, identity)


@router.post(PATH + "/{problem_id}/unlink", dependencies=[Depends(checked)])
async def unlinked(request: Request, caller: Viewer, problem_id: str) -> Response:
    """Take the incident `to` out of it."""
    _must_respond(caller)
    identity, form = known_shape(problem_id), await _typed(request)
    asked = _valid(ProblemLink, {"to": form.get("to", ""), "by": caller.name})
    done = await changed(request, caller, identity, asked, unlink)
    return _then("unlink", done, identity)


@router.post(PATH + "/{problem_id}/name", dependencies=[Depends(checked)])
async def named(request: Request, caller: Viewer, problem_id: str) -> Response:
    """Give it the title and the owner of the form; empty ones take them away.

    What was not changed there stays as it is, also if somebody else has changed it meanwhile.
    """
    _must_respond(caller)
    identity, form = known_shape(problem_id), await _typed(request)
    given = {
        key: form[key]
        for key in ("title", "owner")
        if key in form and form[key] != form.get(f"{key}_before")
    }
    if not given:
        return RedirectResponse(f"{PATH}/{identity}", 303)
    asked = _valid(ProblemName, {**given, "by": caller.name})
    done = await changed(request, caller, identity, asked, name)
    return _then("name", done, identity)


def _then(did: str, done: ProblemResult, incident_id: str) -> Response:
    if done.problem is None:  # what is left happened once
        return RedirectResponse(f"/incidents/{incident_id}", 303)
    return RedirectResponse(f"{PATH}/{done.problem.problem_id}?did={did}", 303)


async def _typed(request: Request) -> Mapping[str, str]:
    return {key: str(value) for key, value in (await form_of(request)).items()}


def _valid(model: type[Asked], fields: Mapping[str, object]) -> Asked:
    """Problem: 422 with a line for each field that is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Problem(422, detail="; ".join(problems(error, model.model_fields))) from None


def _must_respond(caller: Caller) -> None:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
