"""Resume: the clocks of an incident on hold go on."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction


class Resume(PersonAction):
    """The clocks go on where they stopped."""


def _guard(now: GuardInput) -> str | None:
    return None if now.on_hold else "it is not on hold"


RESUME = ActionDescription(
    action=Action.RESUME,
    payload=Resume,
    summary="Resume it after a hold: its clocks run again.",
    example={},
    guard=_guard,
    button="Resume",
    stands_open=True,
    shows_work=True,
)
