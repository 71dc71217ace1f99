"""An HTTP server on loopback that keeps what it is sent: where a test's messages arrive."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request and how it was answered. `json` is its body, None where that is no JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 200

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def key(self) -> str:
        """The idempotency key in its header, else empty."""
        return self.headers.get("idempotency-key", "")


class _Server(ThreadingHTTPServer):
    # Only threads that are no daemons are waited for when the server closes.
    daemon_threads = False


class HttpSink:
    """Answers every request with `status` and `headers`, and keeps it in `requests`.

    `hang()` lets it take requests and answer none until `release()`; leaving releases too.
    """

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self._answers: dict[str, int] = {}
        self._received: list[Received] = []
        self._changed = threading.Condition()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="http-sink"
        )

    @property
    def address(self) -> str:
        """Host and port, for a URL."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> list[Received]:
        """What came in so far, oldest first."""
        with self._changed:
            return list(self._received)

    @property
    def taken(self) -> list[Received]:
        """Those of them that were answered with success."""
        return [request for request in self.requests if request.status < 300]

    def answer(self, path: str, status: int) -> None:
        """From now on answer requests to `path` with that status."""
        self._answers[path] = status

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Block until that many requests have come in; AssertionError when they do not."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, seconds):
                raise AssertionError(f"{len(self._received)} of {count} requests came in")
            return list(self._received)

    def hang(self) -> None:
        """Take requests from now on without answering them."""
        self._may_answer.clear()

    def release(self) -> None:
        """Answer again, also those that wait."""
        self._may_answer.set()

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

    def _keep(self, received: Received) -> None:
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            # A client that goes away half-way must not hold up the end of a test.
            timeout = 5

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                status = sink._answers.get(self.path.split("?")[0].rstrip("/"), sink.status)
                sink._keep(Received(self.command, self.path, headers, body, status))
                sink._may_answer.wait(30)
                answer = b"{}"
                try:
                    self.send_response(status)
                    for name, value in sink.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    # It has given up waiting, which is what a hanging sink is for.
                    self.close_connection = True

            do_GET = do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing on standard error: `requests` tells it all."""

        return Handler
