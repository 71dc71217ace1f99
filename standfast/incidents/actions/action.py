"""The names of the actions, and the answer to one that was accepted."""

from enum import StrEnum
from typing import Annotated

from pydantic.json_schema import SkipJsonSchema

from standfast.incidents.flowchart import Box
from standfast.incidents.visibility import Everybody
from standfast.messages.message import Message, MultilineText, at_most


class Action(StrEnum):
    """The name of an action: of its update, its signal, its route and its command.

    The commands are listed in this order.
    """

    ACKNOWLEDGE = "acknowledge"
    DECLINE = "decline"
    RESOLVE = "resolve"
    VERIFY = "verify"
    ESCALATE = "escalate"
    REASSIGN = "reassign"
    HOLD = "hold"
    RESUME = "resume"
    COMMENT = "comment"
    REPRIORITISE = "reprioritise"
    PAGE = "page"
    COMMAND = "command"
    LINK = "link"
    MERGE = "merge"
    APPROVE = "approve"
    DENY = "deny"
    DELEGATE = "delegate"
    WITHDRAW = "withdraw"
    RESTRICT = "restrict"
    UNRESTRICT = "unrestrict"
    REPORT_AGAIN = "report_again"


class RecordAction(StrEnum):
    """What people do to the record of a closed incident only: the name of its route and command."""

    CORRECT = "correct"
    TAG = "tag"


AsReporter = SkipJsonSchema[bool]
"""Whether somebody may do it only because they reported the incident. The doors for people set it,
whatever they are sent: `api.access.set_by_the_door`, and mail."""

Reason = Annotated[MultilineText, at_most(2_000)]
"""Why somebody does it; may be empty."""


class ActionResult(Message):
    """The answer to an action that was done. A refused one is an error with the reason."""

    incident_id: Everybody[str]
    action: Everybody[Action | RecordAction]
    message: Everybody[str]
    stage: Everybody[Box]
