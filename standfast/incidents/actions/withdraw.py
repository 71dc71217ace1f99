"""Withdraw: the incident closes without a resolution."""

from dataclasses import replace

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.person import PersonAction
from standfast.incidents.roles import Role


class Withdraw(PersonAction):
    """The report was a mistake, or is not needed any more: close without resolution."""

    reason: Reason = ""


WITHDRAW = ActionDescription(
    action=Action.WITHDRAW,
    payload=Withdraw,
    summary="Withdraw it: it closes without a resolution.",
    example={"reason": "My cable was loose"},
    role=Role.REPORTER,
    fields=(replace(REASON, required_option=True),),
    button="Withdraw",
    done="Withdrawn: it closes without a resolution.",
)
