"""`token create`, `list`, `rotate`, `revoke`: who may come in through the API and the console."""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.local.session import records_alone
from standfast.commands.local.settings import local_settings
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson, TokenId
from standfast.decisions.policy_names import no_such_source
from standfast.hosting.source_keys import keys_of_no_source, sources_with_keys
from standfast.incidents.ids import is_token_id
from standfast.incidents.roles import Role
from standfast.intake.errors import Refused
from standfast.messages.message import Duration, parse_duration
from standfast.messages.problems import problems
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from standfast.records.tokens import Created, NewToken, Token
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)

NEVER = "never"
EXPIRES_AFTER = timedelta(days=90)
"""When a token expires about which nothing else is said."""

Expires = Annotated[
    str,
    typer.Option(
        "--expires",
        metavar="DURATION",
        help="After how long it expires, such as 90d, or never.",
    ),
]

token = typer.Typer(
    help="Tokens for people and programs, keys for systems that send alerts.", no_args_is_help=True
)


@token.command()
def create(
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Whose it is: a person or a program.")
    ] = "",
    role: Annotated[
        Role | None, typer.Option("--role", case_sensitive=False, help="What they may do.")
    ] = None,
    source: Annotated[
        str,
        typer.Option("--source", metavar="SOURCE", help="The source that the key is for."),
    ] = "",
    expires: Expires = "",
    as_json: AsJson = False,
) -> None:
    """Create a token with a role, or the key of a source; it is shown only once.

    Roles: reporter, responder, operator, administrator; each may do all that those before it may.
    The key of a source is 32 characters, as PagerDuty's routing keys are. A token expires after 90
    days, the key of a source never, unless --expires says otherwise.
    """
    if (role is None) == (not source):
        raise UsageError("give one of --role and --source")
    if role and not name.strip():
        raise UsageError("give a --name: what is done with the token is done in that name")
    if source:
        _must_be_a_source(source)
    now = datetime.now(UTC)
    try:
        asked = NewToken(
            name=name or source,
            role=role,
            source=source,
            expires_at=_expiry(expires, is_key=bool(source), now=now),
        )
    except ValidationError as error:
        raise Refused("\n".join(problems(error, NewToken.model_fields))) from None
    with records_alone() as records:
        made = records.tokens.create(asked)
        _record(records, AuditKind.TOKEN_CREATED, made.token)
        person = records.people.of(asked.name) if role else None
    _show_secret(made, as_json)
    if person:
        print_note(f"{person.name} also signs in by OpenID Connect: both act under that name")


@token.command("list")
def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="Those revoked and expired, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the valid tokens and keys: when each expires, and when it was last used."""
    now = datetime.now(UTC)
    with records_alone() as records:
        found = [one for one in records.tokens.all() if everything or one.is_valid(now)]
    lost = _of_no_source(found) if any(one.source for one in found) else ()
    if as_json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        of_nothing = "; the policy has no such source" if one in lost else ""
        print_line(f"{one.id} {_whose(one)}, {_when(one, now)}{of_nothing}")
    if not found:
        print_note("no tokens" if everything else "no token is valid")


@token.command()
def rotate(
    which: Annotated[
        str, typer.Argument(metavar="TOKEN", help="Its id, or whose it is if they have one only.")
    ],
    grace: Annotated[
        str, typer.Option("--grace", metavar="DURATION", help="How long the old one works on.")
    ] = "24h",
    expires: Expires = "",
    as_json: AsJson = False,
) -> None:
    """Replace a token or key by a new one; the old one works on for a while, by default a day."""
    now = datetime.now(UTC)
    ends = now + _duration("--grace", grace)
    with records_alone() as records:
        old = _one_of(which, records.tokens.all(), now)
        made = records.tokens.rotate(old, _expiry(expires, is_key=bool(old.source), now=now), ends)
        left = records.tokens.get(old.id)
        if made:
            _record(records, AuditKind.TOKEN_ROTATED, made.token, f"replaces {old.id}")
    if made is None or left is None:
        raise Refused(f"{old.id} was replaced or revoked meanwhile")
    _show_secret(made, as_json)
    until = local_time(left.expires_at) if left.expires_at else ""
    over = "has expired" if left.has_expired(now) else f"works until {until}"
    print_note(f"{old.id}, which it replaces, {over}")


@token.command()
def revoke(token_id: TokenId, as_json: AsJson = False) -> None:
    """Revoke a token or key."""
    with records_alone() as records:
        revoked_now = records.tokens.revoke(token_id, datetime.now(UTC))
        found = records.tokens.get(token_id)
        if found and revoked_now:
            _record(records, AuditKind.TOKEN_REVOKED, found)
    if found is None:
        raise Refused(f"there is no token {token_id}")
    if not revoked_now:
        when = local_time(found.revoked_at) if found.revoked_at else "before"
        raise Refused(f"{token_id} was revoked {when}")
    if as_json:
        print_json(_document(found))
    else:
        print_line(f"{token_id}, {_whose(found)}: revoked")


def _record(records: RecordStore, kind: AuditKind, one: Token, detail: str = "") -> None:
    records.audit.record(local_event(kind, f"{one.id}, {_whose(one)}", detail))


def _show_secret(made: Created, as_json: bool) -> None:
    one = made.token
    if as_json:
        print_json(_document(one) | {"token": made.secret})
        return
    print_line(made.secret)
    until = f"expires {local_time(one.expires_at)}" if one.expires_at else "never expires"
    print_note(f"{one.id}, {_whose(one)}: keep it now, it is not shown again; it {until}")


def _expiry(written: str, *, is_key: bool, now: datetime) -> datetime | None:
    """When a new token expires; None for never.

    A monitor whose key expired would be silent, and nobody would notice: keys need it said.
    """
    if written == NEVER or (is_key and not written):
        return None
    return now + (_duration("--expires", written) if written else EXPIRES_AFTER)


def _duration(option: str, written: str) -> timedelta:
    if option == "--grace" and parse_duration(written) == timedelta(0):
        return timedelta(0)  # somebody else has the token: it opens nothing from now on
    try:
        return _DURATION.validate_python(written)
    except ValidationError:
        never = f", or {NEVER}" if option == "--expires" else ""
        raise UsageError(
            f"{option} {written}: write a duration such as 12h or 90d{never}"
        ) from None


def _one_of(which: str, tokens: Iterable[Token], now: datetime) -> Token:
    """The token that is meant: by its id, or the only valid one of a name."""
    written = which.strip().upper()
    if is_token_id(written):
        found = [one for one in tokens if one.id == written]
    else:
        valid = [one for one in tokens if one.is_valid(now) and not one.replaced_by]
        found = [one for one in valid if one.name == which]
    if not found:
        raise Refused(f"there is no token {which}")
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise Refused(f"{which} has {len(found)} tokens: name one of {ids}")
    [one] = found
    if one.revoked_at:
        raise Refused(f"{one.id} was revoked {local_time(one.revoked_at)}: create a new one")
    if one.replaced_by:
        raise Refused(f"{one.id} was replaced by {one.replaced_by} already")
    return one


def _when(one: Token, now: datetime) -> str:
    """Since when it is there, until when, and when it was last used."""
    told = [f"since {local_time(one.created_at)}"]
    if one.revoked_at:
        told.append(f"revoked {local_time(one.revoked_at)}")
    elif one.expires_at is None:
        told.append("never expires")
    else:
        soon = "expires soon, " if one.expires_soon(now) else ""
        word = "expired" if one.has_expired(now) else "expires"
        told.append(f"{soon}{word} {local_time(one.expires_at)}")
    if one.replaced_by:
        told.append(f"replaced by {one.replaced_by}")
    told.append(f"last used {local_time(one.used_at)}" if one.used_at else "never used")
    return ", ".join(told)


def _must_be_a_source(name: str) -> None:
    """Refuse a name that the policy does not have: such a key would open nothing."""
    if not _SOURCE.fullmatch(name):
        raise UsageError(f"--source {name}: a source's name has letters, digits and . _ - only")
    known = sources_with_keys(load_policy(local_settings().policy))
    if name not in known:
        raise Refused(f"--source {name}: {no_such_source(name, known)}")


def _of_no_source(tokens: Iterable[Token]) -> Collection[Token]:
    """The keys that open nothing; none where the policy cannot be read, which is said."""
    try:
        return keys_of_no_source(tokens, load_policy(local_settings().policy))
    except PolicyError as broken:
        print_note(f"keys are not compared with the policy's sources: {broken.problems[0]}")
        return ()


def _whose(one: Token) -> str:
    if one.source:
        return f"key of the source {one.source}"
    return f"token of {one.name}, {one.role}"


def _document(one: Token) -> dict[str, Any]:
    return one.model_dump(mode="json")
