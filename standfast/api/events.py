"""An incident's timeline as server-sent events, from the listener's last event until it closes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from standfast.api.access import bearer, known
from standfast.api.backend import TheBackend
from standfast.api.event_streams import EventStreams
from standfast.api.incidents import IncidentId, Reporter
from standfast.api.problem_details import documented
from standfast.api.subscription import Subscription, Subscriptions
from standfast.api.visible import seen_by, seen_now
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.intake.errors import NoSuchIncident

HEARTBEAT = 15.0
"""Seconds; proxies close a stream that is silent for longer."""

_LONGEST = 3600.0
"""Seconds; then the listener reconnects."""

_AT_A_TIME = 20
"""Entries that are written before others have their turn."""

_STATE = frozenset(
    {"incident_id", "episode", "status", "stage", "priority", "team", "tier", "assignee"}
    | {"acknowledged_by", "on_hold", "occurrences", "outcome"}
)

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class EventCursor(NamedTuple):
    """A listener's position: the last entry that it has, as in the event's id."""

    episode: int = 0
    number: int = 0

    @classmethod
    def read(cls, event_id: str) -> "EventCursor":
        """From a `Last-Event-ID`; the start for an unknown one."""
        episode, _, number = event_id.partition("-")
        known = all(
            part.isascii() and part.isdigit() and len(part) < 10 for part in (episode, number)
        )
        return cls(int(episode), int(number)) if known else cls()

    def __str__(self) -> str:
        return f"{self.episode}-{self.number}"

    def news(self, view: IncidentView) -> tuple[TimelineEntry, ...]:
        """The entries after the cursor, in order; all of them in another episode."""
        if view.episode != self.episode:
            return view.timeline
        return tuple(entry for entry in view.timeline if entry.number > self.number)


async def _watch(
    request: Request, backend: TheBackend, caller: Reporter, incident_id: IncidentId
) -> AsyncIterator[Subscription]:
    """The incident's watch for as long as the answer lasts."""
    watches: Subscriptions = request.app.state.watches
    streams: EventStreams = request.app.state.event_streams
    with streams.opened(caller):
        async with watches.watching(incident_id) as watch:
            seen_by(caller, backend, await watch.latest())
            yield watch


@router.get(
    "/{incident_id}/events",
    operation_id="events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `timeline` (an entry; its id is EPISODE-NUMBER), `state` (where "
            "the incident stands now) and at last `closed`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "It has closed, and the listener has all of it: ask no more."},
        **documented(401, 403, 404, 422, 503, 504),
    },
)
async def events(
    request: Request,
    backend: TheBackend,
    caller: Reporter,
    watch: Annotated[Subscription, Depends(_watch)],
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=100)] = "",
) -> Response:
    """Follow an incident's timeline: past events, from `Last-Event-ID` on, and new ones."""
    cursor = EventCursor.read(last_event_id)
    view = await seen_now(caller, backend, await watch.latest())
    if view.status == "closed" and not cursor.news(view):
        # The answer at which a browser stops reconnecting.
        return Response(status_code=204)

    async def may_listen() -> bool:
        return await known(backend, bearer(request)) == caller

    async def see(latest: IncidentView) -> IncidentView:
        return await seen_now(caller, backend, latest)

    stream = stream_of(see, watch, cursor, request.app.state.leaving, may_listen)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def stream_of(
    see: Callable[[IncidentView], Awaitable[IncidentView]],
    watch: Subscription,
    cursor: EventCursor,
    leaving: asyncio.Event,
    may_listen: Callable[[], Awaitable[bool]],
    heartbeat: float = HEARTBEAT,
) -> AsyncIterator[str]:
    """The events after the cursor, of the incident as `see` shows it.

    It ends when the incident closes, when the listener's token opens no more, when `see` says
    NoSuchIncident, and when the server stops.
    """
    state: dict[str, object] = {}
    clock = asyncio.get_running_loop()
    until = clock.time() + _LONGEST
    yield "retry: 3000\n\n"
    while await may_listen():
        latest = await watch.latest()
        try:
            view = await see(latest)
        except NoSuchIncident:
            return
        news = cursor.news(view)
        for start in range(0, len(news), _AT_A_TIME):
            # Hundreds of listeners may begin at once, of an incident with thousands of entries.
            async with watch.writing:
                part = "".join(
                    _event(
                        "timeline",
                        entry.model_dump(mode="json"),
                        cursor := EventCursor(view.episode, entry.number),
                    )
                    for entry in news[start : start + _AT_A_TIME]
                )
                await asyncio.sleep(0)
            yield part
        now = view.model_dump(mode="json", include=set(_STATE))
        if now != state:
            state = now
            yield _event("state", state)
        if view.status == "closed":
            yield _event("closed", state)
            return
        if leaving.is_set() or watch.over or clock.time() > until:
            return
        if not await watch.changes(latest, heartbeat):
            yield ": still there\n\n"


def _event(kind: str, data: object, cursor: EventCursor | None = None) -> str:
    # JSON escapes line ends, which would end a line of the event.
    lines = [f"event: {kind}", f"data: {json.dumps(data)}"]
    return "\n".join([f"id: {cursor}", *lines] if cursor else lines) + "\n\n"
