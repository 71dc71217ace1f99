"""`token create`, `list`, `revoke`: who may come in through the API and the console."""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.local.session import records_alone
from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson, TokenId
from standfast.decisions.source_names import no_such_source
from standfast.hosting.source_keys import keys_of_no_source, sources_with_keys
from standfast.incidents.roles import Role
from standfast.intake.errors import Refused
from standfast.messages.problems import problems
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.tokens import NewToken, Token
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

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
    as_json: AsJson = False,
) -> None:
    """Create a token with a role, or the key of a source; it is shown only once.

    Roles: reporter, responder, operator, administrator; each may do all that those before it may.
    The key of a source is 32 characters, as PagerDuty's routing keys are.
    """
    if (role is None) == (not source):
        raise UsageError("give one of --role and --source")
    if role and not name.strip():
        raise UsageError("give a --name: what is done with the token is done in that name")
    if source:
        _must_be_a_source(source)
    try:
        asked = NewToken(name=name or source, role=role, source=source)
    except ValidationError as error:
        raise Refused("\n".join(problems(error, NewToken.model_fields))) from None
    with records_alone() as records:
        made = records.tokens.create(asked)
    if as_json:
        print_json(_document(made.token) | {"token": made.secret})
        return
    print_line(made.secret)
    print_note(f"{made.token.id}, {_whose(made.token)}: keep it now, it is not shown again")


@token.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Those that are revoked, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the valid tokens and keys."""
    with records_alone() as records:
        found = [one for one in records.tokens.all() if everything or not one.revoked_at]
    lost = _of_no_source(found) if any(one.source for one in found) else ()
    if as_json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        over = f", revoked {local_time(one.revoked_at)}" if one.revoked_at else ""
        of_nothing = "; the policy has no such source, so it opens nothing" if one in lost else ""
        print_line(f"{one.id} {_whose(one)}, since {local_time(one.created_at)}{over}{of_nothing}")
    if not found:
        print_note("no tokens" if everything else "no token is valid")


@token.command()
def revoke(token_id: TokenId, as_json: AsJson = False) -> None:
    """Revoke a token or key."""
    with records_alone() as records:
        revoked_now = records.tokens.revoke(token_id, datetime.now(UTC))
        found = records.tokens.get(token_id)
    if found is None:
        raise Refused(f"there is no token {token_id}")
    if not revoked_now:
        when = local_time(found.revoked_at) if found.revoked_at else "before"
        raise Refused(f"{token_id} was revoked {when}")
    if as_json:
        print_json(_document(found))
    else:
        print_line(f"{token_id}, {_whose(found)}: revoked")


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
