"""HTTP connections that are used again by the next message of the same thread.

They stand open for a moment only, and hold what belongs to no message: cookies, headers and
credentials are those of each request.
"""

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

IDLE_FOR = 1.0
"""Seconds after which an idle connection is not used any more; most services wait for longer."""

OPEN_FOR = 60.0
"""Seconds after which connections are opened anew, so that a service can move elsewhere."""


class KeptConnections(HTTPAdapter):
    """How `requests` reaches services; to be used by one thread."""

    def __init__(
        self, idle_for: float = IDLE_FOR, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds."""
        super().__init__(pool_maxsize=1)
        self._idle_for = idle_for
        self._clock = clock
        self._opened = clock()
        self._used: dict[str, float] = {}
        """When the hosts answered last to which connections may be open."""

    def send(self, request: requests.PreparedRequest, *how: Any, **more: Any) -> requests.Response:
        """Send it, through the connection that is open to its host, or a new one.

        A service may close a connection at the moment in which it is used again. What went that way
        unanswered is sent once more: a message goes out at least once, under one key.
        """
        now = self._clock()
        # All of them once one is idle: a connection to a proxy may be that of several hosts.
        idle_since = min(self._used.values(), default=now)
        if now - idle_since > self._idle_for or now - self._opened > OPEN_FOR:
            self._open_anew()
        host = urlsplit(request.url or "").netloc.rpartition("@")[2]
        try:
            answer = super().send(request, *how, **more)
        except requests.ConnectionError as failed:
            if host not in self._used or not _was_closed(failed, request):
                raise
            self._open_anew()
            answer = super().send(request, *how, **more)
        self._used[host] = self._clock()
        return answer

    def _open_anew(self) -> None:
        self.close()
        self._used.clear()
        self._opened = self._clock()


class _Kept(threading.local):
    """The connections of this thread; they are closed when it ends."""

    def __init__(self) -> None:
        self.connections = KeptConnections()


_kept = _Kept()


def kept_connections() -> KeptConnections:
    """Those of this thread."""
    return _kept.connections


def _was_closed(failed: requests.ConnectionError, request: requests.PreparedRequest) -> bool:
    """Whether the connection was closed before an answer, and all of it can be sent again."""
    closed = bool(failed.args) and isinstance(failed.args[0], ProtocolError)
    return closed and isinstance(request.body, str | bytes | None)
