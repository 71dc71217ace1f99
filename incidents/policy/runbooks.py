"""Runbooks: what automation may do by itself."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from string import Formatter
from typing import Literal

from pydantic import Field

from incidents.message import Duration, Name
from incidents.policy.section import Command, Key, Section

CHECK_LIMIT = timedelta(seconds=30)

PLACEHOLDERS = ("service", "incident", "key")
"""What a command may hold in braces: catalogue service, incident id, idempotency key.

The first is a key of the policy, the other two are made by us: no text of a reporter gets in.
"""


def _is_wellformed(argument: str) -> bool:
    try:
        fields = list(Formatter().parse(argument))
    except ValueError:
        return False
    return all(
        name is None or (name in PLACEHOLDERS and not spec and conversion is None)
        for _, name, spec, conversion in fields
    )


def filled(command: Command, values: Mapping[str, str]) -> tuple[str, ...]:
    """The argument list with its placeholders replaced, each inside its own argument."""
    return tuple(argument.format_map(values) for argument in command)


class RunbookStep(Section):
    """One command, what undoes it, and how long each may take."""

    run: Command
    undo: Command | None = None
    within: Duration = timedelta(minutes=1)


class Match(Section):
    """Which incidents a runbook fits. Every condition that is given must hold."""

    category: Key
    subcategory: Key | None = None
    services: tuple[Key, ...] = ()


class Runbook(Section):
    """Steps in order, then `check`, which alone decides whether it helped."""

    title: Name
    match: Match
    steps: tuple[RunbookStep, ...] = Field(min_length=1)
    check: Command
    check_within: Duration = CHECK_LIMIT
    approval: Literal["never", "always"] = "always"
    approve_within: Duration = timedelta(hours=1)
    approvers: tuple[Key, ...] = ()

    @property
    def takes_at_most(self) -> timedelta:
        """Steps, undoing, and a check before and after."""
        steps = sum((step.within for step in self.steps), timedelta())
        undo = sum((step.within for step in self.steps if step.undo), timedelta())
        return steps + undo + 2 * self.check_within

    def commands(self) -> Iterator[Command]:
        """Every command that it may run."""
        for step in self.steps:
            yield step.run
            if step.undo:
                yield step.undo
        yield self.check

    def wrong_arguments(self) -> Iterator[str]:
        """Arguments with braces around anything but a placeholder."""
        for command in self.commands():
            yield from (argument for argument in command if not _is_wellformed(argument))
