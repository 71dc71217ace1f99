"""The open incidents for which somebody was paged: who has each, and a button that takes it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.problems import Problem
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
    people = backend.policy.current().people_known_as(caller.name)
    notes: list[str] = []
    paged: list[PagedIncident] = []
    try:
        ids = await asyncio.to_thread(_naming, backend, people)
    except RecordsUnavailable as away:
        notes.append(f"Your pages cannot be listed now: {away}. The board shows what is open.")
    else:
        views = await request.app.state.latest_views.of(ids, _PATIENCE)
        over = request.app.state.latest_views.closed(ids)
        if unread := len(ids) - len(views) - len(over):
            notes.append(f"{unread} more could not be read in time: load the page again.")
        shown = (_shown(view, backend, caller, people) for view in views.values())
        paged = [each for each in shown if each]
    paged.sort(key=lambda each: each.paged_at, reverse=True)
    return page(
        request,
        "my_pages.html",
        caller=caller,
        people=people,
        paged=paged,
        notes=notes,
        acknowledge=ACTIONS[Action.ACKNOWLEDGE].button,
    )


def _naming(backend: Backend, people: Sequence[str]) -> list[str]:
    """The ids of open incidents in which these people are named, paged among others."""
    listed = backend.records.open_incidents
    found = [listed.naming(as_reader(person, ()), _MOST) for person in people]
    return list(dict.fromkeys(each.incident_id for lines in found for each in lines))[:_MOST]


def _shown(
    view: IncidentView, backend: Backend, caller: Caller, people: Sequence[str]
) -> PagedIncident | None:
    """How it stands for the caller, who is these people; None where they were not paged for it."""
    pages = [e.at for e in view.timeline if e.event == "page_sent" and e.person in people]
    if view.status == "closed" or not pages:
        return None
    try:
        seen = seen_by(caller, backend, view)
    except NoSuchIncident:
        return None
    owner = view.acknowledged_by or ""
    who = owner if owner in people else caller.name
    owned = backend.page_answers.has_it(view, who, signed_in=True)
    can = available_actions(seen, caller.name, caller.role)
    return PagedIncident(seen, max(pages), owned.words if owned else "", Action.ACKNOWLEDGE in can)
