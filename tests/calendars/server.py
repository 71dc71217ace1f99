"""An HTTP server on loopback that has a calendar, or fails to give it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class _Server(ThreadingHTTPServer):
    # Only threads that are no daemons are waited for when the server closes.
    daemon_threads = False


class CalendarServer:
    """Answers every GET with `status` and `content`, and keeps the paths in `asked`.

    `hang()` lets it take requests and answer none until `release()`; leaving releases too.
    location: where it redirects to, if anywhere.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.status = 200
        self.location = ""
        self.asked: list[str] = []
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/private-77ab/basic.ics"

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

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            # A client that goes away half-way must not hold up the end of a test.
            timeout = 5

            def do_GET(self) -> None:
                server.asked.append(self.path)
                server._may_answer.wait(30)
                try:
                    self.send_response(server.status)
                    if server.location:
                        self.send_header("Location", server.location)
                    self.send_header("Content-Type", "text/calendar; charset=utf-8")
                    self.send_header("Content-Length", str(len(server.content)))
                    self.end_headers()
                    self.wfile.write(server.content)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Nothing on standard error: `asked` tells it all."""

        return Handler
