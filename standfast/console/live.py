"""Tells open pages by server-sent events that they have changed; they reload their content."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.event_streams import EventStreams
from standfast.api.subscription import Subscription, Subscriptions
from standfast.api.visible import seen_by
from standfast.console.board_watch import BoardWatch
from standfast.console.errors import PageRoute
from standfast.console.incident_page import known_shape
from standfast.console.session import needs_role, who
from standfast.console.viewer import Viewer
from standfast.incidents.roles import Role

_ALIVE_EVERY = 15.0
"""Seconds between heartbeats, by which both sides notice that the other is gone."""

_LONGEST = 600.0
"""Seconds; then the browser reconnects, and its sign-in is checked again."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class LiveSource(Protocol):
    """Something that can be watched for changes."""

    async def latest(self) -> Any:
        """The latest state."""

    async def changes(self, seen: Any, within: float) -> bool:
        """Wait so many seconds for something newer than `seen`; return whether there is."""


async def _board(
    request: Request, caller: Annotated[Caller, Depends(needs_role(Role.RESPONDER))]
) -> AsyncIterator[BoardWatch]:
    board: BoardWatch = request.app.state.board_watch
    streams: EventStreams = request.app.state.event_streams
    with streams.opened(caller):
        async with board.watching():
            yield board


async def _incident(
    request: Request, backend: TheBackend, caller: Viewer, incident_id: str
) -> AsyncIterator[Subscription]:
    watches: Subscriptions = request.app.state.watches
    streams: EventStreams = request.app.state.event_streams
    with streams.opened(caller):
        async with watches.watching(known_shape(incident_id)) as watch:
            seen_by(caller, backend, await watch.latest())
            yield watch


@router.get("/live")
async def board_live(
    request: Request, backend: TheBackend, watch: Annotated[BoardWatch, Depends(_board)]
) -> Response:
    """Changes of the board."""
    return _answer(request, backend, watch)


@router.get("/incidents/{incident_id}/live")
async def incident_live(
    request: Request, backend: TheBackend, watch: Annotated[Subscription, Depends(_incident)]
) -> Response:
    """Changes of one incident."""
    return _answer(request, backend, watch)


def _answer(request: Request, backend: Backend, watched: LiveSource) -> Response:
    return StreamingResponse(
        _events(request, backend, watched),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, backend: Backend, watched: LiveSource) -> AsyncIterator[str]:
    """An event at once, since the page may be outdated, and one for each change.

    It ends when the server does, and when the session is over.
    """
    leaving: asyncio.Event = request.app.state.leaving
    clock = asyncio.get_running_loop()
    until = clock.time() + _LONGEST
    changed = True
    yield "retry: 2000\n\n"
    while clock.time() < until and not leaving.is_set():
        if await who(request, backend) is None:
            return
        seen = await watched.latest()
        yield "event: changed\ndata:\n\n" if changed else ": still there\n\n"
        change = asyncio.ensure_future(watched.changes(seen, _ALIVE_EVERY))
        left = asyncio.ensure_future(leaving.wait())
        try:
            await asyncio.wait({change, left}, return_when=asyncio.FIRST_COMPLETED)
            changed = change.done() and change.result()
        finally:
            change.cancel()
            left.cancel()
