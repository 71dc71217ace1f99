"""The board: incidents by stage, the most urgent first, filtered by the address."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.backend import Backend, TheBackend
from standfast.api.incidents import page_tokens_of
from standfast.api.problem_details import Problem
from standfast.api.visible import hidden_from, reader_of, unknown_names_for
from standfast.console.errors import PageRoute
from standfast.console.flowchart_svg import running
from standfast.console.latest_views import LatestViews
from standfast.console.rendering import page
from standfast.console.search_page import search_address
from standfast.console.viewer import Viewer
from standfast.incidents.assessment import Priority
from standfast.incidents.confidentiality import Reader
from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter, Status
from standfast.incidents.record import IncidentSummary, IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.search_query import written
from standfast.intake.errors import Refused
from standfast.lookup.incident_lists import page_of_incidents
from standfast.lookup.known_names import as_sentence
from standfast.lookup.open_list import COUNTED, MOST_NEW, OpenList
from standfast.messages.problems import problems
from standfast.records.errors import RecordsUnavailable

PER_PAGE = 50

_PATIENCE = 2.0
"""Seconds to wait for the clocks of a page, which come from each incident's history."""

_SOON = timedelta(minutes=10)

_STANDS = ("stage", "priority", "category", "team", "tier")
"""What a row shows as the incident itself has it."""

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
    """The filters in an address of the board; empty for anything.

    after: where the page begins; empty for the first.
    """

    status: str = "open"
    priority: str = ""
    team: str = ""
    category: str = ""
    service: str = ""
    stage: str = ""
    after: str = ""

    def address(self, **changes: Any) -> str:
        """The address of the board with another filter, on its first page unless one is given."""
        chosen = self._replace(**{"after": "", **changes})
        usual = Choice()._asdict()
        said = {name: value for name, value in chosen._asdict().items() if value != usual[name]}
        return f"/?{urlencode(said)}" if said else "/"

    @property
    def query(self) -> str:
        """The same filters as a query of the search, which knows no stages."""
        asked = [f"is:{self.status}"] if self.status != "all" else []
        for field in ("priority", "team", "category", "service"):
            value = getattr(self, field)
            asked += [written(field, value)] if value else []
        return " ".join(asked)


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
    after: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """The incidents that match the address, a page at a time.

    A reporter may see only their own incidents, which cannot be listed, and gets the report form.
    """
    if not caller.role.may(Role.RESPONDER):
        return RedirectResponse("/report", 303)
    choice = Choice(status, priority.upper(), team, category, service, stage, after)
    wanted = _wanted(choice)
    found = await _found(request, backend, wanted, choice, reader_of(caller, backend))
    rows, notes = await _rows(request.app.state.latest_views, found)
    if not rows and not after:
        unknown = await unknown_names_for(caller, backend, wanted.names)
        notes += [as_sentence(line) for _, line in unknown]
    wrong = await request.app.state.latest_findings.words(
        lambda ids: hidden_from(caller, backend, ids)
    )
    return page(
        request,
        "board.html",
        caller=caller,
        wanted=wanted,
        chosen=choice._asdict(),
        address=choice.address,
        searched=search_address(choice.query),
        counted=found.in_order,
        total=found.total,
        more=found.more,
        counts=sorted(found.counts.items(), key=lambda count: _order(count[0])),
        most=COUNTED,
        groups=[(key, list(each)) for key, each in groupby(rows, lambda row: row.summary.stage)],
        wrong=wrong,
        notes=[*notes, *found.notes],
        first=choice.address() if after else "",
        following=found.following,
        **_filters(backend),
    )


class Found(NamedTuple):
    """The incidents of one page.

    following: the address of the next page; empty on the last.
    in_order: whether they are in the order of the board, and counted: by stage in `counts`, those
        of all pages in `total`, of which there are more with `more`. Others are the newest first.
    """

    incidents: Sequence[IncidentSummary]
    following: str
    in_order: bool = False
    counts: Mapping[str, int] = {}
    total: int = 0
    more: bool = False
    notes: tuple[str, ...] = ()


async def _found(
    request: Request,
    backend: Backend,
    wanted: IncidentFilter,
    choice: Choice,
    reader: Reader | None,
) -> Found:
    try:
        if wanted.status is not Status.OPEN:
            return await _newest(backend, wanted, choice, reader)
        return await _open(request, wanted, choice, reader)
    except Refused as refused:
        raise Problem(422, "There is no such page", str(refused)) from None
    except RecordsUnavailable as away:
        first = await _newest(backend, wanted, choice._replace(after=""), reader)
        note = f"Only the newest are here, neither in order nor counted: {away}"
        return first._replace(following="", notes=(note,))


async def _open(
    request: Request, wanted: IncidentFilter, choice: Choice, reader: Reader | None
) -> Found:
    """Open incidents, from the record store."""
    open_list: OpenList = request.app.state.open_list
    listed = await open_list.page(wanted, choice.stage, PER_PAGE, choice.after, reader=reader)
    counted = [count for stage, count in listed.counts.items() if choice.stage in ("", stage)]
    notes = list(request.app.state.list_check.words())
    unseen = listed.unseen and choice.stage in ("", Box.REPORT)
    if unseen:
        notes.append(
            f"Only the {MOST_NEW} newest reports were looked at for those that no worker has picked"
            " up: there may be more."
        )
    return Found(
        listed.incidents,
        choice.address(after=listed.next) if listed.next else "",
        in_order=True,
        counts=listed.counts,
        total=sum(min(count, COUNTED) for count in counted),
        more=unseen or any(count > COUNTED for count in counted),
        notes=tuple(notes),
    )


async def _newest(
    backend: Backend, wanted: IncidentFilter, choice: Choice, reader: Reader | None
) -> Found:
    """The newest of all that fit, open ones before closed ones."""
    tokens = page_tokens_of(backend.settings)
    listed = await page_of_incidents(
        backend.client,
        backend.records,
        tokens,
        wanted,
        PER_PAGE,
        choice.after,
        reader=reader,
    )
    found = [each for each in listed.incidents if choice.stage in ("", each.stage)]
    return Found(found, choice.address(after=listed.next) if listed.next else "")


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
    """By stage, then priority, then age: as the record store has them."""
    return _order(summary.stage), summary.priority or "", summary.opened_at


async def _rows(latest: LatestViews, found: Found) -> tuple[list[Row], list[str]]:
    """The rows of a page, with the clocks that are known in time."""
    opened = [each.incident_id for each in found.incidents if each.status == "open"]
    views = await latest.of(opened, _PATIENCE)
    over = latest.closed(opened)
    now, silent = datetime.now(UTC), len(opened) - len(views) - len(over)
    notes = []
    if silent > 0:
        notes.append(f"The clocks of {silent} are not shown: they could not be read in time.")
    rows = [
        _row(each, views.get(each.incident_id) if each.status == "open" else None, now)
        for each in found.incidents
        if not (found.in_order and each.incident_id in over)
    ]
    if found.in_order:
        # The list may be a little behind: what is shown of each is how it stands.
        rows.sort(key=lambda row: _urgency(row.summary))
    else:
        rows.sort(key=lambda row: _order(row.summary.stage))
    return rows, notes


def _row(summary: IncidentSummary, view: IncidentView | None, now: datetime) -> Row:
    episode = f"?{urlencode({'episode': summary.episode})}" if summary.status == "closed" else ""
    address = f"/incidents/{summary.incident_id}{episode}"
    latest = summary.latest_title or ""
    if view is None or view.status == "closed":
        return Row(summary, address, latest=latest)
    summary = summary.model_copy(update={name: getattr(view, name) for name in _STANDS})
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
