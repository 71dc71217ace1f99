"""`list`: incidents, newest first."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from standfast.commands.fields import valid
from standfast.commands.options import AsJson
from standfast.commands.session import in_session
from standfast.incidents.assessment import Priority
from standfast.incidents.incident_filter import IncidentFilter, Status
from standfast.incidents.record import IncidentSummary
from standfast.messages.message import words_of
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows


def list_(
    status: Annotated[Status, typer.Option(help="Open, closed or all.")] = Status.OPEN,
    priority: Annotated[
        Priority | None, typer.Option(case_sensitive=False, help="Of this priority.")
    ] = None,
    category: Annotated[str, typer.Option(metavar="NAME", help="Of this category.")] = "",
    team: Annotated[str, typer.Option(metavar="NAME", help="Assigned to this team.")] = "",
    service: Annotated[str, typer.Option(metavar="NAME", help="Of this service.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first."""
    asked = {
        "status": status,
        "priority": priority,
        "category": category,
        "team": team,
        "service": service,
    }
    wanted = valid(IncidentFilter, asked)
    found = in_session(lambda session: session.incidents.list(wanted, limit))
    if as_json:
        print_json(found)
    elif found:
        out().print(_rows(found))
    else:
        print_note("no incidents" if status is Status.ALL else f"no {status} incidents")


def _rows(found: list[IncidentSummary]) -> Rows:
    names = ("Incident", "Prio", "Stage", "Team", "Age")
    rows = Rows(*map(Column, names), Column("Title", Narrowed.CUT))
    for summary in found:
        latest = f" (latest: {summary.latest_title})" if summary.latest_title else ""
        rows.add(*map(plain_text, _row(summary)), plain_text(summary.title + latest))
    return rows


def _row(summary: IncidentSummary) -> tuple[str, ...]:
    episode = f" #{summary.episode}" if summary.episode > 1 else ""
    age = words_of(datetime.now(UTC) - summary.opened_at)
    return (
        f"{summary.incident_id}{episode}",
        summary.priority or "–",
        summary.stage,
        f"{summary.team} {summary.tier or ''}".rstrip() if summary.team else "–",
        " ".join(age.split()[:2]),
    )
