"""One incident: the flowchart with its path, facts, reasons, what happened, and what to do now."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.incidents import Episode
from standfast.api.search import searcher_of
from standfast.api.visible import found_for, reader_of
from standfast.console import wording
from standfast.console.article_panel import article_panel
from standfast.console.chats import shown_in_chats
from standfast.console.errors import PageRoute
from standfast.console.flowchart_svg import flowchart_svg
from standfast.console.rendering import page
from standfast.console.temporal_ui.link import temporal_ui
from standfast.console.viewer import Viewer
from standfast.incidents.actions import Action, RecordAction, all_described
from standfast.incidents.actions.fields import FromPolicy
from standfast.incidents.attachment import PICTURES
from standfast.incidents.available_actions import available_actions
from standfast.incidents.facts import (
    alerts,
    approval,
    category,
    confidential,
    corrected_fields,
    how_it_ended,
    missed,
    raised,
    reporters,
    texts_of,
)
from standfast.incidents.ids import is_incident_id
from standfast.incidents.problem import ProblemStanding
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.roles import Role
from standfast.intake.errors import NoSuchIncident
from standfast.lookup.attachments import kept_files
from standfast.lookup.delivery_trails import day_of, in_words, trails_of
from standfast.lookup.problems import standing_of
from standfast.records.errors import RecordsUnavailable

SHOWN, FOLDED = 40, 400
"""Events of the timeline that are shown at once, and that can be unfolded below those."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_REPORTED = {
    "report": "Reported. Everything that happens to it is shown here.",
    "joined": "This had been reported already: your report has joined the open incident.",
}


class RefusedAction(NamedTuple):
    """An action that was not done: why, what was typed, and what is wrong with which field."""

    action: Action | RecordAction
    words: str
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = {}

    def lost(self, offered: tuple[Action | RecordAction, ...]) -> list[tuple[str, str]]:
        """What was typed into a form that the page does not have any more."""
        return [] if self.action in offered else [pair for pair in self.typed.items() if pair[1]]


@router.get("/incidents/{incident_id}")
async def incident_page(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    incident_id: str,
    episode: Episode = None,
    did: str = "",
) -> Response:
    """The page of an incident, open or closed."""
    return await show(
        request, backend, caller, incident_id, episode=episode, done=_confirmation(did)
    )


async def show(
    request: Request,
    backend: Backend,
    caller: Caller,
    incident_id: str,
    *,
    episode: int | None = None,
    done: str = "",
    tried: RefusedAction | None = None,
    status: int = 200,
) -> Response:
    """The page, perhaps with what was tried in vain.

    Raises:
        NoSuchIncident: there is none of that id that the caller may see.
    """
    identity = known_shape(incident_id)
    view, notes, role, in_temporal = await found_for(caller, backend, identity, episode)
    offered = available_actions(view, caller.name, role)
    actions = all_described()
    first = offered[0] if offered and actions[offered[0]].stands_open else None
    return page(
        request,
        "incident.html",
        caller=caller,
        status=status,
        incident=view,
        notes=notes,
        attachments=await asyncio.to_thread(
            kept_files, backend.settings.data_dir / "attachments", view
        ),
        pictures=PICTURES,
        corrected=corrected_fields(view),
        deliveries=await _deliveries(backend, view, role),
        articles=await article_panel(caller, backend, view, role),
        problem=await _problem(caller, backend, view, role),
        chats=await shown_in_chats(backend.records, view, role),
        asked=[wait for wait in view.waiting_for if wait.until is None],
        clocks=[wait for wait in view.waiting_for if wait.until is not None],
        picture=flowchart_svg(view, datetime.now(UTC)),
        beside=await _episodes_beside(caller, backend, view),
        temporal_ui=in_temporal and temporal_ui(backend.settings, view.incident_id, caller.role),
        facts=list(_facts(view)),
        texts=list(texts_of(view.report)),
        latest_texts=list(texts_of(view.latest)),
        how_it_ended=how_it_ended,
        raised=raised,
        first=first,
        others=[action for action in offered if action is not first],
        actions=actions,
        done=done,
        tried=tried,
        lost=tried.lost(offered) if tried else [],
        **_forms(backend, tried),
        **_timeline(request, view.timeline),
    )


async def _episodes_beside(
    caller: Caller, backend: Backend, view: IncidentView
) -> tuple[int | None, int | None]:
    """The episodes before and after this one that they find."""
    beside = backend.records.search.episodes_beside
    with suppress(RecordsUnavailable):  # the page says so elsewhere
        searcher = searcher_of(caller, backend)
        return await asyncio.to_thread(beside, view.incident_id, view.episode, searcher)
    return None, None


class ProblemPanel(NamedTuple):
    """Whether it happened before. standing: None where it did not; note: or that is not known."""

    standing: ProblemStanding | None = None
    note: str = ""


async def _problem(
    caller: Caller, backend: Backend, view: IncidentView, role: Role
) -> ProblemPanel | None:
    """How it stands in its problem; for responders."""
    if not role.may(Role.RESPONDER):
        return None
    try:
        reader = reader_of(caller, backend)
        return ProblemPanel(await standing_of(backend.records, view, reader))
    except RecordsUnavailable:
        note = "Whether it happened before cannot be looked up now: the record store is away."
        return ProblemPanel(note=note)


async def _deliveries(backend: Backend, view: IncidentView, role: Role) -> list[str]:
    """What became of each message, in words; for responders."""
    if not role.may(Role.RESPONDER):
        return []
    try:
        found = await trails_of(backend.records, view)
    except RecordsUnavailable:
        return ["What became of the messages cannot be looked up now: the record store is away."]
    return [f"{day_of(trail, UTC)} UTC, {in_words(trail, UTC)}" for trail in found]


def _confirmation(did: str) -> str:
    """What the page says first, when it is shown after an action or a report."""
    for action, described in all_described().items():
        if action == did and described.offered:
            return described.confirmation
    return _REPORTED.get(did, "")


def known_shape(incident_id: str) -> str:
    """The id in capitals.

    Raises:
        NoSuchIncident: it cannot be one.
    """
    if not is_incident_id(incident_id.upper()):
        raise NoSuchIncident(f"there is no incident {incident_id[:60]}")
    return incident_id.upper()


def _forms(backend: Backend, tried: RefusedAction | None) -> dict[str, Any]:
    """What stands in the forms of the actions: what was typed, and what can be chosen."""
    typed: dict[str, Mapping[str, str]] = defaultdict(lambda: defaultdict(str))
    wrong: dict[str, Mapping[str, str]] = defaultdict(lambda: defaultdict(str))
    if tried:
        typed[tried.action] = defaultdict(str, tried.typed)
        wrong[tried.action] = defaultdict(str, tried.wrong)
    return {"typed": typed, "wrong": wrong, "from_policy": policy_choices(backend)}


def policy_choices(backend: Backend) -> dict[FromPolicy, list[tuple[str, str]]]:
    """What the policy offers in the choices of forms: each key, with what people call it."""
    policy = backend.policy.current()
    return {
        FromPolicy.TEAMS: [(key, team.title) for key, team in policy.teams.items()],
        FromPolicy.PEOPLE: [(key, person.name) for key, person in policy.people.items()],
    }


def _timeline(request: Request, timeline: tuple[TimelineEntry, ...]) -> dict[str, Any]:
    """The events in the order that is asked for: the first of them, those to unfold, the rest."""
    asked = dict(request.query_params)
    asked.pop("did", None)
    newest_first, everything = asked.get("order") != "oldest", asked.get("events") == "all"
    entries = list(reversed(timeline)) if newest_first else list(timeline)
    most = len(entries) if everything else SHOWN + FOLDED
    other = {**asked, "order": "oldest" if newest_first else "newest"}
    return {
        "newest_first": newest_first,
        "shown": entries[:SHOWN],
        "folded": entries[SHOWN:most],
        "left_out": len(entries[most:]),
        "other_order": urlencode(other),
        "all_events": urlencode({**asked, "events": "all"}),
    }


def _facts(view: IncidentView) -> Iterator[tuple[str, str]]:
    """What is known of it, in pairs; what is not known is left out."""
    report = view.report
    tier = f", tier {view.tier}" if view.tier else ""
    known = {
        "Status": view.status + (f" ({view.outcome})" if view.outcome else ""),
        "Stage": wording.label(view.stage),
        "Priority": view.priority,
        "Impact": view.impact,
        "Urgency": view.urgency,
        "Scope": view.scope,
        "Worse": view.worse and view.worse.words,
        "Pinned": view.pinned_by and f"by {view.pinned_by}: nothing raises it by itself",
        "Alerts": alerts(view),
        "Recovered": view.recovered and f"by the word of {', '.join(view.recovered)}",
        "Service": report.service,
        "Users affected": report.users_affected if report.users_affected != 1 else None,
        "Category": category(view),
        "Likely path": view.likely_path,
        "High impact": wording.yes_or_no(view.high_impact),
        "Critical": wording.yes_or_no(view.critical),
        "Team": view.team and f"{view.team}{tier}",
        "Assignee": view.assignee,
        "Acknowledged": view.acknowledged_by and f"by {view.acknowledged_by}",
        "Commander": view.commander,
        "Confidential": confidential(view),
        "On hold": view.on_hold and f"for {view.on_hold}",
        "Quiet": view.quiet_until and f"until {wording.moment(view.quiet_until)}",
        "Approval": approval(view),
        "Missed": ", ".join(map(missed, view.breaches)),
        "Reopened": f"{view.reopened} times" if view.reopened > 1 else view.reopened and "once",
        "Occurrences": view.occurrences,
        "Reported": f"{wording.moment(view.opened_at)}, by {reporters(view)} ({report.channel})",
        "It began": report.occurred_at and wording.moment(report.occurred_at),
        "Deduplication key": report.dedup_key,
        "Closed": view.closed_at and wording.moment(view.closed_at),
    }
    for name, fact in known.items():
        if fact:
            yield name, str(fact)
