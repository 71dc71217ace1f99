"""A mail server on loopback that takes everything."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.ports import free_ports


class MailServer:
    """Keeps each mail in `taken`. `coming` and `there` are as of `LocalServer`."""

    def __init__(self) -> None:
        self.port = free_ports()
        self.taken: list[bytes] = []
        self.coming: Callable[[], bool] = lambda: True
        self.there: Callable[[], None] = lambda: None
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def url(self, to: str) -> str:
        """Of a channel that writes to that address."""
        return f"mailto://127.0.0.1:{self.port}?mode=insecure&from=pager@x.example&to={to}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.coming():
            return "451 not now"
        self.taken.append(envelope.content)
        self.there()
        return "250 taken"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()
