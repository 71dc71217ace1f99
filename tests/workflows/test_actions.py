"""What an action does, and its update: made for the payload that its description names.

That none of the actions lacks one is held by `tests/incidents/actions/test_registry.py`.
"""

import inspect

from temporalio.workflow import _Definition as Definition

from standfast.incidents.actions import ACTIONS, ActionResult
from workflows.actions import Actions
from workflows.incident import IncidentWorkflow

DEFINITION = Definition.must_from_class(IncidentWorkflow)


def test_each_method_is_an_action_and_takes_its_payload() -> None:
    taken = {
        name: inspect.signature(method).parameters["action"].annotation
        for name, method in inspect.getmembers(Actions, inspect.isfunction)
        if not name.startswith("_")
    }
    assert taken == {name.value: described.payload for name, described in ACTIONS.items()}


def test_each_action_is_an_update_that_can_be_refused() -> None:
    assert set(DEFINITION.updates) == set(ACTIONS)
    for action, described in ACTIONS.items():
        update = DEFINITION.updates[action]
        assert update.arg_types == [described.payload]
        assert update.ret_type is ActionResult
        assert update.description == described.summary
        assert update.validator is not None
