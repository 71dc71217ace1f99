"""`person list`, `bind`, `release`: whose a name is, of those who sign in by OpenID Connect."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.local.session import records_alone
from standfast.commands.local.settings import local_settings
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson
from standfast.hosting.settings import variable
from standfast.intake.errors import Refused
from standfast.messages.message import Name
from standfast.messages.problems import problems
from standfast.records.audit import AuditKind
from standfast.records.people import Subject
from standfast.records.store import RecordStore
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

_NAME: TypeAdapter[str] = TypeAdapter(Name)

PersonName = Annotated[
    str, typer.Argument(metavar="NAME", help="The name that they act under here.")
]

person = typer.Typer(
    help="People who sign in by OpenID Connect: whose a name is.", no_args_is_help=True
)


@person.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the names that belong to somebody."""
    with records_alone() as records:
        found = records.people.all()
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    for each in found:
        since = local_time(each.bound_at)
        print_line(f"{each.name}: {each.subject} at {each.issuer}, since {since}")
    if not found:
        print_note("nobody has signed in by OpenID Connect yet")


@person.command()
def bind(
    name: PersonName,
    subject: Annotated[
        str,
        typer.Option("--subject", metavar="SUB", help="Their `sub` at the provider."),
    ],
    issuer: Annotated[
        str,
        typer.Option("--issuer", metavar="URL", help="The provider; else the one that is set."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Give a name to a person, also one that a token or somebody else has."""
    settings = local_settings()
    whose = (issuer or settings.oidc_issuer or "").rstrip("/")
    if not whose:
        raise UsageError(f"give an --issuer, or set {variable('oidc_issuer')}")
    try:
        written = _NAME.validate_python(name)
        who = Subject(issuer=whose, subject=subject)
    except ValidationError as error:
        raise Refused("\n".join(problems(error, Subject.model_fields))) from None
    now, ended = datetime.now(UTC), 0
    with records_alone() as records:
        before = records.people.of(written)
        bound = records.people.bind(written, who, now)
        subject_of = f"{bound.subject} at {bound.issuer}"
        records.audit.record(local_event(AuditKind.NAME_BOUND, bound.name, subject_of))
        if before and (before.issuer, before.subject) != (who.issuer, who.subject):
            ended = records.sessions.end_all_of(before.name, now)
            _forget_what_is_theirs(records, before.name)
            print_note(f"it was {before.subject}'s before; sessions that were ended: {ended}")
    if as_json:
        print_json({**bound.model_dump(mode="json"), "sessions_ended": ended})
    else:
        print_line(f"{bound.name} is {subject_of}")


@person.command()
def release(name: PersonName, as_json: AsJson = False) -> None:
    """Let the next person who signs in under a name have it; its sessions end."""
    with records_alone() as records:
        whose = records.people.of(name)
        if whose is None or not records.people.release(name):
            raise Refused(f"the name {name} belongs to nobody")
        count = records.sessions.end_all_of(whose.name, datetime.now(UTC))
        records.audit.record(local_event(AuditKind.NAME_RELEASED, whose.name))
        _forget_what_is_theirs(records, whose.name)
    if as_json:
        print_json({**whose.model_dump(mode="json"), "sessions_ended": count})
    else:
        print_line(f"{whose.name} belongs to nobody now; sessions that were ended: {count}")


def _forget_what_is_theirs(records: RecordStore, name: str) -> None:
    """The channels that somebody has added under a name page nobody else who gets the name, and
    their views are nobody else's.
    """
    if gone := records.own_channels.forget(name):
        detail = f"{gone} channels: the name is somebody else's now"
        records.audit.record(local_event(AuditKind.CHANNEL_REMOVED, name, detail))
        print_note(f"own channels that were removed: {gone}")
    if views := records.named_views.forget(name):
        print_note(f"views that were removed: {views}")
