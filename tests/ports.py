"""Free ports for programs that must be told one, such as a server that is started again."""

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path


def free_ports(count: int = 1) -> int:
    """The first of so many ports in a row that are free now on the loopback address.

    They are below those that the system gives to outgoing connections: of these, one that is free
    now may be somebody's a moment later.
    """
    below = _first_outgoing_port()
    while True:
        first = random.randrange(max(1_024, below - 20_000), below - count)
        with suppress(OSError), ExitStack() as bound:
            for port in range(first, first + count):
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


def _first_outgoing_port() -> int:
    with suppress(OSError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return 32_768
