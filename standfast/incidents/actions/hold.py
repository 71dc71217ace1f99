"""Hold: the incident's clocks stop while somebody else has to act."""

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Select, TextArea
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction
from standfast.time.clocks import HoldReason


class Hold(PersonAction):
    """Stops the clocks while somebody else has to act."""

    reason: HoldReason
    comment: Reason = ""


def _guard(now: GuardInput) -> str | None:
    return f"it is on hold already, for {now.on_hold}" if now.on_hold else None


HOLD = ActionDescription(
    action=Action.HOLD,
    payload=Hold,
    summary="Put it on hold while somebody else has to act: paging is paused.",
    example={"reason": "vendor", "comment": "A part is on its way"},
    guard=_guard,
    needs_people=True,
    fields=(
        Select(
            "reason",
            "It waits for",
            help="What it waits for.",
            values=(
                (HoldReason.USER, "The reporter"),
                (HoldReason.VENDOR, "The vendor"),
                (HoldReason.PROBLEM, "Problem management"),
                (HoldReason.EVIDENCE, "Evidence"),
                (HoldReason.CHANGE, "A change"),
            ),
        ),
        TextArea("comment", "Comment", help="More about it.", rows=2),
    ),
    button="Put on hold",
    shows_work=True,
)
