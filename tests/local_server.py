"""HTTP servers on loopback that tests start, which can be told to hang."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.patience import PATIENCE


class _Server(ThreadingHTTPServer):
    # Only threads that are no daemons are waited for when the server closes.
    daemon_threads = False


class Handler(BaseHTTPRequestHandler):
    """Answers one connection; says nothing on standard error."""

    # A client that goes away half-way must not hold up the end of a test.
    timeout = 5

    def log_message(self, *_: object) -> None:
        """Nothing: what came in is kept where the test looks."""


class LocalServer:
    """A server with its thread, for as long as its block lasts.

    `hang()` lets it take requests and answer none until `release()`; leaving releases too.
    """

    coming: Callable[[], bool] = staticmethod(lambda: True)
    """Called before something is taken; it is not taken if that says False."""

    there: Callable[[], None] = staticmethod(lambda: None)
    """Called once it is taken, before the answer goes out."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        """Host and port, for a URL."""
        return f"127.0.0.1:{self._server.server_port}"

    def hang(self) -> None:
        """Take requests from now on without answering them."""
        self._may_answer.clear()

    def release(self) -> None:
        """Answer again, also those that wait."""
        self._may_answer.set()

    def wait_while_it_hangs(self) -> None:
        """For a handler, before it answers."""
        self._may_answer.wait(PATIENCE)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
