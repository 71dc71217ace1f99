"""An HTTP server on loopback that keeps what it is sent: where a test's messages arrive."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.local_server import Handler, LocalServer
from tests.patience import PATIENCE


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


class HttpSink(LocalServer):
    """Answers every request with `status` and `headers`, and keeps it in `requests`."""

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self._answers: dict[str, int] = {}
        self._received: list[Received] = []
        self._changed = threading.Condition()
        super().__init__(self._handler())

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

    def wait_for(self, count: int, seconds: float = PATIENCE) -> list[Received]:
        """Block until that many requests have come in; AssertionError when they do not."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._received) >= count, seconds):
                raise AssertionError(f"{len(self._received)} of {count} requests came in")
            return list(self._received)

    def _keep(self, received: Received) -> None:
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()

    def _handler(self) -> type[Handler]:
        sink = self

        class Keeper(Handler):
            def do_POST(self) -> None:  # noqa: N802 - as the base class calls it
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                status = sink._answers.get(self.path.split("?")[0].rstrip("/"), sink.status)
                if not sink.coming():
                    self.close_connection = True
                    return
                sink._keep(Received(self.command, self.path, headers, body, status))
                sink.there()
                sink.wait_while_it_hangs()
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

        return Keeper
