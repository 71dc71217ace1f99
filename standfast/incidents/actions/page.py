"""Page: whoever is on call is paged now."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction


class Page(PersonAction):
    """Pages whoever is on call, now. `overrule`: also where it is quiet for another reason."""

    reason: Reason = ""
    overrule: bool = True


def _guard(now: GuardInput) -> str | None:
    if now.on_hold:
        return f"it is on hold, for {now.on_hold}: resume it first"
    if now.acknowledged_by:
        return f"{now.acknowledged_by} has acknowledged it; reassign it to page others"
    return None


PAGE = ActionDescription(
    action=Action.PAGE,
    payload=Page,
    summary="Page whoever is on call now, even if it is silenced.",
    example={"reason": "It has become worse"},
    guard=_guard,
    needs_people=True,
    fields=(REASON,),
    button="Page now",
)
