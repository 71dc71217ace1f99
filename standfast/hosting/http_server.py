"""uvicorn as a part of our processes, which end it in their own way."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from standfast.programs.running import to_completion


class HttpServer(uvicorn.Server):
    """uvicorn that leaves signals to the process, and ends in order when its task is cancelled."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: uvicorn would raise the signal again, as if the process had failed."""
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit`; a cancellation is raised again once it has shut down.

        Cancelled itself, uvicorn leaves its connections open and its sockets watched: once they are
        closed, the event loop refuses the next file of their number, whoever opens that.
        """
        serving = asyncio.ensure_future(super().serve(sockets))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            await to_completion(serving)
            raise
