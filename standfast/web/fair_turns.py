"""Whose request is begun next: each caller in turn, those whose token or session was right first.

Requests that come by the thousand at one moment would else all be begun before the next one is
looked at. In each turn of the event loop only a few are begun, so others wait for a few of them,
not for all.
"""

import asyncio
import hashlib
from collections import OrderedDict, deque
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from standfast.api.access import IS_KNOWN
from standfast.hosting.client_address import client_key

BEGUN_IN_A_TURN = 6
"""Requests. Each takes about a third of a millisecond until it first waits for something."""

_FOR_STRANGERS = 2
"""Of them, while others wait too: a burst of one who is known does not keep out who signs in."""

_MOST_KNOWN = 10_000

_CREDENTIALS = (b"authorization", b"x-standfast-key", b"cookie")


class _Caller(NamedTuple):
    """By what the turns go: the credentials if they were right before, else the address."""

    is_known: bool
    key: bytes


class _Line:
    """Who waits, each caller with their requests in order."""

    def __init__(self) -> None:
        self._of: OrderedDict[bytes, deque[asyncio.Future[None]]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._of)

    def join(self, key: bytes, turn: "asyncio.Future[None]") -> None:
        """Wait behind the same caller's other requests."""
        self._of.setdefault(key, deque()).append(turn)

    def next(self) -> "asyncio.Future[None] | None":
        """The first request of the caller who has waited longest for a turn."""
        while self._of:
            key, turns = self._of.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._of[key] = turns
            if not turn.done():
                return turn
        return None


class FairTurns:
    """ASGI middleware, outside of all others. For one event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._known_wait, self._strangers_wait = _Line(), _Line()
        # Turns that are taken in this turn of the event loop.
        self._begun = 0
        self._next_turn: asyncio.Handle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        credentials = _credentials(scope)
        was_known = credentials in self._known
        client = scope.get("client")
        address = client_key(client[0] if client else "").encode()
        await self._turn(_Caller(was_known, credentials if was_known else address))
        state = scope.setdefault("state", {})
        await self._app(scope, receive, send)
        if credentials and state.get(IS_KNOWN):
            self._remember(credentials)

    async def _turn(self, caller: _Caller) -> None:
        """Wait until it is this caller's turn."""
        loop = asyncio.get_running_loop()
        if self._next_turn is None:
            self._next_turn = loop.call_soon(self._begin_some)
        line = self._known_wait if caller.is_known else self._strangers_wait
        if self._begun < BEGUN_IN_A_TURN and not line:
            self._begun += 1
            return
        turn = loop.create_future()
        line.join(caller.key, turn)
        await turn

    def _begin_some(self) -> None:
        """Begin a few of those that wait; called once in a turn of the event loop."""
        self._begun = 0
        self._next_turn = None
        while self._begun < BEGUN_IN_A_TURN:
            strangers_turn = self._begun < _FOR_STRANGERS
            lines = (self._known_wait, self._strangers_wait)
            turn = None
            for line in reversed(lines) if strangers_turn else lines:
                turn = turn or line.next()
            if turn is None:
                return
            turn.set_result(None)
            self._begun += 1
        if self._known_wait or self._strangers_wait:
            self._next_turn = asyncio.get_running_loop().call_soon(self._begin_some)

    def _remember(self, credentials: bytes) -> None:
        self._known[credentials] = None
        self._known.move_to_end(credentials)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


def _credentials(scope: Scope) -> bytes:
    """What stands for all that a request gives to be known by; empty where it gives nothing."""
    given = [b"%s: %s" % each for each in scope["headers"] if each[0] in _CREDENTIALS]
    return hashlib.sha256(b"\n".join(given)).digest() if given else b""
