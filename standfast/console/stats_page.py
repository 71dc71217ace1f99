"""Numbers of closed incidents: charts, and below each the table that it shows."""

from collections.abc import Mapping
from datetime import timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.problem_details import Problem
from standfast.api.stats import stats_for
from standfast.console.charts_svg import Bar, bars
from standfast.console.errors import PageRoute
from standfast.console.rendering import HEADERS, page
from standfast.console.viewer import Viewer
from standfast.console.wording import name_of
from standfast.incidents.measures import Measures, Times
from standfast.incidents.roles import Role
from standfast.incidents.stats import (
    GroupedBy,
    GroupNumbers,
    PersonNumbers,
    Spread,
    Stats,
    StatsFilter,
    TargetNumbers,
)
from standfast.lookup.numbers import UNLESS_ASKED
from standfast.lookup.stats_csv import groups_in_csv, people_in_csv
from standfast.messages.message import words_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MOST_BARS = 20
"""Of a chart; its table has the rest."""


class Shown(StatsFilter):
    """What the page shows of the numbers, and its table.

    time: whose charts; another than one of `Times` means the usual. working, people: anything means
    that it shows working time, and that the table is of people.
    """

    time: str = ""
    working: str = ""
    people: str = ""


class Definition(NamedTuple):
    """What a number means."""

    name: str
    says: str


@router.get("/stats")
async def stats_page(
    request: Request, backend: TheBackend, caller: Viewer, wanted: Annotated[Shown, Query()]
) -> Response:
    """The page, for those who work with incidents. Its address is what it shows."""
    found = await _found(request, caller, wanted)
    shown = wanted.time if wanted.time in Times.model_fields else "to_acknowledge"
    kind = "working" if wanted.working else "calendar"
    groups = _in_order(found)
    return page(
        request,
        "stats.html",
        caller=caller,
        found=found,
        groups=groups,
        # Also one that the policy does not have any more: its incidents stay on record.
        teams=sorted({*backend.policy.current().teams, *filter(None, [wanted.team])}),
        asked=wanted.model_copy(update={"since": wanted.since or UNLESS_ASKED}),
        time=shown,
        working=bool(wanted.working),
        kinds=list(GroupedBy),
        times=list(Times.model_fields),
        spreads={group.name: getattr(group, kind).get(shown) for group in groups},
        total=getattr(found.total, kind).get(shown),
        most_bars=_MOST_BARS,
        closed=_closed(groups[:_MOST_BARS]),
        took=_took(groups[:_MOST_BARS], kind, shown),
        paged=_paged(found.people[:_MOST_BARS]),
        span=_span,
        definitions=_definitions(),
        query=request.url.query,
    )


@router.get("/stats.csv")
async def stats_csv(
    request: Request, caller: Viewer, wanted: Annotated[Shown, Query()]
) -> Response:
    """The same numbers for a spreadsheet: of the groups, or of the people."""
    found = await _found(request, caller, wanted)
    name = "people" if wanted.people else found.by
    table = people_in_csv(found) if wanted.people else groups_in_csv(found)
    return Response(
        # Without the mark Excel takes it for Windows-1252, and `Müller` for `MÃ¼ller`.
        table.encode("utf-8-sig"),
        media_type="text/csv",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


async def _found(request: Request, caller: Caller, wanted: Shown) -> Stats:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
    return await stats_for(request, caller, wanted)


def _in_order(found: Stats) -> list[GroupNumbers]:
    """The latest month, the highest priority and the first tier come first; else what is most."""
    if found.by in (GroupedBy.MONTH, GroupedBy.PRIORITY, GroupedBy.TIER):
        return sorted(found.groups, key=attrgetter("name"), reverse=found.by is GroupedBy.MONTH)
    return sorted(found.groups, key=lambda group: -group.incidents)


def _closed(groups: list[GroupNumbers]) -> object:
    rows = [Bar(group.name or "none", (group.incidents,), str(group.incidents)) for group in groups]
    return bars("Closed incidents of each group", rows)


def _took(groups: list[GroupNumbers], kind: str, time: str) -> object:
    rows = []
    for group in groups:
        over: Spread | None = getattr(group, kind).get(time)
        if over:
            words = f"{_span(over.p50)} / {_span(over.p90)}"
            rows.append(Bar(group.name or "none", (over.p50, over.p90 - over.p50), words))
    return bars(f"Median and p90 of {name_of(time)} of each group", rows)


def _paged(people: tuple[PersonNumbers, ...]) -> object:
    rows = [
        Bar(
            one.person,
            (one.pages - one.at_night, one.at_night),
            f"{one.pages}, {one.at_night} at night",
        )
        for one in people
    ]
    return bars("Pages of each person, by day and at night", rows)


def _span(seconds: float) -> str:
    return words_of(timedelta(seconds=seconds))


_DEFINED: Mapping[str, tuple[type[BaseModel], ...]] = MappingProxyType(
    {
        "Of each incident": (Times, Measures),
        "Of a group of incidents": (GroupNumbers, TargetNumbers, Spread),
        "Of each person": (PersonNumbers,),
        "Of all": (Stats,),
    }
)


def _definitions() -> dict[str, list[Definition]]:
    return {
        of: [
            Definition(name_of(name), field.description)
            for model in models
            for name, field in model.model_fields.items()
            if field.description
        ]
        for of, models in _DEFINED.items()
    }
