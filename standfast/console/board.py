"""The board: incidents by stage, the most urgent first, filtered by the address."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.backend import Backend, TheBackend
from standfast.api.problems import Problem
from standfast.console.errors import PageRoute
from standfast.console.flowchart_svg import running
from standfast.console.latest_views import LatestViews
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentSummary, IncidentView
from standfast.incidents.roles import Role
from standfast.lookup.overview import IncidentFilter, list_incidents
from standfast.messages.problems import problems

MOST = 1_000
"""The most incidents that are read; of more, the newest."""

PER_PAGE = 50

_PATIENCE = 2.0
"""Seconds to wait for the clocks of a page, which come from each incident's history."""

_SOON = timedelta(minutes=10)

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class Row(NamedTuple):
    """One incident on the board. `until` is when its next clock runs out, `what` happens then."""

    summary: IncidentSummary
    address: str
    owner: str = ""
    until: datetime | None = None
    what: str = ""
    soon: bool = False
    latest: str = ""

    @property
    def ended(self) -> datetime | None:
        """When the incident ended; None while it is open."""
        return self.summary.closed_at


class Choice(NamedTuple):
    """The filters in an address of the board; empty for anything."""

    status: str = "open"
    priority: str = ""
    team: str = ""
    category: str = ""
    service: str = ""
    stage: str = ""
    page: int = 1

    def address(self, **changes: Any) -> str:
        """The address of the board with another filter, on its first page unless one is given."""
        chosen = self._replace(**{"page": 1, **changes})
        usual = Choice()._asdict()
        said = {name: value for name, value in chosen._asdict().items() if value != usual[name]}
        return f"/?{urlencode(said)}" if said else "/"


@router.get("/")
async def board(
    request: Request,
    backend: TheBackend,
    caller: Viewer,
    status: str = "open",
    priority: str = "",
    team: str = "",
    category: str = "",
    service: str = "",
    stage: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MOST)] = 1,
) -> Response:
    """The incidents that match the address, a page at a time.

    A reporter may see only their own incidents, which cannot be listed, and gets the report form.
    """
    if not caller.role.may(Role.RESPONDER):
        return RedirectResponse("/report", 303)
    choice = Choice(status, priority.upper(), team, category, service, stage, number)
    wanted = _wanted(choice)
    found = await list_incidents(backend.client, wanted, MOST + 1)
    more, found = len(found) > MOST, found[:MOST]
    counts = Counter(summary.stage for summary in found)
    if stage:
        found = [summary for summary in found if summary.stage == stage]
    found.sort(key=_urgency)
    first = (number - 1) * PER_PAGE
    rows, notes = await _rows(request.app.state.latest_views, found[first : first + PER_PAGE])
    wrong = await request.app.state.latest_findings.words()
    if more:
        notes.append(f"There are more than {MOST}; these are the newest. Filters narrow it.")
    return page(
        request,
        "board.html",
        caller=caller,
        wanted=wanted,
        chosen=choice._asdict(),
        address=choice.address,
        total=len(found),
        more=more,
        counts=sorted(counts.items(), key=lambda count: _order(count[0])),
        groups=[(key, list(each)) for key, each in groupby(rows, lambda row: row.summary.stage)],
        wrong=wrong,
        notes=notes,
        number=number,
        pages=-(-len(found) // PER_PAGE),
        **_filters(backend),
    )


def _wanted(choice: Choice) -> IncidentFilter:
    asked = {
        name: value
        for name, value in choice._asdict().items()
        if name in IncidentFilter.model_fields
    }
    try:
        return IncidentFilter.model_validate(
            {name: value for name, value in asked.items() if value}
        )
    except ValidationError as error:
        told = "; ".join(problems(error, IncidentFilter.model_fields))
        raise Problem(422, "There is no such filter", told) from None


def _filters(backend: Backend) -> dict[str, Any]:
    """The filters that the policy offers, with their labels."""
    policy = backend.policy.current()
    return {
        "priorities": [(each.value, each.value) for each in Priority],
        "teams": [(key, team.title) for key, team in policy.teams.items()],
        "categories": [(key, key) for key in policy.categories],
        "services": [(key, service.title) for key, service in policy.services.items()],
    }


def _order(stage: str) -> int:
    """The position of a stage on the board: along the flowchart."""
    return list(Box).index(Box(stage)) if stage in set(Box) else len(Box)


def _urgency(summary: IncidentSummary) -> tuple[int, str, datetime]:
    """By stage, then priority, then age; closed ones the newest first would hide what is old."""
    return _order(summary.stage), summary.priority or "P9", summary.opened_at


async def _rows(
    latest: LatestViews, found: Sequence[IncidentSummary]
) -> tuple[list[Row], list[str]]:
    """The rows of a page, with the clocks that are known in time."""
    opened = [each.incident_id for each in found if each.status == "open"]
    views = await latest.of(opened, _PATIENCE)
    now, silent = datetime.now(UTC), len(opened) - len(views)
    notes = []
    if silent:
        notes.append(f"The clocks of {silent} are not shown: they could not be read in time.")
    rows = [
        _row(each, views.get(each.incident_id) if each.status == "open" else None, now)
        for each in found
    ]
    return rows, notes


def _row(summary: IncidentSummary, view: IncidentView | None, now: datetime) -> Row:
    episode = f"?{urlencode({'episode': summary.episode})}" if summary.status == "closed" else ""
    address = f"/incidents/{summary.incident_id}{episode}"
    latest = summary.latest_title or ""
    if view is None or view.status == "closed":
        return Row(summary, address, latest=latest)
    if view.latest and view.latest.title != view.title:
        latest = view.latest.title
    clocks = running(view)
    until, what = (clocks[0][0], clocks[0][1].what) if clocks else (None, "")
    people = [wait for wait in view.waiting_for if not wait.until]
    if not what and people:
        what = people[0].what
    owner = view.assignee or (people[0].who if people else "") or ""
    if view.on_hold:
        owner = f"{owner} (on hold)".strip()
    return Row(summary, address, owner, until, what, bool(until and until - now < _SOON), latest)
