"""Whether an action makes sense now: what decides it, and the reasons that several share."""

from collections.abc import Callable

from standfast.incidents.approval import Approval
from standfast.incidents.flowchart import Box
from standfast.messages.message import Message
from standfast.time.clocks import HoldReason


class GuardInput(Message):
    """What decides whether an action makes sense now.

    by: in whose name somebody acts. entered_by: who acts, where that is somebody else.
    as_reporter: they may do it only because they reported it.
    other: the incident that this one is to be linked to or merged into.
    episode: which one is open. meant_for: which one the action is meant for; None for any.
    tier: which has it. from_tier: which had it as whoever acts saw it; None for any.
    paged: who was paged by the escalation steps that go on. declined: who of them has declined, and
        was not paged again since.
    reporter: who reported it first. reporters: all who have.
    """

    incident_id: str = ""
    episode: int = 1
    stage: Box
    acknowledged_by: str = ""
    on_hold: HoldReason | None = None
    resolved_by: str = ""
    escalation_asked_by: str = ""
    approval: Approval | None = None
    merged_into: str = ""
    absorbed: tuple[str, ...] = ()
    withdrawn: bool = False
    confidential: bool = False
    by: str = ""
    entered_by: str = ""
    as_reporter: bool = False
    other: str = ""
    meant_for: int | None = None
    tier: int | None = None
    from_tier: int | None = None
    paged: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    reporter: str = ""
    reporters: tuple[str, ...] = ()


ON_ITS_WAY = frozenset({Box.ASSIGN, Box.ESCALATE})
"""It is being looked up who gets the incident: in a moment people work on it."""

Guard = Callable[[GuardInput], str | None]
"""Why the action makes no sense now; None when it does. Of what can be done after the close, it is
also asked then.
"""


def always(_: GuardInput) -> str | None:
    """It makes sense as long as the incident is open."""
    return None


def nobody_works_on_it(now: GuardInput) -> str | None:
    """Why no responder works on the incident now; None when they do."""
    if now.resolved_by:
        return f"{now.resolved_by} has resolved it; its verification goes on in {now.stage}"
    if now.stage is not Box.RESOLVE:
        return f"no responder works on it yet: it is in {now.stage}"
    if now.escalation_asked_by:
        return f"{now.escalation_asked_by} has asked for the next tier; it is on its way"
    return None


def while_approval_waits(now: GuardInput) -> str | None:
    """It makes sense for those who were asked whether a runbook may run."""
    return now.approval.refusal(now.by) if now.approval else "no runbook waits for an approval"


def while_another_s_approval_waits(now: GuardInput) -> str | None:
    """The same, but never for the one who asked for what is to be approved."""
    if refused := while_approval_waits(now):
        return refused
    asked = now.approval.requested_by if now.approval else ()
    if who := next((name for name in (now.by, now.entered_by) if name and name in asked), ""):
        return f"{who} reported it, so somebody else has to approve"
    return None


def with_another(now: GuardInput) -> str | None:
    """It makes sense with another incident only."""
    if now.other and now.other == now.incident_id:
        return "that is the incident itself"
    return None
