"""The catalogue of the help says what the commands say of themselves."""

import pytest

from standfast.commands.app import build
from standfast.commands.catalogue import ACT, CATALOGUE, Listed
from standfast.incidents.actions import ACTIONS, Action, RecordAction
from tests.commands.every_command import every_command


@pytest.mark.parametrize("listed", CATALOGUE, ids=lambda listed: listed.name)
def test_a_line_is_the_first_of_the_command_s_own_help(listed: Listed) -> None:
    line = build()
    shown = line.commands[listed.name]
    command = line.load(listed.name)

    assert command is not shown
    assert (command.help or "").split("\n\n")[0] == listed.summary
    assert (command.name, command.short_help, command.hidden) == (listed.name, None, False)


def test_each_action_that_is_offered_has_its_line_in_their_order() -> None:
    offered: list[str] = [
        action for action in Action if (each := ACTIONS.get(action)) and each.offered
    ]
    after_comment = offered.index(Action.COMMENT) + 1
    offered[after_comment:after_comment] = RecordAction
    assert [listed.name for listed in CATALOGUE if listed.panel == ACT] == offered


def test_a_command_is_loaded_once() -> None:
    line = build()
    assert line.load("show") is line.load("show")


def test_each_command_can_print_json() -> None:
    for words, command in every_command().items():
        assert "--json" in {each for given in command.params for each in given.opts}, words
