"""The TCP probe against real sockets."""

import asyncio
import socket
from datetime import timedelta

import pytest
from pydantic import ValidationError

from standfast.incidents.resolution import Verdict
from standfast.policy.system_tests import TcpTest
from standfast.probes import tcp
from standfast.probes.context import ProbeContext
from tests.patience import PATIENCE
from tests.probes.names import Names

SOON = timedelta(seconds=5)
HERE = ("127.0.0.1",)


async def test_a_port_that_accepts_is_well() -> None:
    taken: asyncio.Queue[bytes] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.put_nowait(await reader.read())
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        seen = await tcp.probe(TcpTest(host="127.0.0.1", port=port), ProbeContext(SOON, HERE))
        assert seen == (Verdict.RESOLVED, f"127.0.0.1 port {port} accepts connections")
        # It said nothing and left.
        assert await asyncio.wait_for(taken.get(), PATIENCE) == b""


async def test_a_port_that_refuses_is_not() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        seen = await tcp.probe(TcpTest(host="127.0.0.1", port=port), ProbeContext(SOON, HERE))
    assert seen == (Verdict.UNRESOLVED, f"127.0.0.1 port {port}: Connection refused")


@pytest.mark.parametrize("host", [f"{'a' * 70}.example", "a b", "2130706433", "fe80::1%lo"])
def test_a_host_that_cannot_be_is_no_test(host: str) -> None:
    with pytest.raises(ValidationError, match="must be a host name or an IP address"):
        TcpTest(host=host, port=80)


async def test_a_host_off_the_list_is_not_connected_to() -> None:
    with socket.socket() as heard:
        heard.bind(("127.0.0.1", 0))
        heard.listen()
        heard.setblocking(False)
        test = TcpTest(host="127.0.0.1", port=heard.getsockname()[1])
        seen = await tcp.probe(test, ProbeContext(SOON, ("127.0.0.2", "shop.example")))
        assert seen == (None, "127.0.0.1 is not on the policy's list of hosts")
        with pytest.raises(BlockingIOError):
            heard.accept()


async def test_of_several_addresses_the_first_that_accepts_is_enough(names: Names) -> None:
    with socket.socket() as heard:
        heard.bind(("127.0.0.1", 0))
        heard.listen()
        names.lead("db.example", ["127.0.0.3", "127.0.0.1"])
        test = TcpTest(host="db.example", port=heard.getsockname()[1])
        assert (
            await tcp.probe(test, ProbeContext(SOON, ("db.example", "127.0.0.0/8")))
        ).says is Verdict.RESOLVED
        # Nobody hears the only one that is permitted.
        seen = await tcp.probe(test, ProbeContext(SOON, ("db.example", "127.0.0.3")))
    assert seen == (Verdict.UNRESOLVED, f"db.example port {test.port}: Connection refused")


async def test_a_name_that_leads_nowhere_is_not_well(names: Names) -> None:
    names.lead("gone.example", [])
    seen = await tcp.probe(
        TcpTest(host="gone.example", port=80), ProbeContext(SOON, ("gone.example",))
    )
    assert seen == (Verdict.UNRESOLVED, "gone.example port 80: Name or service not known")


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
            seen = await tcp.probe(test, ProbeContext(timedelta(seconds=1), HERE))
        finally:
            for client in waiting:
                client.close()
    assert seen == (
        Verdict.UNRESOLVED,
        f"127.0.0.1 port {address[1]} did not accept within 1 s",
    )
