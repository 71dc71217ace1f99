"""A server on loopback that answers as the API of ntfy is documented."""

import json
from typing import Any

from tests.local_server import Handler, LocalServer

TOKEN = "tk_thisisnobodystoken"


class NtfyServer(LocalServer):
    """Publishes JSON to topics; `night` may be written only with the token. Keeps what it shows."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.shown: dict[str, dict[str, Any]] = {}
        """What a phone shows: by its sequence, the latest."""
        self.cleared: list[str] = []
        self.limited = False
        super().__init__(self._handler())

    def _publish(self, message: dict[str, Any], authorization: str) -> tuple[int, dict[str, Any]]:
        if self.limited:
            return 429, {"code": 42901, "http": 429, "error": "limit reached: too many requests"}
        if message["topic"] == "night" and authorization != f"Bearer {TOKEN}":
            return 403, {"code": 40301, "http": 403, "error": "forbidden"}
        if len(message["message"].encode()) > 4096 or len(message.get("actions", ())) > 3:
            return 400, {"code": 40018, "http": 400, "error": "invalid request"}
        self.came.append(message)
        named = f"m{len(self.came):0>11}"
        self.shown[message.get("sequence_id", named)] = message
        return 200, {"id": named, "time": 1764472324, "event": "message", **message}

    def _handler(self) -> type[Handler]:
        ntfy = self

        class Publisher(Handler):
            def do_PUT(self) -> None:  # noqa: N802 - as the base class calls it
                _, _topic, sequence, what = self.path.split("/")
                assert what == "clear"
                ntfy.cleared.append(sequence)
                del ntfy.shown[sequence]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:  # noqa: N802 - as the base class calls it
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not ntfy.coming():
                    self.close_connection = True
                    return
                status, answer = ntfy._publish(message, self.headers.get("Authorization", ""))
                ntfy.there()
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Publisher
