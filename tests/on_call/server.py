"""An HTTP server on loopback that has a calendar, or fails to give it."""

from tests.local_server import Handler, LocalServer


class CalendarServer(LocalServer):
    """Answers every GET with `status` and `content`, and keeps the paths in `asked`.

    location: where it redirects to, if anywhere.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.status = 200
        self.location = ""
        self.asked: list[str] = []
        super().__init__(self._handler())

    @property
    def url(self) -> str:
        return f"http://{self.address}/private-77ab/basic.ics"

    def _handler(self) -> type[Handler]:
        server = self

        class Giver(Handler):
            def do_GET(self) -> None:  # noqa: N802 - as the base class calls it
                server.asked.append(self.path)
                server.wait_while_it_hangs()
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

        return Giver
