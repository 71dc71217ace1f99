"""`stats`: numbers of closed incidents."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from standfast.commands.failures import UsageError
from standfast.commands.fields import valid
from standfast.commands.options import AsJson
from standfast.commands.session import in_session
from standfast.incidents.stats import GroupedBy, Spread, Stats, StatsFilter
from standfast.lookup.stats_csv import groups_in_csv, people_in_csv
from standfast.messages.message import words_of
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

_SHOWN = ("to_acknowledge", "to_resolve", "to_close")
"""The times of the table; --json and --csv have all."""


def stats(
    by: Annotated[GroupedBy, typer.Option(help="What they are counted by.")] = GroupedBy.TEAM,
    since: Annotated[
        str,
        typer.Option(metavar="WHEN", help="Closed from then on: 30d, 2026-10.  \\[default: 90d]"),
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="WHEN", help="Closed before then.  \\[default: now]")
    ] = "",
    team: Annotated[str, typer.Option(metavar="NAME", help="Only of this team.")] = "",
    people: Annotated[
        bool, typer.Option("--people", help="Load of each person instead: held, pages, nights.")
    ] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
) -> None:
    """Show numbers of closed incidents: how long, how often, who.

    Times are shown as median / p90: half of the incidents, and nine in ten, took at most that long.
    What each number means: docs/numbers.md.
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv: choose one")
    typed = {"by": by, "since": since, "until": until, "team": team}
    wanted = valid(StatsFilter, typed)
    found = in_session(lambda session: session.incidents.stats(wanted))
    if as_json:
        print_json(found)
    elif as_csv:
        sys.stdout.write(people_in_csv(found) if people else groups_in_csv(found))
    elif people:
        out().print(plain_text(_heading(found), "bold"))
        out().print(_people(found))
    else:
        out().print(plain_text(_heading(found), "bold"))
        out().print(_groups(found))


def _heading(found: Stats) -> str:
    count = found.total.incidents
    which = "1 incident" if count == 1 else f"{count} incidents"
    others = f", and {found.unmeasured} without measures" if found.unmeasured else ""
    return f"{which} closed from {_day(found.since)} to {_day(found.until)}{others}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def _groups(found: Stats) -> Rows:
    rows = Rows(
        Column(found.by.upper(), Narrowed.WRAPPED),
        Column("CLOSED"),
        Column("ACKNOWLEDGED"),
        Column("RESOLVED"),
        Column("CLOSED AFTER"),
        Column("MISSED"),
        Column("ESCALATED"),
        Column("REOPENED"),
        Column("PAGES"),
    )
    for group in (*found.groups, found.total) if len(found.groups) > 1 else found.groups:
        name = "all" if group is found.total else group.name or "(none)"
        rows.add(
            name,
            str(group.incidents),
            *(_spread(group.calendar.get(time)) for time in _SHOWN),
            f"{group.response.missed} / {group.resolution.missed}",
            str(group.escalated),
            str(group.reopened),
            str(group.pages),
        )
    return rows


def _spread(over: Spread | None) -> str:
    if over is None:
        return "–"
    return f"{_span(over.p50)} / {_span(over.p90)} ({over.count})"


def _span(seconds: float) -> str:
    return words_of(timedelta(seconds=seconds))


def _people(found: Stats) -> Rows:
    rows = Rows(
        Column("PERSON", Narrowed.WRAPPED),
        Column("HELD"),
        Column("FOR"),
        Column("PAGES"),
        Column("OF ALL"),
        Column("AT NIGHT"),
        Column("NIGHTS"),
    )
    for one in found.people:
        rows.add(
            one.person,
            str(one.held),
            _span(one.held_for),
            str(one.pages),
            f"{one.share:.0%}",
            str(one.at_night),
            str(one.nights),
        )
    return rows
