"""The TCP probe against real sockets."""

import asyncio
import socket
from datetime import timedelta

from activities.probes import tcp
from incidents.policy.services import TcpTest
from incidents.resolution import Verdict

SOON = timedelta(seconds=5)


async def test_a_port_that_accepts_is_well() -> None:
    taken: asyncio.Queue[bytes] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.put_nowait(await reader.read())
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        seen = await tcp.probe(TcpTest(host="127.0.0.1", port=port), SOON)
        assert seen == (Verdict.RESOLVED, f"127.0.0.1 port {port} accepts connections")
        # It said nothing and left.
        assert await asyncio.wait_for(taken.get(), 5) == b""


async def test_a_port_that_refuses_is_not() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        seen = await tcp.probe(TcpTest(host="127.0.0.1", port=port), SOON)
    assert seen == (Verdict.UNRESOLVED, f"127.0.0.1 port {port}: Connection refused")


async def test_a_host_name_that_cannot_be_is_not_looked_up() -> None:
    seen = await tcp.probe(TcpTest(host=f"{'a' * 70}.example", port=80), SOON)
    assert seen.says is None
    assert "cannot be looked up" in seen.detail


async def test_a_full_backlog_is_out_of_time() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        address = busy.getsockname()
        # Linux lets in one more than the backlog; those after it get no answer.
        waiting = [socket.socket() for _ in range(3)]
        try:
            for client in waiting:
                client.setblocking(False)
                client.connect_ex(address)
            test = TcpTest(host="127.0.0.1", port=address[1])
            seen = await tcp.probe(test, timedelta(seconds=1))
        finally:
            for client in waiting:
                client.close()
    assert seen == (
        Verdict.UNRESOLVED,
        f"127.0.0.1 port {address[1]} did not accept within 1 s",
    )
