"""A server on loopback that answers as Loki's documentation says `/loki/api/v1/query_range` does.

Written by hand after the documented HTTP API: Loki itself is in no package that the tests can have.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

MOST_LINES = 5_000
"""`max_entries_limit_per_query`, by default."""

Line = tuple[int, str, dict[str, str]]


@dataclass
class LokiServer:
    """Holds `lines` as (nanoseconds, text, labels); keeps what it was asked in `asked`.

    answer: a status and body that it gives instead.
    """

    lines: Iterable[Line] = ()
    answer: tuple[int, str] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    tenants: list[str | None] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        loki = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                loki.asked.append(query)
                loki.tenants.append(self.headers.get("X-Scope-OrgID"))
                status, body = loki.answer or loki.answered(url.path, query)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answered(self, path: str, query: dict[str, str]) -> tuple[int, str]:
        """Status and body: streams by their labels, the start in it and the end not."""
        if path != "/loki/api/v1/query_range":
            return 404, "404 page not found"
        limit, start, end = int(query["limit"]), int(query["start"]), int(query["end"])
        if limit > MOST_LINES:
            return 400, f"max entries limit per query exceeded, limit > {MOST_LINES} ({limit})"
        inside = sorted((line for line in self.lines if start <= line[0] < end), reverse=True)
        streams: dict[str, dict[str, Any]] = {}
        for moment, text, labels in inside[:limit]:
            key = json.dumps(labels, sort_keys=True)
            stream = streams.setdefault(key, {"stream": labels, "values": []})
            stream["values"].append([str(moment), text])
        result = {"resultType": "streams", "result": list(streams.values()), "stats": {}}
        return 200, json.dumps({"status": "success", "data": result})
