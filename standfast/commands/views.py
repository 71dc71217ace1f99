"""`views list`, `save`, `search`, `remove`: queries of the search that people have named."""

from typing import Annotated

import typer

from standfast.commands.options import AsJson, By
from standfast.commands.search import print_found
from standfast.commands.session import Session, in_session
from standfast.incidents.found import PageFound
from standfast.incidents.search_words import same_name
from standfast.intake.errors import Refused
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

views = typer.Typer(help="Views: queries of the search that you name.", no_args_is_help=True)

ViewNamed = Annotated[str, typer.Argument(metavar="NAME", help="How you call it.")]


@views.command("list")
def list_(
    by: By,
    shared: Annotated[
        bool, typer.Option("--shared", help="All that anybody shares; for operators.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List your views, and those that others share with your teams."""
    found = in_session(lambda session: session.views.shared() if shared else session.views.list(by))
    if as_json:
        print_json(found)
    elif found:
        rows = Rows(Column("View"), Column("Of"), Column("Team"), Column("Query", Narrowed.CUT))
        for each in found:
            fields = (each.name, each.owner, each.team or "–", each.query)
            rows.add(*map(plain_text, fields))
        out().print(rows)
    else:
        print_note("there are no views")


@views.command()
def save(
    name: ViewNamed,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Such as 'service:vpn is:open'; docs/search.md.")
    ],
    by: By,
    team: Annotated[
        str, typer.Option(metavar="TEAM", help="Share it with a team that you are in.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Name a query; a view of this name that you have is replaced."""
    asked = {"by": by, "name": name, "query": query, "team": team}
    saved = in_session(lambda session: session.views.save(asked))
    if as_json:
        print_json(saved)
    else:
        shared = f", shared with {saved.team}" if saved.team else ""
        print_line(f"{saved.name} is a view of {saved.owner}{shared}: {saved.query}")


@views.command("search")
def search_(
    name: ViewNamed,
    by: By,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search by a view: yours, or one that is shared with your teams."""

    async def found(session: Session) -> PageFound:
        there_are = await session.views.list(by)
        for view in there_are:
            if same_name(view.name) == same_name(name):
                return await session.incidents.search(view.query, limit)
        names = ", ".join(view.name for view in there_are) or "none"
        raise Refused(f"you have no view {name!r}; there are: {names}")

    print_found(in_session(found), as_json)


@views.command()
def remove(name: ViewNamed, by: By, as_json: AsJson = False) -> None:
    """Remove a view of yours; an operator also of somebody else, who is --by then."""
    removed = in_session(lambda session: session.views.remove(by, name))
    if as_json:
        print_json(removed)
    else:
        print_line(f"{removed.name} is removed")
