"""The open incidents for which somebody was paged: who has each, and a button that takes it."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.problem_details import Problem
from standfast.api.visible import seen_by
from standfast.console.errors import PageRoute
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.available_actions import available_actions
from standfast.incidents.confidentiality import as_reader
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.intake.errors import NoSuchIncident
from standfast.records.errors import RecordsUnavailable

PATH = "/my-pages"

_MOST = 50
_PATIENCE = 2.0
"""Seconds to wait for how the incidents stand, which comes from each one's history."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class PagedIncident(NamedTuple):
    """An incident for which somebody was paged, `paged_at` the last time.

    has_it: who has it since when, in words; empty while nobody does.
    may_acknowledge: whether the button makes sense for them now.
    """

    view: IncidentView
    paged_at: datetime
    has_it: str
    may_acknowledge: bool


@router.get(PATH)
async def my_pages(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """The page, the latest page first."""
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
    person = backend.policy.current().person_signed_in_as(caller.name)
    notes: list[str] = []
    paged: list[PagedIncident] = []
    try:
        ids = await asyncio.to_thread(_naming, backend, person)
        notes += await asyncio.to_thread(_silent_devices, backend, person)
    except RecordsUnavailable as away:
        notes.append(f"Your pages cannot be listed now: {away}. The board shows what is open.")
    else:
        if len(ids) > _MOST:
            notes.append(f"Only the latest {_MOST} incidents are looked at. The board shows all.")
            ids = ids[:_MOST]
        views = await request.app.state.latest_views.of(ids, _PATIENCE)
        over = request.app.state.latest_views.closed(ids)
        if unread := len(ids) - len(views) - len(over):
            notes.append(f"{unread} more could not be read in time: load the page again.")
        shown = (_shown(view, backend, caller, person) for view in views.values())
        paged = [each for each in shown if each]
    paged.sort(key=lambda each: each.paged_at, reverse=True)
    return page(
        request,
        "my_pages.html",
        caller=caller,
        person=person,
        paged=paged,
        notes=notes,
        acknowledge=ACTIONS[Action.ACKNOWLEDGE].button,
    )


def _naming(backend: Backend, person: str) -> list[str]:
    """The ids of open incidents in which somebody is named, paged among others; one more than are
    shown, where there are more.
    """
    if not person:
        return []
    found = backend.records.open_incidents.naming(as_reader(person, ()), _MOST + 1)
    return [each.incident_id for each in found]


def _silent_devices(backend: Backend, person: str) -> list[str]:
    """That pages come to no device of somebody to whom the policy sends them there, and why."""
    if not person or not backend.policy.current().people[person].push_channels:
        return []
    devices = backend.records.push_devices.of(person, datetime.now(UTC))
    if any(not each.ended_because for each in devices):
        return []
    told = "None of your devices gets pages: add this one."
    return [f"{told} {devices[0].label}: {devices[0].ended_because}." if devices else told]


def _shown(
    view: IncidentView, backend: Backend, caller: Caller, person: str
) -> PagedIncident | None:
    """How it stands for the caller, who is that person; None where they were not paged for it."""
    pages = [e.at for e in view.timeline if e.event == "page_sent" and e.person == person]
    if view.status == "closed" or not pages:
        return None
    try:
        seen = seen_by(caller, backend, view)
    except NoSuchIncident:
        return None
    owner = view.acknowledged_by or ""
    who = owner if owner == person else caller.name
    owned = backend.page_answers.has_it(view, who, signed_in=True)
    can = available_actions(seen, caller.name, caller.role)
    return PagedIncident(seen, max(pages), owned.words if owned else "", Action.ACKNOWLEDGE in can)
