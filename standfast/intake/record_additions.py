"""Comments, corrections and tags on the record of an incident that has closed.

A comment is taken by the workflow as long as it runs, also while it closes, and from then on by the
record. Temporal refuses an update of a run that has ended, so it is one of the two.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from temporalio.client import Client

from standfast.incidents.actions import (
    Action,
    ActionResult,
    Comment,
    Correct,
    RecordAction,
    Tag,
)
from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.search_words import same_name
from standfast.intake.actions import act
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused, StillOpen
from standfast.records.adding import NotOnRecord, TooMany
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore

_TRIES = 3


async def comment(
    client: Client,
    incident_id: str,
    payload: Comment,
    add: Callable[[], Awaitable[ActionResult]],
    *,
    update_id: str | None = None,
) -> ActionResult:
    """Comment on an incident: on its timeline while its run goes on, else on its record.

    payload: with `episode` the comment is for that one, else for the latest.
    add: adds it to the record, or raises StillOpen.

    Raises as `act` and `add` do.
    """
    for _ in range(_TRIES):
        try:
            return await act(client, incident_id, Action.COMMENT, payload, update_id=update_id)
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
    payload: Comment | Correct | Tag,
    event: AuditEvent,
    *,
    key: str = "",
) -> ActionResult:
    """Add to the record of the incident that looks like this.

    event: who does it, and from where; what it is about is filled in.
    key: the same for every try of one addition; empty where nobody tries again.

    Raises:
        StillOpen: it has not closed yet.
        Refused: nothing can be added, with the reason.
        RecordsUnavailable: the record store does not answer; nothing was added.
    """
    if view.status == "open":
        raise StillOpen(f"{view.incident_id} is open: this is for incidents that have closed")
    addition = _addition(payload)
    about = f"episode {view.episode}: {addition.kind} {addition.field or ''}".rstrip()
    event = event._replace(
        kind=AuditKind.ADDED_TO_RECORD, subject=view.incident_id, detail=about, behalf=payload.by
    )
    if event.by == payload.by:
        event = event._replace(behalf="")
    try:
        await records.run(records.adding.add, view.incident_id, view.episode, addition, key, event)
    except NotOnRecord:
        raise Refused(
            f"{view.incident_id} is not on record: its run ended without one, so nothing can be "
            "added"
        ) from None
    except TooMany as many:
        raise Refused(f"{view.incident_id} has {many}, which is the most") from None
    action = Action.COMMENT if isinstance(payload, Comment) else _ACTIONS[type(payload)]
    return ActionResult(
        incident_id=view.incident_id, action=action, message=_done(addition), stage=Box.CLOSE
    )


_ACTIONS: dict[type[Correct | Tag], RecordAction] = {
    Correct: RecordAction.CORRECT,
    Tag: RecordAction.TAG,
}


def _addition(payload: Comment | Correct | Tag) -> Addition:
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
    return f"tagged {addition.text}"
