"""What a message costs the worker's process: ledger, channel and threads, without Temporal.

    python -m benchmarks.delivery [--messages N] [--json]

Pages go through the ledger in SQLite and an HTTP channel to a sink in another process, one after
the other and 40 at once. CPU is that of this process alone. Transactions are read from SQLite's
index of its log: each of them is one wait for the disk.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from standfast.incidents.assessment import Priority
from standfast.incidents.notification import Notification, Purpose
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.kinds.kind import KindContext
from standfast.notification.ledger import DeliveryLedger
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL

AT_ONCE = (1, 40)
_WARMING_UP = 80
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_LOG_INDEX = struct.Struct("=8xI")
"""Of the index of SQLite's log, up to its count of transactions (https://sqlite.org/walformat.html)."""


class _Sink(asyncio.Protocol):
    """Answers each request of a connection, as far as a benchmark's requests need it."""

    def __init__(self) -> None:
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, there, body = self._came.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if there and len(body) >= length:
            self._came = body[length:]
            self._transport.write(_ANSWER)


def _serve(port: "Connection[int, int]") -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def _sink() -> Iterator[str]:
    """Host and port of an HTTP server in a process of its own."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def transactions(records: Path) -> int:
    """How many transactions have been written to a SQLite database whose log is there."""
    index = records.with_name(f"{records.name}-shm").read_bytes()
    return int(_LOG_INDEX.unpack_from(index)[0])


def _page(key: str) -> Notification:
    return Notification(
        key=key,
        incident_id="INC-AAAAAAAAAA",
        purpose=Purpose.PAGE,
        recipient="dee",
        team="desk",
        priority=Priority.P2,
        title="Please acknowledge: disk full",
        body="You are on call for it.",
    )


async def _measure(delivery: MessageDelivery, records: Path, count: int, at_once: int) -> Any:
    numbers = iter(range(count))
    took: list[float] = []

    async def send_some() -> None:
        for number in numbers:
            began = time.perf_counter()
            await delivery.deliver(_page(f"INC-AAAAAAAAAA:1:page-{at_once}-{number}:1"))
            took.append(time.perf_counter() - began)

    written, began, used = transactions(records), time.perf_counter(), time.process_time()
    await asyncio.gather(*(send_some() for _ in range(at_once)))
    used, wall = time.process_time() - used, time.perf_counter() - began
    hundredths = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "cpu_ms": round(used / count * 1000, 2),
        "a_second": round(count / wall, 1),
        "p50_ms": round(hundredths[49] * 1000, 1),
        "p99_ms": round(hundredths[98] * 1000, 1),
        "transactions": round((transactions(records) - written) / count, 2),
    }


async def measure(messages: int, place: Path) -> dict[str, dict[str, float]]:
    """Figures for a message by how many are sent at once."""
    with _sink() as address:
        people = {"dee": {"name": "Dee", "channels": {"phone": f"json://{address}"}}}
        policy = SMALL | {"people": SMALL["people"] | people, "storm": {"pages": None}}
        (place / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
        source = PolicySource(place / "policy.yaml")
        file = place / "records.db"
        records = RecordStore(f"sqlite:///{file}")
        records.prepare()
        delivery = MessageDelivery(
            source,
            Channels(source, KindContext(place / "outbox.jsonl")),
            DeliveryLedger(source, records),
        )
        for number in range(_WARMING_UP):
            await delivery.deliver(_page(f"INC-AAAAAAAAAA:1:page-{number}:1"))
        found = {
            f"{at_once}_at_once": await _measure(delivery, file, messages, at_once)
            for at_once in AT_ONCE
        }
        records.close()
    return found


def main() -> int:
    """Print the table, or with --json the document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.delivery",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--messages", type=int, default=800, help="how many of each are sent")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.messages < 2:
        parser.error("--messages: at least 2 are needed for a percentile")
    with tempfile.TemporaryDirectory() as place:
        found = asyncio.run(measure(chosen.messages, Path(place)))
    if chosen.json:
        print(json.dumps(found, indent=2))
        return 0
    table = Table("a message", *(name.replace("_", " ") for name in found), title="Delivery")
    for row in next(iter(found.values())):
        table.add_row(row.replace("_", " "), *(str(column[row]) for column in found.values()))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
