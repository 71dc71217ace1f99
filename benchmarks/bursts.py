"""Connections that are opened and held by a process of their own, for `benchmarks.hostile`.

    python -m benchmarks.bursts HOST PORT CONNECTIONS    (what each sends is read from stdin)

It prints how many it has opened, and holds them for HOLDS seconds.
"""

import asyncio
import contextlib
import resource
import socket
import sys
import time

from benchmarks.processes import REPOSITORY

HOLDS = 1.0
_PATIENCE = 20.0


async def burst(host: str, port: int, connections: int, content: bytes) -> str:
    """Open so many, each of which sends this and reads nothing; how many could be opened."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.bursts", host, str(port), str(connections)),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(content)
    return said.decode().strip()


def main() -> None:
    """Open them one after the other, as fast as it goes."""
    host, port, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    content = sys.stdin.buffer.read()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    held = []
    for _ in range(connections):
        with contextlib.suppress(OSError):  # refused or ended: as it should be
            held.append(socket.create_connection((host, port), _PATIENCE))
            held[-1].sendall(content)
    print(f"{len(held)} open", flush=True)
    time.sleep(HOLDS)


if __name__ == "__main__":
    main()
