"""Escalate: a responder asks for the next tier."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from standfast.incidents.actions.action import Action, Reason
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import REASON
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.person import PersonAction
from standfast.incidents.via import LEFT_OUT_WITHOUT

FROM_TIER = "from_tier"
"""The field by which a page or a button says which tier had the incident when it was shown."""


class Escalate(PersonAction):
    """A responder asks for the next tier.

    from_tier: the tier that had it as they saw it: two who ask at once, or one who presses twice,
    ask for the same next tier. None: whichever has it.
    """

    reason: Reason = ""
    from_tier: Annotated[int | None, LEFT_OUT_WITHOUT] = Field(default=None, ge=1, le=100)


def _guard(now: GuardInput) -> str | None:
    if now.from_tier not in (None, now.tier):
        return f"it was escalated meanwhile: tier {now.tier} has it"
    return None


ESCALATE = ActionDescription(
    action=Action.ESCALATE,
    payload=Escalate,
    summary="Escalate to the next tier.",
    example={"reason": "Needs the vendor"},
    guard=_guard,
    needs_people=True,
    fields=(replace(REASON, required_option=True),),
    button="Escalate",
    done="Escalated: the next tier is paged.",
)
