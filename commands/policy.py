"""`policy check`: is a policy right, and where is it not?"""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson
from commands.output import note, print_json, say
from hosting.settings import load_settings
from incidents.policy.loading import PolicyError, load_policy

policy = typer.Typer(help="The policy that decides how incidents go.", no_args_is_help=True)


@policy.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="A YAML file.  [default: STANDFAST_POLICY]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Validate a policy; every error with its line in the file."""
    file = path or load_settings().policy
    try:
        found = load_policy(file)
    except PolicyError as broken:
        if as_json:
            errors = [
                {
                    "file": problem.file,
                    "line": problem.line or None,
                    "place": problem.place,
                    "message": problem.message,
                }
                for problem in broken.problems
            ]
            print_json({"valid": False, "path": str(file), "errors": errors})
        for problem in broken.problems:
            note(str(problem))
        raise typer.Exit(1) from None
    if as_json:
        print_json({"valid": True, "path": str(file), "version": found.version, "errors": []})
        return
    say(
        f"{file} is right: version {found.version}, {len(found.services)} services, "
        f"{len(found.categories)} categories, {len(found.teams)} teams, "
        f"{len(found.runbooks)} runbooks"
    )
