"""Comments, corrections and tags on the record of an incident that has closed, and who finds it.

What can be done to open and closed ones is taken by the workflow as long as it runs, also while it
closes, and from then on by the record. Temporal refuses an update of a run that has ended, so it is
one of the two.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.client import Client

from standfast.incidents.actions import (
    Action,
    ActionResult,
    Comment,
    Correct,
    RecordAction,
    Restrict,
    Tag,
    Unrestrict,
)
from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, LookupResult
from standfast.incidents.search_words import same_name
from standfast.incidents.via import Via
from standfast.intake.actions import act
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused, StillOpen
from standfast.records.adding import NotOnRecord, TooMany
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore

_TRIES = 3


ToOpenOrClosed = Comment | Restrict | Unrestrict
"""What is done at the run of an open incident, and to the record of a closed one."""

ToRecord = ToOpenOrClosed | Correct | Tag


class Commented(NamedTuple):
    """What became of a comment. on_record: that it is there, since the incident has closed, in
    words for whoever wrote it; empty where it is on the timeline.
    """

    result: ActionResult
    on_record: str = ""


async def comment_by(
    client: Client,
    records: RecordStore,
    find: Callable[[str, int | None], Awaitable[LookupResult]],
    incident_id: str,
    payload: Comment,
    *,
    may: Callable[[IncidentView], bool],
    via: Via,
    update_id: str | None,
) -> Commented:
    """Comment by mail or in a chat: on the timeline, or on the record once it has closed.

    find: looks an incident up. may: whether who comments sees the incident that has closed.
    update_id: the same for every try of it.

    Raises:
        NoSuchIncident, Refused: it is in neither, with the reason.
        NoAnswer, RecordsUnavailable, RPCError, IntakeError: it may be there; try again.
    """
    on_record = ""

    async def add() -> ActionResult:
        nonlocal on_record
        view = (await find(incident_id, payload.episode)).view
        if not may(view):
            raise NoSuchIncident(f"there is no incident {incident_id}")
        event = AuditEvent(AuditKind.ADDED_TO_RECORD, by=payload.by, origin=via.words)
        result = await add_to_record(records, view, payload, event, update_id=update_id)
        on_record = _on_record(view, (await find(incident_id, None)).view)
        return result

    done = await act_or_add(client, incident_id, Action.COMMENT, payload, add, update_id=update_id)
    return Commented(done, on_record)


def _on_record(view: IncidentView, latest: IncidentView) -> str:
    if view.merged_into:
        return (
            f"It was merged into {view.merged_into}, which goes on: what you wrote is on the "
            "record of this one, and nobody is told. Write it there."
        )
    if latest.status == "open":
        return (
            f"It goes on as episode {latest.episode}: what you wrote is on the record of episode "
            f"{view.episode}, and nobody is told. Write it there."
        )
    return (
        "It has closed: what you wrote is on its record, and nobody is told. If it is not over, "
        "report it again."
    )


async def act_or_add(
    client: Client,
    incident_id: str,
    action: Action,
    payload: ToOpenOrClosed,
    add: Callable[[], Awaitable[ActionResult]],
    *,
    update_id: str | None = None,
) -> ActionResult:
    """Do it at the run of an incident while that goes on, else to its record.

    payload: with `episode` it is for that one, else for the latest.
    add: adds it to the record, or raises StillOpen.

    Raises as `act` and `add` do.
    """
    for _ in range(_TRIES):
        try:
            return await act(client, incident_id, action, payload, update_id=update_id)
        except (NoSuchIncident, Refused) as over:
            if isinstance(over, Refused) and payload.episode is None:
                raise
            why = over
        try:
            return await add()
        except StillOpen:  # its next episode began in between
            continue
        except NoSuchIncident:
            raise why from None
    raise NoAnswer(f"{incident_id} closes and opens all the time: try again")


async def add_to_record(
    records: RecordStore,
    view: IncidentView,
    payload: ToRecord,
    event: AuditEvent,
    *,
    update_id: str | None = None,
) -> ActionResult:
    """Add to the record of the incident that looks like this.

    event: who does it, and from where; what it is about is filled in.
    update_id: the same for every try of one addition; None where nobody tries again.

    Raises:
        StillOpen: it has not closed yet.
        Refused: nothing can be added, with the reason.
        RecordsUnavailable: the record store does not answer; nothing was added.
    """
    if view.status == "open":
        raise StillOpen(f"{view.incident_id} is open: this is for incidents that have closed")
    addition = _addition(payload, view)
    about = f"episode {view.episode}: {addition.kind} {addition.field or ''}".rstrip()
    event = event._replace(
        kind=AuditKind.ADDED_TO_RECORD, subject=view.incident_id, detail=about, behalf=payload.by
    )
    if event.by == payload.by:
        event = event._replace(behalf="")
    # Updates are told apart in each run, additions in the whole record store.
    told_apart = f"{view.incident_id} {update_id}".encode(errors="replace")
    key = hashlib.sha256(told_apart).hexdigest() if update_id else ""
    try:
        await records.run(records.adding.add, view.incident_id, view.episode, addition, key, event)
    except NotOnRecord:
        raise Refused(
            f"{view.incident_id} is not on record: its run ended without one, so nothing can be "
            "added"
        ) from None
    except TooMany as many:
        raise Refused(f"{view.incident_id} has {many}, which is the most") from None
    return ActionResult(
        incident_id=view.incident_id,
        action=_ACTIONS[type(payload)],
        message=_done(addition),
        stage=Box.CLOSE,
    )


_ACTIONS: dict[type[ToRecord], Action | RecordAction] = {
    Comment: Action.COMMENT,
    Restrict: Action.RESTRICT,
    Unrestrict: Action.UNRESTRICT,
    Correct: RecordAction.CORRECT,
    Tag: RecordAction.TAG,
}


def _addition(payload: ToRecord, view: IncidentView) -> Addition:
    """view: with its whole timeline, which says who was paged."""
    who = {"at": datetime.now(UTC), "by": payload.by, "entered_by": payload.entered_by}
    match payload:
        case Comment():
            return Addition(
                kind=AdditionKind.COMMENT,
                text=payload.text,
                to_reporter=payload.to_reporter,
                **who,
            )
        case Correct():
            return Addition(
                kind=AdditionKind.CORRECTION,
                text=payload.should_say,
                field=payload.field,
                reason=payload.reason,
                **who,
            )
        case Restrict():
            paged = (each.person for each in view.timeline if each.event == "page_sent")
            people = dict.fromkeys(filter(None, (*paged, payload.by, *payload.people)))
            return Addition(
                kind=AdditionKind.RESTRICT,
                text="",
                reason=payload.reason,
                people=tuple(people),
                **who,
            )
        case Unrestrict():
            return Addition(kind=AdditionKind.UNRESTRICT, text="", reason=payload.reason, **who)
    kind = AdditionKind.UNTAG if payload.remove else AdditionKind.TAG
    return Addition(kind=kind, text=same_name(payload.tag), **who)


def _done(addition: Addition) -> str:
    match addition.kind:
        case AdditionKind.COMMENT:
            return "added to its record; it is closed, so nobody is told"
        case AdditionKind.CORRECTION if addition.field:
            return f"corrected: {addition.field.words}; what was written stays beside it"
        case AdditionKind.UNTAG:
            return f"not tagged {addition.text} any more"
        case AdditionKind.RESTRICT:
            return "confidential: only its team and those who have to do with it find it"
        case AdditionKind.UNRESTRICT:
            return "not confidential any more: every responder finds it"
    return f"tagged {addition.text}"
