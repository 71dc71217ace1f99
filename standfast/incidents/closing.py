"""The end of an episode: who was told how it ended, and the record that is kept of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from standfast.incidents.actors import OURSELVES
from standfast.incidents.flowchart import Box
from standfast.incidents.notification_texts import through
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.messages.message import Message


class Told(Message):
    """What became of the news to one recipient: the channel that took it, or the problem.

    `problems` are those of the channels that were tried before.
    """

    recipient: str
    channel: str = ""
    problem: str = ""
    problems: tuple[str, ...] = ()


def entry_of(told: Told) -> tuple[str, str]:
    """The event of the timeline that says what became of it, and its detail."""
    if told.problem:
        return "not_told", told.problem
    return "told", through(told.channel, told.problems)


def last_entries(
    view: IncidentView, told: Iterable[Told], at: datetime
) -> tuple[TimelineEntry, ...]:
    """What ends the timeline of an episode: who was told and who was not, and that it closed."""
    outcomes = [(*entry_of(each), each.recipient) for each in told]
    first = view.timeline_archived + len(view.timeline) + 1
    return tuple(
        TimelineEntry(
            number=number,
            at=at,
            box=Box.CLOSE,
            event=event,
            actor=OURSELVES,
            detail=detail,
            person=person,
        )
        for number, (event, detail, person) in enumerate(
            [*outcomes, ("closed", view.outcome or "", None)], start=first
        )
    )


def record_of(view: IncidentView, entries: Sequence[TimelineEntry]) -> IncidentView:
    """The record of an episode that ends with these entries."""
    return view.model_copy(
        update={
            "status": "closed",
            "waiting_for": (),
            "closed_at": entries[-1].at,
            "timeline": (*view.timeline, *entries),
        }
    )
