"""The forms of the incident page: what somebody does is done at once, or refused in words."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.access import set_by_the_door
from standfast.api.backend import TheBackend
from standfast.api.caller_budgets import SENT_ACTIONS, spend
from standfast.api.carry_out import carry_out
from standfast.api.incidents import Episode
from standfast.api.problem_details import Problem
from standfast.api.visible import found_for, must_have
from standfast.console.csrf import checked, typed_in
from standfast.console.errors import PageRoute
from standfast.console.incident_page import RefusedAction, known_shape, show
from standfast.console.once import attempt_of
from standfast.console.viewer import Viewer
from standfast.incidents.actions import ActionDescription, description_of
from standfast.incidents.actions.escalate import FROM_TIER
from standfast.incidents.actions.fields import Checkbox, TextList
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.messages.problems import problems

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.post("/incidents/{incident_id}/{action}", dependencies=[Depends(checked)])
async def do(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    incident_id: str,
    action: str,
    episode: Episode = None,
) -> Response:
    """Do it, and show the incident; where it was refused, with the reason and what was typed.

    episode: the closed one on whose page the form stood.
    """
    identity = known_shape(incident_id)
    described = _offered(action)
    asked = described.action
    if not caller.role.may(described.role):
        raise Problem(403, detail=f"{described.button}: this needs the role {described.role}")
    spend(request, SENT_ACTIONS, caller)
    if not described.after_close:
        episode = None
    must_have(await found_for(caller, backend, identity, episode), described.role)
    typed, model = await typed_in(request), described.payload
    from_tier = typed.pop(FROM_TIER, "")  # as the page showed it: nobody has typed it
    shown = {FROM_TIER: from_tier} if from_tier and FROM_TIER in model.model_fields else {}
    try:
        given = (
            fields_typed(described, typed) | {"by": caller.name} | set_by_the_door(caller, model)
        )
        meant_for = {"episode": episode} if described.after_close else {}
        payload = model.model_validate(given | meant_for | shown)
    except ValidationError as error:
        wrong = beside_fields(problems(error, described.payload.model_fields))
        tried = RefusedAction(asked, "Please look at the fields.", typed, wrong)
        return await show(
            request, backend, caller, identity, episode=episode, tried=tried, status=422
        )
    try:
        if other := getattr(payload, "other", ""):
            await found_for(caller, backend, other)
        await carry_out(
            caller, backend, identity, described, payload, update_id=attempt_of(request)
        )
    except (Refused, NoSuchIncident) as why:
        words = str(why).removeprefix(f"{identity}: ")
        tried = RefusedAction(asked, f"{words[:1].upper()}{words[1:]}.", typed)
        return await show(
            request, backend, caller, identity, episode=episode, tried=tried, status=409
        )
    where = f"episode={episode}&" if episode else ""
    return RedirectResponse(f"/incidents/{identity}?{where}did={asked}", 303)


def _offered(name: str) -> ActionDescription:
    """The action of that name. Problem: 404 where no form is for it."""
    with suppress(KeyError):
        if (described := description_of(name)).offered:
            return described
    raise Problem(404, detail=f"nothing is called {name[:60]!r} that one could do here")


def beside_fields(told: tuple[str, ...]) -> dict[str, str]:
    """Lines like `title: is missing` by the field that they are about; of several, together."""
    found: dict[str, str] = {}
    for line in told:
        field, _, words = line.partition(": ")
        name = field.partition(".")[0]
        found[name] = f"{found[name]}; {words}" if name in found else words
    return found


def fields_typed(described: ActionDescription, typed: dict[str, str]) -> dict[str, Any]:
    """What was typed as the fields of a payload; what was left empty is not given."""
    given: dict[str, Any] = {}
    for field in described.fields:
        text = typed.get(field.name, "")
        if not text.strip():
            continue
        if isinstance(field, TextList):
            given[field.name] = [line for line in text.splitlines() if line.strip()]
        else:
            given[field.name] = True if isinstance(field, Checkbox) else text
    return given
