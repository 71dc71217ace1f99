"""Carries out what somebody asks for: at the run of an open incident, or on a closed one's record.

Whoever adds to a record must see that episode, in the role that it needs.
"""

from standfast.api.access import Caller
from standfast.api.backend import Backend
from standfast.api.visible import found_for, must_be_allowed, must_have
from standfast.hosting.audit import from_here
from standfast.incidents.actions import (
    ACTIONS,
    Action,
    ActionDescription,
    ActionResult,
    Comment,
    Correct,
    Restrict,
    Tag,
    Unrestrict,
)
from standfast.intake.actions import act
from standfast.intake.record_additions import ToRecord, act_or_add, add_to_record
from standfast.messages.message import InboundMessage
from standfast.records.audit import AuditEvent, AuditKind


async def carry_out_for(
    caller: Caller,
    backend: Backend,
    incident_id: str,
    described: ActionDescription,
    payload: InboundMessage,
    *,
    episode: int | None = None,
    update_id: str | None = None,
) -> ActionResult:
    """Do an action for somebody who has named an incident: whether they may is looked up first.

    episode: the one that is meant, which may have closed; None for the latest.

    Raises as `carry_out` and `must_be_allowed` do.
    """
    if described.action in ACTIONS:  # of a record `carry_out` looks who sees it
        await must_be_allowed(caller, backend, incident_id, described.role, episode)
    if other := getattr(payload, "other", ""):
        await found_for(caller, backend, other)
    return await carry_out(caller, backend, incident_id, described, payload, update_id=update_id)


async def carry_out(
    caller: Caller,
    backend: Backend,
    incident_id: str,
    described: ActionDescription,
    payload: InboundMessage,
    *,
    update_id: str | None = None,
) -> ActionResult:
    """Do an action; `payload` is its model. update_id: the same for every try of it.

    Raises:
        NoSuchIncident: there is none that the caller may know of, or none that is open.
        Problem: 403 where they do not see its record in the role that is needed.
        Refused: it makes no sense now, with the reason.
        NoAnswer: no worker answered.
    """

    async def add(addition: ToRecord) -> ActionResult:
        seen = await found_for(caller, backend, incident_id, addition.episode)
        must_have(seen, described.role)
        event = from_here(AuditEvent(AuditKind.ADDED_TO_RECORD, by=caller.name))
        return await add_to_record(backend.records, seen.view, addition, event, update_id=update_id)

    if isinstance(payload, Correct | Tag):
        return await add(payload)
    action = Action(described.action)
    if isinstance(payload, Comment | Restrict | Unrestrict):
        return await act_or_add(
            backend.client, incident_id, action, payload, lambda: add(payload), update_id=update_id
        )
    return await act(backend.client, incident_id, action, payload, update_id=update_id)
