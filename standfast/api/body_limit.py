"""The limit of bodies: by their declared length, else by counting; or read up to a limit.

The time that a body may take is limited where connections are: `web.protocol`.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.api.problem_details import problem_of

_DRAINED = 10
"""How many times the limit is received: a sender that could not send it all would try again."""

_LONGEST_END = 50_000


class Prefix(NamedTuple):
    """The beginning of a body; of one that is cut off also its last bytes."""

    kept: bytes
    cut_off: bool = False
    end: bytes = b""


async def read_prefix(request: Request, most: int) -> Prefix:
    """The body, as far as `most` bytes; the rest is received, and only its end is kept.

    Of one that goes on and on, the connection ends.
    """
    kept, end = bytearray(), bytearray()
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        fits = most - len(kept)
        kept += chunk[:fits]
        end = (end + chunk[fits:])[-_LONGEST_END:]
        if received > _DRAINED * most:
            return Prefix(bytes(kept), cut_off=True)
    return Prefix(bytes(kept), received > most, bytes(end))


class BodyLimit:
    """ASGI middleware.

    larger: the limits, in bytes, of paths that accept larger bodies.
    own: the beginnings of paths whose routes have a limit of their own, by `read_prefix`.
    """

    def __init__(
        self, app: ASGIApp, most: int, larger: Mapping[str, int], own: Collection[str]
    ) -> None:
        self._app = app
        self._most = most
        self._larger = larger
        self._own = tuple(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (
            scope["path"] not in self._larger and scope["path"].startswith(self._own)
        ):
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._most)
        told = dict(scope["headers"]).get(b"content-length", b"")
        if told.isdigit() and int(told[:20]) > most:
            await problem_of(_too_large(most)).response(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise _too_large(most)
            return message

        await self._app(scope, counted, send)


def _too_large(most: int) -> HTTPException:
    # Of this class, since FastAPI treats other exceptions as a body that cannot be parsed.
    return HTTPException(
        413, f"the body is larger than {most} bytes, the most that is allowed here"
    )
