"""The limit of bodies: by their declared length, else by counting."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.api.problems import problem_of


class BodyLimit:
    """ASGI middleware. `larger` has the limits, in bytes, of paths that accept larger bodies."""

    def __init__(self, app: ASGIApp, most: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._most = most
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
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
