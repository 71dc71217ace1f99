"""The one gate for reading an incident: who may know of it, and what of it they see."""

import asyncio

from standfast.api.access import Caller
from standfast.api.backend import Backend
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.visibility import project
from standfast.intake.errors import NoSuchIncident
from standfast.lookup.lookup import LookupResult

ANSWER_WITHIN = 7.0
"""Seconds to answer a request: more than a worker has, so that its timeout is reported as such."""


async def found_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None = None
) -> LookupResult:
    """An incident as the caller sees it; notes are for responders.

    Raises:
        NoSuchIncident: there is none, or none that they may know of.
        Unavailable: this version of Standfast cannot read it.
    """
    async with asyncio.timeout(ANSWER_WITHIN):
        found = await backend.lookup.find(incident_id, episode)
    view = seen_by(caller, found.view)  # where it refuses, in the words of `find`
    return LookupResult(view, found.notes if caller.role.may(Role.RESPONDER) else ())


def seen_by(caller: Caller, view: IncidentView) -> IncidentView:
    """The incident as the caller sees it: a reporter only what concerns them, of their own.

    NoSuchIncident: they may not know of it.
    """
    if not caller.role.may(Role.RESPONDER) and view.report.reporter != caller.name:
        raise NoSuchIncident(f"there is no incident {view.incident_id}")
    return project(view, caller)
