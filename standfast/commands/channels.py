"""`channels list` and `channels test`: the channels by which people are reached."""

from typing import Annotated

import typer

from standfast.commands.options import AsJson
from standfast.commands.session import in_session
from standfast.incidents.channel_list import ListedChannel
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

channels = typer.Typer(
    help="The channels of people: list them, send a test message.", no_args_is_help=True
)


@channels.command("list")
def list_(
    person: Annotated[
        str, typer.Option("--person", metavar="PERSON", help="Whose; else everybody's.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the policy's channels, and those that people have added; their URLs are never shown.

    Of a channel that somebody has added, the address is masked.

    What a channel's URL is, is looked up where the command runs, or with STANDFAST_URL where the
    API runs: a secret that only the worker has is not known there.
    """
    found = in_session(lambda session: session.channels.list(person))
    if as_json:
        print_json(found)
        return
    rows = Rows(
        Column("PERSON"),
        Column("CHANNEL"),
        Column("ADDED AS"),
        Column("KIND"),
        Column("FORM"),
        Column("PROBLEM", Narrowed.WRAPPED),
    )
    for one in found:
        rows.add(one.person, one.name, _added_as(one), one.kind, one.form or "", one.problem)
    if found:
        out().print(rows)
    else:
        print_note("no channels")


def _added_as(one: ListedChannel) -> str:
    """How its person has added it; empty for one of the policy's."""
    return f"{one.method} {one.address}" if one.method else ""


@channels.command("test")
def send_test(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The channel's name.")],
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Whose channel it is.")],
    as_json: AsJson = False,
) -> None:
    """Send a test message through exactly one channel, as loud as a page.

    It says that it is a test. What the provider said of it is printed; exit status 1 where it did
    not take it.
    """
    tested = in_session(lambda session: session.channels.test(to, name))
    if as_json:
        print_json(tested)
    elif tested.problem:
        print_note(tested.words)
    else:
        print_line(f"{tested.words}; look whether it has arrived")
    if tested.problem:
        raise typer.Exit(1)
