"""How the server listens."""

import socket

from standfast.hosting.settings import Settings
from standfast.web.server import listening


def test_an_answer_waits_for_no_acknowledgement_of_its_first_part() -> None:
    with (
        listening(Settings(api_port=0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
