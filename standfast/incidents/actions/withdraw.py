"""Withdraw: the incident closes without a resolution."""

from dataclasses import replace

from standfast.incidents.actions.action import Action, AsReporter, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction
from standfast.incidents.roles import Role
from standfast.incidents.same_person import is_same_person


class Withdraw(PersonAction):
    """The report was a mistake, or is not needed any more: close without resolution."""

    reason: Reason = ""
    as_reporter: AsReporter = False


def _guard(now: GuardInput) -> str | None:
    """A reporter takes back what is theirs alone; for everybody else's sake it goes on."""
    if not now.as_reporter:
        return None
    if not is_same_person(now.by, now.reporter):
        return "only who reported it first, or a responder, can withdraw it"
    if now.absorbed or not all(is_same_person(now.by, each) for each in now.reporters):
        return (
            "others have reported it too, so only a responder can withdraw it; a comment can say "
            "that it is over for you"
        )
    return None


WITHDRAW = ActionDescription(
    action=Action.WITHDRAW,
    payload=Withdraw,
    summary="Withdraw it: it closes without a resolution.",
    example={"reason": "My cable was loose"},
    guard=_guard,
    role=Role.REPORTER,
    fields=(replace(REASON, required_option=True),),
    button="Withdraw",
    done="Withdrawn: it closes without a resolution.",
)
