"""The command line: `python starter.py COMMAND`, installed as `standfast`."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from commands import actions, listing, policy, report, show, watch
from commands.failures import FAILED, MISUSED, exit_code_of

_LOOK, _ACT, _OPERATE = "Look", "Act", "Operate"


def build() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        help="Standfast: incident management where every incident is a durable workflow.",
        no_args_is_help=False,
        add_completion=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.command(rich_help_panel="Report")(report.report)
    for name, look in (("list", listing.list_), ("show", show.show), ("watch", watch.watch)):
        app.command(name, rich_help_panel=_LOOK)(look)
    for act in (
        actions.acknowledge,
        actions.resolve,
        actions.verify,
        actions.escalate,
        actions.reassign,
        actions.hold,
        actions.resume,
        actions.comment,
        actions.reprioritise,
        actions.approve,
        actions.deny,
        actions.withdraw,
    ):
        app.command(rich_help_panel=_ACT)(act)
    if importlib.util.find_spec("commands.demo"):
        demo = importlib.import_module("commands.demo").demo
        app.command(rich_help_panel=_OPERATE)(demo)
    app.add_typer(policy.policy, name="policy", rich_help_panel=_OPERATE)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. What it prints goes where this process prints."""
    command = typer.main.get_command(build())
    if not arguments:
        exit_code_of(lambda: command.main(["--help"], "standfast", standalone_mode=False))
        return MISUSED
    return exit_code_of(lambda: command.main(list(arguments), "standfast", standalone_mode=False))


def main() -> NoReturn:
    """The process: run the command that its arguments name, and end with its exit code."""
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:  # a process can be started without
                stream.flush()
        except OSError:  # nobody reads any more, or the disk is full
            code = code or FAILED
    # Threads of Temporal's client may still want Python while it is taken down, and then abort
    # the process with 134, in about one call of twenty; so it is not taken down.
    os._exit(code)


if __name__ == "__main__":
    main()
