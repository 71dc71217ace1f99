"""`session list`, `end`: who is signed in to the console, and who is so no longer."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from standfast.commands.failures import UsageError
from standfast.commands.local.session import records_alone
from standfast.commands.local.settings import local_settings
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson, SessionId
from standfast.intake.errors import Refused
from standfast.records.audit import AuditKind
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

session = typer.Typer(
    help="Sessions of the console: who is signed in, and ending that.", no_args_is_help=True
)


@session.command("list")
def list_(
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Only those of this person.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the sessions that are valid."""
    idle, now = local_settings().session_idle, datetime.now(UTC)
    with records_alone() as records:
        found = [each for each in records.sessions.valid(now, idle) if name in ("", each.name)]
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    for each in found:
        by = each.token or "OpenID Connect"
        print_line(
            f"{each.id} {each.name}, {each.role}, by {by}, since {local_time(each.began_at)}, "
            f"last used {local_time(each.seen_at)}"
        )
    if not found:
        print_note("nobody is signed in")


@session.command()
def end(
    session_id: SessionId = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="All sessions of this person.")
    ] = "",
    everybody: Annotated[bool, typer.Option("--all", help="The sessions of everybody.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a session, or all of a person or of everybody: they have to sign in again."""
    if sum(map(bool, (session_id, name, everybody))) != 1:
        raise UsageError("give the ID of a session, or a --name, or --all")
    now = datetime.now(UTC)
    with records_alone() as records:
        if everybody:
            subject, count = "all sessions", records.sessions.end_all(now)
            told = f"sessions that were ended: {count}"
        elif name:
            subject, count = f"all sessions of {name}", records.sessions.end_all_of(name, now)
            told = f"sessions of {name} that were ended: {count}"
        elif records.sessions.end(session_id, now):
            subject, count, told = session_id, 1, f"{session_id} is over"
        else:
            raise Refused(f"there is no session {session_id}, or it was ended before")
        records.audit.record(local_event(AuditKind.SESSION_ENDED, subject))
    if as_json:
        print_json({"session": session_id or None, "name": name or None, "ended": count})
    else:
        print_line(told)
