"""What people may do to an incident, a file for each action. `ACTIONS` has those to open ones.

Their names are the workflow's updates and signals, the routes of the API and the commands. What is
done to the record of a closed incident is in `RECORD_ACTIONS`, and has routes and commands alone.
"""

from standfast.incidents.actions.acknowledge import Acknowledge
from standfast.incidents.actions.action import Action, ActionResult, RecordAction
from standfast.incidents.actions.approve import Approve
from standfast.incidents.actions.command import Command
from standfast.incidents.actions.comment import Comment
from standfast.incidents.actions.correct import Correct
from standfast.incidents.actions.decline import Decline
from standfast.incidents.actions.delegate import Delegate
from standfast.incidents.actions.deny import Deny
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.escalate import Escalate
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.actions.hold import Hold
from standfast.incidents.actions.page import Page
from standfast.incidents.actions.reassign import Reassign
from standfast.incidents.actions.registry import (
    ACTIONS,
    FOR_SEVERAL,
    RECORD_ACTIONS,
    all_described,
    description_of,
    refusal,
    waits_for_people,
)
from standfast.incidents.actions.reprioritise import Reprioritise
from standfast.incidents.actions.resolve import Resolve
from standfast.incidents.actions.restrict import Restrict
from standfast.incidents.actions.resume import Resume
from standfast.incidents.actions.tag import Tag
from standfast.incidents.actions.unrestrict import Unrestrict
from standfast.incidents.actions.verify import Verify
from standfast.incidents.actions.withdraw import Withdraw

__all__ = [
    "ACTIONS",
    "FOR_SEVERAL",
    "RECORD_ACTIONS",
    "Acknowledge",
    "Action",
    "ActionDescription",
    "ActionResult",
    "Approve",
    "Command",
    "Comment",
    "Correct",
    "Decline",
    "Delegate",
    "Deny",
    "Escalate",
    "GuardInput",
    "Hold",
    "Page",
    "Reassign",
    "RecordAction",
    "Reprioritise",
    "Resolve",
    "Restrict",
    "Resume",
    "Tag",
    "Unrestrict",
    "Verify",
    "Withdraw",
    "all_described",
    "description_of",
    "refusal",
    "waits_for_people",
]
