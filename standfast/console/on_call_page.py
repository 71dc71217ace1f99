"""Who is on call in each tier of each team now, until when, and who is next."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from standfast.api.backend import Backend, TheBackend
from standfast.api.on_call import schedules_of
from standfast.api.problem_details import Problem
from standfast.console.errors import PageRoute
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.decisions.on_call import on_call_at
from standfast.incidents.roles import Role
from standfast.policy import Policy
from standfast.policy.page_targets import Vendor

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class Turn(NamedTuple):
    """Who is on call in a tier; `until` is in the zone of its schedule."""

    tier: str
    on_call: str
    name: str
    until: datetime | None
    then: str
    because: str


class OnCall(NamedTuple):
    """The tiers of a team, the first line first."""

    key: str
    title: str
    turns: tuple[Turn, ...]


@router.get("/on-call")
async def on_call(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """The page, for those who work with it."""
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
    teams, problems = await asyncio.to_thread(_now, backend, datetime.now(UTC))
    return page(request, "on_call.html", caller=caller, teams=teams, problems=problems)


def _now(backend: Backend, at: datetime) -> tuple[list[OnCall], tuple[str, ...]]:
    policy = backend.policy.current()
    schedules = schedules_of(backend)
    dated = schedules.dated_shifts(policy, set(policy.teams), at)
    teams, on_call = [], []
    for key, team in policy.teams.items():
        found = [(tier.name, on_call_at(tier, key, at, dated)) for tier in team.tiers]
        on_call += [one.on_call for tier, one in found if one.on_call and tier != Vendor.word]
        turns = tuple(
            Turn(
                tier,
                each.on_call,
                _name(policy, each.on_call),
                each.until,
                (_name(policy, each.then) or "nobody") if each.until else "–",
                each.because or ("their turn" if each.until else "always"),
            )
            for tier, each in found
        )
        teams.append(OnCall(key, team.title, turns))
    return teams, (*dated.problems, *schedules.demands_not_met(policy, on_call))


def _name(policy: Policy, person: str) -> str:
    known = policy.people.get(person)
    return known.name if known else person
