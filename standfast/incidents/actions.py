"""What people may do to an open incident: payloads, names, and when each makes sense.

The names are the workflow's updates and signals, and the commands of the command line.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import field_validator

from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Level
from standfast.incidents.flowchart import Box
from standfast.incidents.relations import Link, Merge
from standfast.incidents.report import Report
from standfast.incidents.resolution import ResolutionGiven, Verdict
from standfast.messages.message import (
    InboundMessage,
    Message,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
)
from standfast.time.clocks import HoldReason


class Action(StrEnum):
    """The name of an action: of its update, its signal and its command."""

    ACKNOWLEDGE = "acknowledge"
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
    REPORT_AGAIN = "report_again"


Reason = Annotated[MultilineText, at_most(2_000)]


class Acknowledge(InboundMessage):
    """Somebody takes it: paging stops."""

    by: Name


class Resolve(ResolutionGiven):
    """A responder says that it is resolved; verification decides."""

    @field_validator("summary")
    @classmethod
    def _say_what_was_done(cls, summary: str) -> str:
        if not summary:
            raise ValueError("must not be empty: say what was done")
        return summary


class Verify(InboundMessage):
    """The reporter, or somebody for them, says whether it is resolved."""

    by: Name
    verdict: Verdict
    comment: Annotated[MultilineText, at_most(4_000)] = ""

    @field_validator("verdict", mode="before")
    @classmethod
    def _partial_is_short_for(cls, verdict: Any) -> Any:
        return Verdict.PARTIALLY_RESOLVED if verdict == "partial" else verdict


class Escalate(InboundMessage):
    """A responder asks for the next tier."""

    by: Name
    reason: Reason = ""


class Reassign(InboundMessage):
    """To another team, and to a person in it if one is named."""

    by: Name
    team: Name
    to: Annotated[OptionalLine, at_most(200)] = ""


class Hold(InboundMessage):
    """Stops the clocks while somebody else has to act."""

    by: Name
    reason: HoldReason
    comment: Reason = ""


class Resume(InboundMessage):
    """The clocks go on where they stopped."""

    by: Name


class Comment(InboundMessage):
    """A note on the timeline."""

    by: Name
    text: Annotated[MultilineText, at_most(10_000)]

    @field_validator("text")
    @classmethod
    def _say_something(cls, text: str) -> str:
        if not text:
            raise ValueError("must not be empty")
        return text


class Reprioritise(InboundMessage):
    """New impact and urgency; the policy's matrix gives the priority.

    `pin`: nothing raises it by itself, until somebody sets it without.
    """

    by: Name
    impact: Level
    urgency: Level
    pin: bool = False


class Page(InboundMessage):
    """Pages whoever is on call, now. `overrule`: also where it is quiet for another reason."""

    by: Name
    reason: Reason = ""
    overrule: bool = True


class Command(InboundMessage):
    """Takes command of the incident, or gives it to `to`."""

    by: Name
    to: Annotated[OptionalLine, at_most(200)] = ""


class Approve(InboundMessage):
    """Lets the runbook run that waits for it."""

    by: Name
    reason: Reason = ""


class Deny(InboundMessage):
    """Forbids the runbook that waits for an approval: people take over."""

    by: Name
    reason: Reason = ""


class Delegate(InboundMessage):
    """Somebody else may answer too whether the runbook may run, and is asked."""

    by: Name
    to: Name
    reason: Reason = ""


class Withdraw(InboundMessage):
    """The report was a mistake, or is not needed any more: close without resolution."""

    by: Name
    reason: Reason = ""


class ActionResult(Message):
    """The answer to an accepted update. A refused one is an error with the reason."""

    incident_id: str
    action: Action
    message: str
    stage: Box


PAYLOADS: dict[Action, type[InboundMessage]] = {
    Action.ACKNOWLEDGE: Acknowledge,
    Action.RESOLVE: Resolve,
    Action.VERIFY: Verify,
    Action.ESCALATE: Escalate,
    Action.REASSIGN: Reassign,
    Action.HOLD: Hold,
    Action.RESUME: Resume,
    Action.COMMENT: Comment,
    Action.REPRIORITISE: Reprioritise,
    Action.PAGE: Page,
    Action.COMMAND: Command,
    Action.LINK: Link,
    Action.MERGE: Merge,
    Action.APPROVE: Approve,
    Action.DENY: Deny,
    Action.DELEGATE: Delegate,
    Action.WITHDRAW: Withdraw,
    Action.REPORT_AGAIN: Report,
}


class Situation(Message):
    """What decides whether an action makes sense now."""

    incident_id: str = ""
    stage: Box
    acknowledged_by: str = ""
    on_hold: HoldReason | None = None
    resolved_by: str = ""
    escalation_asked_by: str = ""
    approval: Approval | None = None
    merged_into: str = ""
    absorbed: tuple[str, ...] = ()
    withdrawn: bool = False


def refusal(action: Action, now: Situation, by: str = "", other: str = "") -> str | None:
    """Why `action` makes no sense in this situation, or not from `by`; None when it does.

    other: the incident that it is to be linked to or merged into.
    """
    if now.merged_into:
        return f"the incident was merged into {now.merged_into}; act on that one"
    if now.withdrawn:
        return "the incident has been withdrawn"
    if now.stage is Box.CLOSE:
        return "the incident is closed"
    if action in _ANSWERS_TO_APPROVAL:
        approval = now.approval
        return approval.refusal(by) if approval else "no runbook waits for an approval"
    if other and other == now.incident_id:
        return "that is the incident itself"
    if action is Action.MERGE and other in now.absorbed:
        return f"{other} was merged into it"
    return _REFUSALS[action](now)


def _while_people_work(now: Situation) -> str | None:
    if now.resolved_by:
        return f"{now.resolved_by} has resolved it; its verification goes on in {now.stage}"
    if now.stage is not Box.RESOLVE:
        return f"no responder works on it yet: it is in {now.stage}"
    if now.escalation_asked_by:
        return f"{now.escalation_asked_by} has asked for the next tier; it is on its way"
    return None


def _acknowledge(now: Situation) -> str | None:
    if now.acknowledged_by and now.stage is Box.RESOLVE:
        return f"{now.acknowledged_by} has acknowledged it already"
    return _while_people_work(now)


def _verify(now: Situation) -> str | None:
    if now.stage not in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
        return f"nothing to verify yet: it is in {now.stage}"
    return None


def _hold(now: Situation) -> str | None:
    if now.on_hold:
        return f"it is on hold already, for {now.on_hold}"
    return _while_people_work(now)


def _page(now: Situation) -> str | None:
    if now.on_hold:
        return f"it is on hold, for {now.on_hold}: resume it first"
    if now.acknowledged_by:
        return f"{now.acknowledged_by} has acknowledged it; reassign it to page others"
    return _while_people_work(now)


def _resume(now: Situation) -> str | None:
    return None if now.on_hold else "it is not on hold"


def _always(_: Situation) -> str | None:
    return None


_ANSWERS_TO_APPROVAL = (Action.APPROVE, Action.DENY, Action.DELEGATE)

_REFUSALS: dict[Action, Callable[[Situation], str | None]] = {
    Action.ACKNOWLEDGE: _acknowledge,
    Action.RESOLVE: _while_people_work,
    Action.VERIFY: _verify,
    Action.ESCALATE: _while_people_work,
    Action.REASSIGN: _while_people_work,
    Action.HOLD: _hold,
    Action.RESUME: _resume,
    Action.COMMENT: _always,
    Action.REPRIORITISE: _always,
    Action.PAGE: _page,
    Action.COMMAND: _always,
    Action.LINK: _always,
    Action.MERGE: _always,
    Action.WITHDRAW: _always,
    Action.REPORT_AGAIN: _always,
}
