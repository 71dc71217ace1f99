"""Every action that there is. Whoever adds one registers its description here."""

from collections.abc import Mapping

from standfast.incidents.actions.acknowledge import ACKNOWLEDGE
from standfast.incidents.actions.action import Action, RecordAction
from standfast.incidents.actions.approve import APPROVE
from standfast.incidents.actions.command import COMMAND
from standfast.incidents.actions.comment import COMMENT
from standfast.incidents.actions.correct import CORRECT
from standfast.incidents.actions.decline import DECLINE
from standfast.incidents.actions.delegate import DELEGATE
from standfast.incidents.actions.deny import DENY
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.escalate import ESCALATE
from standfast.incidents.actions.guard import ON_ITS_WAY, GuardInput, nobody_works_on_it
from standfast.incidents.actions.hold import HOLD
from standfast.incidents.actions.link import LINK
from standfast.incidents.actions.merge import MERGE
from standfast.incidents.actions.page import PAGE
from standfast.incidents.actions.reassign import REASSIGN
from standfast.incidents.actions.report_again import REPORT_AGAIN
from standfast.incidents.actions.reprioritise import REPRIORITISE
from standfast.incidents.actions.resolve import RESOLVE
from standfast.incidents.actions.restrict import RESTRICT
from standfast.incidents.actions.resume import RESUME
from standfast.incidents.actions.tag import TAG
from standfast.incidents.actions.unrestrict import UNRESTRICT
from standfast.incidents.actions.verify import VERIFY
from standfast.incidents.actions.withdraw import WITHDRAW
from standfast.incidents.flowchart import Box

_ALL = (
    ACKNOWLEDGE,
    APPROVE,
    DENY,
    VERIFY,
    RESUME,
    RESOLVE,
    COMMENT,
    DELEGATE,
    DECLINE,
    HOLD,
    ESCALATE,
    REASSIGN,
    PAGE,
    REPRIORITISE,
    COMMAND,
    LINK,
    MERGE,
    WITHDRAW,
    RESTRICT,
    UNRESTRICT,
    REPORT_AGAIN,
)

ACTIONS: Mapping[Action, ActionDescription] = {Action(each.action): each for each in _ALL}
"""In the order in which the console offers them, the likeliest first."""

RECORD_ACTIONS: Mapping[RecordAction, ActionDescription] = {
    RecordAction(each.action): each for each in (CORRECT, TAG)
}
"""What is done to the record of a closed incident only, besides comments."""


FOR_SEVERAL: Mapping[str, ActionDescription] = {
    str(each.action): each
    for each in (*ACTIONS.values(), *RECORD_ACTIONS.values())
    if each.for_several
}
"""What is offered for several incidents at once, by its name."""


def all_described() -> dict[Action | RecordAction, ActionDescription]:
    """The actions of both kinds, in the order in which the console offers them."""
    return {each.action: each for each in (*ACTIONS.values(), *RECORD_ACTIONS.values())}


def description_of(action: str) -> ActionDescription:
    """The description of an action of either kind.

    KeyError: nothing has that name.
    """
    return {str(name): each for name, each in all_described().items()}[action]


def waits_for_people(action: Action, stage: Box) -> bool:
    """Whether it makes no sense yet, and will in a moment: once responders work on it."""
    return ACTIONS[action].needs_people and stage in ON_ITS_WAY


def refusal(action: Action, now: GuardInput) -> str | None:
    """Why `action` makes no sense now, or not from whom it comes; None when it does."""
    if now.meant_for not in (None, now.episode):
        return f"that was episode {now.meant_for}, which has closed; this is episode {now.episode}"
    asked = ACTIONS[action]
    if asked.after_close:
        return asked.guard(now)
    if now.merged_into:
        return f"the incident was merged into {now.merged_into}; act on that one"
    if now.withdrawn:
        return "the incident has been withdrawn"
    if now.stage is Box.CLOSE:
        return "the incident is closed"
    if asked.needs_people and (why := nobody_works_on_it(now)):
        return why
    return asked.guard(now)
