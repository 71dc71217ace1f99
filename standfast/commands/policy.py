"""`policy check`: validates a policy."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from standfast.commands.calendar_check import check_calendars
from standfast.commands.channel_check import advise_on_channels, check_channels
from standfast.commands.chat_check import check_chats
from standfast.commands.demands_check import check_demands
from standfast.commands.link_check import check_links
from standfast.commands.mail_check import check_mail
from standfast.commands.options import AsJson
from standfast.commands.phone_check import check_phones
from standfast.commands.push_check import check_pushes
from standfast.commands.rotation_check import check_rotations
from standfast.hosting.settings import load_settings
from standfast.policy_file.loading import PolicyError, Problem, read_policy
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json

policy = typer.Typer(help="The policy that decides how incidents go.", no_args_is_help=True)


@policy.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="A YAML file.  \\[default: STANDFAST_POLICY]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Validate a policy; every error with its line in the file."""
    settings = load_settings()
    file = path or settings.policy
    try:
        loaded = read_policy(file)
        errors, warnings = check_calendars(loaded, file, datetime.now(UTC))
        errors = (*check_channels(loaded, os.environ), *errors)
        warnings = (
            *map(str, advise_on_channels(loaded, os.environ)),
            *check_rotations(loaded.policy),
            *check_demands(loaded.policy),
            *(
                str(loaded.problem(place, words)) if place else words
                for place, words in (
                    *check_phones(loaded.policy, os.environ, settings.public_url),
                    *check_links(loaded.policy, settings.public_url),
                    *check_mail(loaded.policy, os.environ),
                    *check_pushes(loaded.policy, settings),
                    *check_chats(loaded.policy, os.environ),
                )
            ),
            *warnings,
        )
    except PolicyError as broken:
        errors, warnings = broken.problems, ()
    if as_json:
        document = {"valid": not errors, "path": str(file)}
        if not errors:
            document["version"] = loaded.policy.version
        print_json(document | {"errors": [*map(_document, errors)], "warnings": warnings})
    for line in (*warnings, *map(str, errors)):
        print_note(line)
    if errors:
        raise typer.Exit(1)
    if as_json:
        return
    found = loaded.policy
    print_line(
        f"{file} is valid: version {found.version}, {len(found.services)} services, "
        f"{len(found.categories)} categories, {len(found.teams)} teams, "
        f"{len(found.runbooks)} runbooks"
    )


def _document(problem: Problem) -> dict[str, str | int | None]:
    return {
        "file": problem.file,
        "line": problem.line or None,
        "place": problem.place,
        "message": problem.message,
    }
