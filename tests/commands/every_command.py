"""Every command, also those of groups, with what it is made of."""

from collections.abc import Iterator

from typer._click import Command
from typer.core import TyperGroup

from standfast.commands.app import build
from standfast.commands.catalogue import CATALOGUE


def every_command() -> dict[str, Command]:
    """By what is typed, such as `token create`."""
    line = build()
    return dict(each for listed in CATALOGUE for each in _in(listed.name, line.load(listed.name)))


def _in(words: str, command: Command) -> Iterator[tuple[str, Command]]:
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _in(f"{words} {name}", inner)
    else:
        yield words, command
