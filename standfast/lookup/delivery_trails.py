"""What became of each message about an incident, channel by channel, and that in words."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING

from standfast.incidents.ids import step_of
from standfast.incidents.notification import Purpose
from standfast.incidents.record import IncidentView
from standfast.incidents.visibility import Responders
from standfast.lookup.chat_trails import chat_events
from standfast.messages.message import InUtc, Message
from standfast.records.delivery import DeliveryEvent, Progress

if TYPE_CHECKING:
    from standfast.records.store import RecordStore


class DeliveryStep(Message):
    """`detail` is why it failed, how it was answered, or that it went in a digest."""

    state: Responders[Progress]
    at: Responders[InUtc]
    detail: Responders[str] = ""


class DeliveryTrail(Message):
    """One message through one channel: its steps, the oldest first."""

    key: Responders[str]
    recipient: Responders[str]
    channel: Responders[str]
    steps: Responders[tuple[DeliveryStep, ...]]


async def trails_of(records: "RecordStore", view: IncidentView) -> tuple[DeliveryTrail, ...]:
    """Those of one episode, the oldest first; its messages in chats are among them.

    Raises:
        RecordsUnavailable: the record store is away.
    """
    events = await asyncio.to_thread(records.deliveries.of_incident, view.incident_id)
    prefix = f"{view.incident_id}:{view.episode}:"
    sent = [event for event in events if event.key.startswith(prefix)]
    steps = await asyncio.to_thread(records.chat_steps.of, view.incident_id, view.episode)
    return trails([*sent, *chat_events(steps, view)])


def trails(events: Iterable[DeliveryEvent]) -> tuple[DeliveryTrail, ...]:
    """Events, the oldest first, as the messages that they are of."""
    found = sorted(events, key=lambda event: (event.key, event.channel))  # in each as before
    made = [
        DeliveryTrail(
            key=key,
            recipient=steps[0].recipient,
            channel=channel,
            steps=tuple(DeliveryStep(state=e.state, at=e.at, detail=e.detail) for e in steps),
        )
        for (key, channel), group in groupby(found, lambda event: (event.key, event.channel))
        for steps in [list(group)]
    ]
    return tuple(sorted(made, key=_order))


def _order(trail: DeliveryTrail) -> tuple[datetime, bool]:
    """What failed first: the next channel was tried in the same moment."""
    first = trail.steps[0]
    return first.at, first.state is not Progress.FAILED


def in_words(trail: DeliveryTrail, zone: tzinfo | None = None) -> str:
    """What a person reads of it: the time of each step, with its day where that is another.

    zone: whose clock it is; None for this machine's.

    >>> at = datetime.fromisoformat("2026-11-30T03:12:04Z")
    >>> sent = DeliveryEvent("INC-7F3K2QXWM4:1:page-1:1", "ana", "sms", Progress.SENT, at)
    >>> [trail] = trails([sent, sent._replace(state=Progress.OPENED)])
    >>> in_words(trail, at.tzinfo)
    'ana: sent through sms 03:12:04, opened 03:12:04'

    What is no page says what it is: `ben (taken): sent through mail 03:13:10`.
    """
    began = day_of(trail, zone)
    words = []
    for step in trail.steps:
        at = step.at.astimezone(zone)
        when = f"{at:%H:%M:%S}" if at.date() == began else f"{at:%Y-%m-%d %H:%M:%S}"
        detail = f" ({step.detail})" if step.detail else ""
        words.append(f"{step.state} {when}{detail}")
    first = "not sent" if trail.steps[0].state is Progress.FAILED else str(trail.steps[0].state)
    words[0] = f"{first} through {trail.channel} {words[0].partition(' ')[2]}"
    what = step_of(trail.key)
    news = f" ({what})" if what and what != Purpose.PAGE else ""
    return f"{trail.recipient}{news}: {', '.join(words)}"


def day_of(trail: DeliveryTrail, zone: tzinfo | None = None) -> date:
    """The day of its first step."""
    return trail.steps[0].at.astimezone(zone).date()
