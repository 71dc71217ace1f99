"""Builds the command line from all commands."""

from collections.abc import Sequence

import typer

from standfast.commands import (
    actions,
    builds,
    demo,
    doctor,
    explain,
    intake,
    listing,
    oncall,
    override,
    policy,
    repair,
    replay_check,
    report,
    runbook,
    show,
    silence,
    token,
    watch,
)
from standfast.commands import run as running
from standfast.commands.failures import MISUSED, exit_code_of

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
    for name, look in (
        ("list", listing.list_),
        ("show", show.show),
        ("explain", explain.explain),
        ("watch", watch.watch),
        ("oncall", oncall.oncall),
    ):
        app.command(name, rich_help_panel=_LOOK)(look)
    for name, act in actions.action_commands():
        app.command(name, rich_help_panel=_ACT)(act)
    app.command("run", rich_help_panel=_OPERATE)(running.run)
    app.command(rich_help_panel=_OPERATE)(doctor.doctor)
    app.command(rich_help_panel=_OPERATE)(repair.repair)
    app.command(rich_help_panel=_OPERATE)(demo.demo)
    app.command("replay-check", rich_help_panel=_OPERATE)(replay_check.replay_check)
    app.add_typer(builds.builds, name="build", rich_help_panel=_OPERATE)
    app.add_typer(policy.policy, name="policy", rich_help_panel=_OPERATE)
    app.add_typer(intake.intake, name="intake", rich_help_panel=_OPERATE)
    app.add_typer(runbook.runbook, name="runbook", rich_help_panel=_OPERATE)
    app.add_typer(override.override, name="override", rich_help_panel=_OPERATE)
    app.add_typer(silence.silence, name="silence", rich_help_panel=_OPERATE)
    app.add_typer(token.token, name="token", rich_help_panel=_OPERATE)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    command = typer.main.get_command(build())
    if not arguments:
        exit_code_of(lambda: command.main(["--help"], "standfast", standalone_mode=False))
        return MISUSED
    return exit_code_of(lambda: command.main(list(arguments), "standfast", standalone_mode=False))
