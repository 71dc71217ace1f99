"""The one gate for reading incidents: which exist for somebody, and what of each they see."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from standfast.api.access import Caller
from standfast.api.backend import Backend
from standfast.api.problem_details import Problem
from standfast.incidents import names
from standfast.incidents.confidentiality import ADMINISTRATORS, Reader, as_reader, role_in
from standfast.incidents.record import IncidentView, LookupResult
from standfast.incidents.roles import Role
from standfast.incidents.search_query import Field
from standfast.incidents.told_of_others import (
    articles_told_of,
    episodes_told_of,
    without_what_is_hidden,
)
from standfast.incidents.visibility import project
from standfast.intake.errors import Invalid, NoSuchIncident
from standfast.lookup.known_names import unknown_names
from standfast.lookup.overview import RPC_LIMIT
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.errors import RecordsUnavailable
from standfast.records.search import Searcher

ANSWER_WITHIN = 7.0
"""Seconds to answer a request: more than a worker has, so that its timeout is reported as such."""


class Seen(NamedTuple):
    """An incident as somebody sees it; notes are for responders.

    role: in which they see it: also a responder is a reporter to what only their report leads to.
    in_temporal: whether Temporal still keeps its run.
    """

    view: IncidentView
    notes: tuple[str, ...]
    role: Role
    in_temporal: bool = True


async def found_for(
    caller: Caller, backend: Backend, incident_id: str, episode: int | None = None
) -> Seen:
    """An incident as the caller sees it.

    Raises:
        NoSuchIncident: there is none, or none that they may know of; the words are the same.
        Unavailable: this version of Standfast cannot read it.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            found = await backend.lookup.find(incident_id, episode)
            view = await _without_what_is_hidden(caller, backend, found.view)
        return seen_as(caller, backend, found._replace(view=view))
    except NoSuchIncident:
        which = f" with an episode {episode}" if episode else ""
        raise NoSuchIncident(f"there is no incident {incident_id}{which}") from None


def seen_as(caller: Caller, backend: Backend, found: LookupResult) -> Seen:
    """An incident that was looked up, as the caller sees it; what an administrator reads only
    because they are one goes on record.

    Raises:
        NoSuchIncident: they may not know of it.
    """
    view = seen_by(caller, backend, found.view)
    role = _role(caller, backend, found.view) or Role.REPORTER
    if _breaks_glass(caller, backend, found.view):
        # Its own detail, so that each incident is an entry, however often it is looked at.
        detail = f"opened {view.incident_id}"
        backend.audit.count(AuditEvent(AuditKind.BREAK_GLASS, by=caller.name, detail=detail))
    notes = found.notes if role.may(Role.RESPONDER) else ()
    return Seen(view, notes, role, found.in_temporal)


def seen_by(caller: Caller, backend: Backend, view: IncidentView) -> IncidentView:
    """The incident as the caller sees it: a reporter only what concerns them, of their own.

    NoSuchIncident: they may not know of it.
    """
    role = _role(caller, backend, view)
    if role is None:
        raise NoSuchIncident(f"there is no incident {view.incident_id}")
    seen = project(view, caller._replace(role=role))
    access = backend.policy.current().access
    if role is Role.REPORTER and not access.reporters_see_team:
        return seen.model_copy(update={"team": None})
    if _sees_own_team_only(caller, backend) and (view.similar or view.open_actions):
        # They were looked up before the policy said so, and may be another team's.
        return seen.model_copy(update={"similar": (), "open_actions": None})
    return seen


async def seen_now(caller: Caller, backend: Backend, view: IncidentView) -> IncidentView:
    """As `seen_by`, without what the incident tells of others that they do not find any more.

    NoSuchIncident: they may not know of it.
    """
    return seen_by(caller, backend, await _without_what_is_hidden(caller, backend, view))


def reader_of(caller: Caller, backend: Backend) -> Reader | None:
    """As whom the caller reads lists; None for administrators, who find all."""
    if caller.role.may(Role.ADMINISTRATOR):
        return None
    teams = backend.policy.current().teams_of(caller.name)
    return as_reader(caller.name, teams, own_team=_sees_own_team_only(caller, backend))


def _sees_own_team_only(caller: Caller, backend: Backend) -> bool:
    return backend.policy.current().access.by_team and not caller.role.may(Role.OPERATOR)


async def hidden_from(
    caller: Caller, backend: Backend, incident_ids: Sequence[str]
) -> Collection[str]:
    """Those of these incidents, open or with a review, that do not exist for the caller.

    Without the record store it is known of none, so that is all of them.
    """
    reading = reader_of(caller, backend)
    if reading is None:
        return ()
    listed = backend.records.open_incidents.those_of
    try:
        known = await asyncio.to_thread(listed, incident_ids)
        reviewed = await asyncio.to_thread(
            backend.records.reviews.hidden_from, reading, incident_ids
        )
    except RecordsUnavailable:
        return incident_ids
    return {each for each, line in known.items() if not line.is_found_by(reading)} | reviewed


async def must_be_allowed(
    caller: Caller, backend: Backend, incident_id: str, needed: Role, episode: int | None = None
) -> None:
    """NoSuchIncident where an incident on which the caller wants to act does not exist for them.

    Problem: 403 where they see it, but not in the role that the action needs.

    Of one that all responders find, they need nothing but to name it: what happens to it is then
    said by itself, also where the record store is away.

    episode: the one that is meant, which may have closed; None for the latest.
    """
    if episode is not None:
        must_have(await found_for(caller, backend, incident_id, episode), needed)
        return
    must_look = not caller.role.may(Role.RESPONDER)
    # Also of one that Temporal does not know: it is answered as one that is hidden.
    if must_look or await _may_be_hidden(caller, backend, incident_id) is not False:
        try:
            seen = await found_for(caller, backend, incident_id)
        except NoSuchIncident:
            if caller.role.may(Role.RESPONDER):
                raise NoSuchIncident(f"no incident {incident_id} is open") from None
            raise
        must_have(seen, needed)


def must_have(seen: Seen, needed: Role) -> None:
    """Problem: 403 where somebody does not see the incident in the role that is needed."""
    if not seen.role.may(needed):
        detail = f"this needs the role {needed}; to {seen.view.incident_id} you are its reporter"
        raise Problem(403, detail=detail)


async def must_have_names(caller: Caller, backend: Backend, named: Mapping[Field, str]) -> None:
    """Invalid: a list is narrowed by a name that neither the policy nor anything has that the
    caller finds.
    """
    for kind, line in await unknown_names_for(caller, backend, named):
        raise Invalid(f"{kind}: {line}")


async def unknown_names_for(
    caller: Caller, backend: Backend, named: Mapping[Field, str]
) -> list[tuple[Field, str]]:
    """Those of these names, with a line that says so."""
    if not any(named.values()):
        return []
    searcher = Searcher(caller.name, caller.role, reader_of(caller, backend))
    policy = backend.policy.current()
    return await asyncio.to_thread(unknown_names, backend.records, policy, searcher, named)


async def unreadable(
    caller: Caller, backend: Backend, incident_ids: Collection[str]
) -> Collection[str]:
    """Those of these incidents that somebody who may read runs in Temporal may not read there.

    Nothing there says of which episode it is: who does not find one of them reads none. Without the
    record store it is known of none, so that is all of them.
    """
    reading = reader_of(caller, backend)
    try:
        episodes = await _hidden_episodes(backend, incident_ids, reading)
    except RecordsUnavailable:
        return incident_ids
    hidden = {incident_id for incident_id, _ in episodes}
    for each in set(incident_ids) - hidden:
        if not await _may_read(caller, backend, each):
            hidden.add(each)
    return hidden


async def _may_read(caller: Caller, backend: Backend, incident_id: str) -> bool:
    if await _may_be_hidden(caller, backend, incident_id) is False:
        return True
    try:
        seen = await found_for(caller, backend, incident_id)
    except NoSuchIncident:
        return False
    return seen.role.may(Role.RESPONDER)


async def _hidden_episodes(
    backend: Backend, incident_ids: Collection[str], reader: Reader | None
) -> set[tuple[str, int]]:
    if reader is None or not incident_ids:
        return set()
    return await asyncio.to_thread(backend.records.hidden_episodes.of, incident_ids, reader)


async def _without_what_is_hidden(
    caller: Caller, backend: Backend, view: IncidentView
) -> IncidentView:
    """The incident without what its triage told of other episodes that the caller does not find:
    they may have been made confidential since.
    """
    episodes, articles = episodes_told_of(view), articles_told_of(view)
    reader = reader_of(caller, backend)
    if reader is None or not episodes:
        return view
    try:
        named = {incident_id for incident_id, _ in episodes}
        episodes &= await _hidden_episodes(backend, named, reader)
        if articles:
            search = backend.records.article_search
            articles = await asyncio.to_thread(search.hidden, articles, reader)
    except RecordsUnavailable:
        pass  # it is known of none
    return without_what_is_hidden(view, episodes, articles)


async def _may_be_hidden(caller: Caller, backend: Backend, incident_id: str) -> bool | None:
    """Whether not every responder finds it; None where Temporal does not know it (any more).

    Of one that has closed only its record says so.
    """
    if _sees_own_team_only(caller, backend):
        return True
    try:
        run = await backend.client.get_workflow_handle(incident_id).describe(rpc_timeout=RPC_LIMIT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    if run.status is not WorkflowExecutionStatus.RUNNING:
        return True
    return ADMINISTRATORS in (run.typed_search_attributes.get(names.READERS) or ())


async def note_opened(caller: Caller, backend: Backend, incident_ids: Collection[str]) -> None:
    """Keep on record which of these incidents an administrator reads only because they are one,
    where they read of them by another way than the incident itself.
    """
    if not incident_ids or not caller.role.may(Role.ADMINISTRATOR):
        return
    themselves = as_reader(caller.name, backend.policy.current().teams_of(caller.name))
    hidden = await asyncio.to_thread(backend.records.problems.hidden, incident_ids, themselves)
    for each in sorted(hidden):
        event = AuditEvent(AuditKind.BREAK_GLASS, by=caller.name, detail=f"opened {each}")
        backend.audit.count(event)


def _breaks_glass(caller: Caller, backend: Backend, view: IncidentView) -> bool:
    """Whether an administrator sees it only because they are one."""
    if not view.confidential or not caller.role.may(Role.ADMINISTRATOR):
        return False
    return _role(caller._replace(role=Role.RESPONDER), backend, view) is not Role.RESPONDER


def _role(caller: Caller, backend: Backend, view: IncidentView) -> Role | None:
    return role_in(view, caller.name, caller.role, reader_of(caller, backend))
