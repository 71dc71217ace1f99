"""`problems`, and `problem show`, `link`, `unlink`, `name`: what happened more than once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By, IncidentId, OtherId
from standfast.commands.session import Session, in_session
from standfast.incidents.problem import ProblemLine, ProblemResult
from standfast.messages.message import short
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.problem_page import problem_page
from standfast.terminal.rows import Column, Narrowed, Rows


def problems(
    since: Annotated[
        str,
        typer.Option(metavar="WHEN", help="Reported from then on: 30d, 2026-10.  \\[default: 90d]"),
    ] = "",
    team: Annotated[str, typer.Option(metavar="NAME", help="Only of this team.")] = "",
    service: Annotated[str, typer.Option(metavar="NAME", help="Only of this service.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List problems: what happened more than once, the most frequent first."""
    found = in_session(lambda session: session.problems.list(since, team, service))
    if found.note:
        print_note(found.note)
    if as_json:
        print_json(found.problems[:limit])
    elif found.problems:
        out().print(_rows(found.problems[:limit]))
    else:
        print_note(
            f"nothing has happened more than once, of what was reported since {_since(found.since)}"
        )


problem = typer.Typer(
    help="A problem: how often, what was tried and what held; link incidents, name it.",
    no_args_is_help=True,
)


@problem.command()
def show(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """Show the problem of an incident: its episodes, what was tried, and what held how long."""
    found = in_session(lambda session: session.problems.show(incident_id))
    if found.note:
        print_note(found.note)
    if as_json:
        print_json(found)
        return
    for part in problem_page(found, datetime.now(UTC)):
        out().print(part)


@problem.command()
def link(incident_id: IncidentId, other: OtherId, by: By, as_json: AsJson = False) -> None:
    """Put another incident into the problem of an incident; both may be closed."""
    _changed(lambda session: session.problems.link(incident_id, other, by), as_json=as_json)


@problem.command()
def unlink(incident_id: IncidentId, other: OtherId, by: By, as_json: AsJson = False) -> None:
    """Take another incident out of the problem of an incident."""
    _changed(lambda session: session.problems.unlink(incident_id, other, by), as_json=as_json)


@problem.command()
def name(
    incident_id: IncidentId,
    by: By,
    title: Annotated[
        str | None, typer.Option(help="What it is called; an empty one takes it away.")
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who sees to it that it ends: a person or a team."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a problem a title and an owner. Whoever finds one of its incidents reads them."""
    if title is None and owner is None:
        raise UsageError("give a --title or an --owner")
    _changed(lambda session: session.problems.name(incident_id, title, owner, by), as_json=as_json)


def _changed(work: Callable[[Session], Awaitable[ProblemResult]], *, as_json: bool) -> None:
    done = in_session(work)
    if as_json:
        print_json(done)
    else:
        print_line(done.words)


def _rows(found: tuple[ProblemLine, ...]) -> Rows:
    rows = Rows(
        Column("Problem"),
        Column("Times"),
        Column("In all"),
        Column("Last"),
        Column("Owner", Narrowed.WRAPPED),
        Column("Title", Narrowed.CUT),
    )
    for each in found:
        rows.add(
            each.problem_id,
            str(each.recently),
            str(each.episodes),
            "open" if each.is_open else short(each.last_at)[:16],
            plain_text(each.owner or "–"),
            plain_text(each.title),
        )
    return rows


def _since(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
