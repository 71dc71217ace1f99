"""`search`: open and closed incidents, by words and fields."""

from typing import Annotated

import typer

from standfast.commands.options import AsJson
from standfast.commands.session import in_session
from standfast.incidents.found import FoundIncident, PageFound
from standfast.messages.message import short
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows


def search(
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="Such as 'service:vpn is:closed certificate* -test'; see docs/search.md.",
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search incidents, open and closed."""
    text = " ".join(query)
    print_found(in_session(lambda session: session.incidents.search(text, limit)), as_json)


def print_found(found: PageFound, as_json: bool) -> None:
    """What was found, a line an incident, or as JSON."""
    if found.note:
        print_note(found.note)
    if as_json:
        print_json(found.incidents)
    elif found.incidents:
        out().print(_rows(found.incidents))
    else:
        print_note("nothing was found")


def _rows(found: tuple[FoundIncident, ...]) -> Rows:
    names = ("Incident", "Prio", "State", "Service", "Reported")
    rows = Rows(*map(Column, names), Column("Title", Narrowed.CUT))
    for each in found:
        latest = f" (latest: {each.latest_title})" if each.latest_title else ""
        rows.add(*map(plain_text, _row(each)), plain_text(each.title + latest))
    return rows


def _row(found: FoundIncident) -> tuple[str, ...]:
    episode = f" #{found.episode}" if found.episode > 1 else ""
    state = found.stage if found.status == "open" else found.outcome or "closed"
    return (
        f"{found.incident_id}{episode}",
        found.priority or "–",
        state,
        found.service or "–",
        short(found.opened_at),
    )
