"""The command line: lists all commands, and loads the one that is run."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from standfast.commands.catalogue import CATALOGUE, Listed
from standfast.commands.failures import MISUSED, exit_code_of
from standfast.hosting.loading import no_garbage_collection

if TYPE_CHECKING:
    from typer._click import Command, Context


class CommandLine(TyperGroup):
    """All commands. Until it is loaded, each is only its name and the line that help has for it."""

    def list_all(self, catalogue: Iterable[Listed]) -> None:
        """Add a line for each of these commands."""
        self._listed = {each.name: each for each in catalogue}
        for name, summary, panel, _ in self._listed.values():
            self.add_command(TyperCommand(name, help=summary, rich_help_panel=panel))

    def load(self, name: str) -> "Command":
        """A command itself, with its arguments and options, in place of its line."""
        if listed := self._listed.pop(name, None):
            self.add_command(_made(listed))
        return self.commands[name]

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """The command that the arguments name, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if name else command, rest


def build() -> CommandLine:
    """The command line with all its commands."""
    app = typer.Typer(
        cls=CommandLine,
        help="Standfast: incident management where every incident is a durable workflow.",
        no_args_is_help=False,
        add_completion=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    group = cast(CommandLine, get_group(app))
    group.list_all(CATALOGUE)
    return group


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    command = build()
    if not arguments:
        exit_code_of(lambda: command.main(["--help"], "standfast", standalone_mode=False))
        return MISUSED
    return exit_code_of(lambda: command.main(list(arguments), "standfast", standalone_mode=False))


def _made(listed: Listed) -> "Command":
    """The command, made by Typer from its code."""
    above = typer.Typer()
    with no_garbage_collection():
        code = listed.code()
    if isinstance(code, typer.Typer):
        above.add_typer(code, name=listed.name, rich_help_panel=listed.panel)
    else:
        above.command(listed.name, rich_help_panel=listed.panel)(code)
    return get_group(above).commands[listed.name]
