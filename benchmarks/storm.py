"""A storm of repeats through the API: how many incidents, whether counted exactly, and the signals.

    python -m benchmarks.storm [--repeats N] [--alerts N] [--seconds S] [--json]

A real server, worker and API, each in a process of its own. The events come as PagerDuty's, spread
evenly over the time; the signals are counted from the incidents' histories when all have settled.
"""

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from rich.console import Console
from rich.table import Table
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from benchmarks.processes import standfast
from standfast.hosting.hard_exit import hard_exit
from standfast.incidents import names
from standfast.incidents.actions import Action
from standfast.incidents.alert import incident_key
from standfast.incidents.ids import incident_id
from standfast.lookup.lookup import Lookup
from standfast.messages.message import Message
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.http_sink import HttpSink
from tests.stories.company import write_policy

_SENDERS = 64
_PATIENCE = 180.0
"""Seconds for the incidents to hear of the last repeat, once it has been answered."""

_OF_REPEATS = (names.REPEATS, Action.REPORT_AGAIN.value)


class Figures(Message):
    """What a storm was and what it cost.

    sent: events that were answered 202, and retried: how often one was not, and sent again.
    exact: of how many alerts the incident counted each answered event, and no other.
    signals: by which the incidents heard of repeats. seconds: until the last answer; settled: until
    the last incident knew its count. p50_ms, p99_ms: of an answer.
    """

    alerts: int
    repeats: int
    sent: int
    retried: int
    incidents: int
    exact: int
    occurrences: int
    signals: int
    seconds: float
    settled: float
    p50_ms: float
    p99_ms: float


class _Line:
    """One connection to the API, kept open; far cheaper than a client library, which on a machine
    of two cores would be what is measured.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: bytes) -> int:
        """Send it; the status of the answer.

        Raises:
            OSError, EOFError: the connection broke; the next call opens another.
        """
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            self._writer.write(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            await self._reader.readexactly(int(length[1]) if length else 0)
        except (OSError, EOFError):
            self.close()
            raise
        return int(head.split()[1])

    def close(self) -> None:
        """Let go of the connection."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


class _Storm:
    """The senders, and what they were answered."""

    def __init__(self, api: str, routing_key: str, keys: list[str]) -> None:
        self._port = int(api.rpartition(":")[2])
        self._routing_key = routing_key
        self._keys = keys
        self.answered: Counter[str] = Counter()
        self.retried = 0
        self.took: list[float] = []

    async def blow(self, events: int, seconds: float) -> None:
        """Send so many events, evenly spread, to one key after the other."""
        began = time.perf_counter()
        numbers = iter(range(events))

        async def send() -> None:
            line = _Line(self._port)
            for number in numbers:
                due = began + number * seconds / events
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await self._send(line, self._keys[number % len(self._keys)])
            line.close()

        await asyncio.gather(*(send() for _ in range(_SENDERS)))

    async def _send(self, line: _Line, key: str) -> None:
        body = {
            "routing_key": self._routing_key,
            "event_action": "trigger",
            "dedup_key": key,
            "payload": {"summary": f"{key}: wiki app crashed", "source": key, "severity": "error"},
        }
        data = json.dumps(body).encode()
        while True:
            started = time.perf_counter()
            try:
                status = await line.post("/v2/enqueue", data)
            except (OSError, EOFError):
                status = 0
            if status == 202:
                self.took.append(time.perf_counter() - started)
                self.answered[key] += 1
                return
            if 0 < status < 429:
                raise RuntimeError(f"answered with {status}")
            self.retried += 1
            await asyncio.sleep(1)


class _Heard(NamedTuple):
    occurrences: int
    signals: int


async def _heard(
    client: Client, lookup: Lookup, identity: str, expected: int, until: float
) -> _Heard:
    """What an incident knows in the end, or when time is up."""
    handle = client.get_workflow_handle(identity)
    while True:
        view = (await lookup.find(identity)).view
        if view.occurrences >= expected or time.perf_counter() > until:
            break
        await asyncio.sleep(1)
    signals = 0
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            told = event.workflow_execution_signaled_event_attributes.signal_name
            signals += told in _OF_REPEATS
    return _Heard(view.occurrences, signals)


async def measure(repeats: int, alerts: int, seconds: float, place: Path) -> Figures:
    """Blow a storm of so many repeats of so many alerts, after the first of each."""
    keys = [f"storm-{number}" for number in range(alerts)]
    with HttpSink() as sink:
        policy = write_policy(place / "policy.yaml", sink.address, place)
        policy.write_text(
            f"extends: {SHIPPED_POLICY.parent / 'sources.yaml'}\n{policy.read_text()}"
        )
        async with standfast(place / "data", policy) as running:
            records = RecordStore(running.settings.records_url)
            key = records.tokens.create(NewToken(name="storm", source="pagerduty")).secret
            storm = _Storm(running.api, key, keys)
            began = time.perf_counter()
            await storm.blow(repeats + alerts, seconds)
            answered = time.perf_counter()
            ids = {key: incident_id(incident_key("pagerduty", key)) for key in keys}
            lookup = Lookup(running.client, records)
            until = answered + _PATIENCE
            heard = {
                key: await _heard(running.client, lookup, ids[key], storm.answered[key], until)
                for key in keys
            }
            records.close()
            settled = time.perf_counter()
            incidents = await running.client.count_workflows(f"WorkflowType = '{names.WORKFLOW}'")
    took = sorted(storm.took)
    return Figures(
        alerts=alerts,
        repeats=repeats,
        sent=sum(storm.answered.values()),
        retried=storm.retried,
        incidents=incidents.count,
        exact=sum(heard[key].occurrences == storm.answered[key] for key in keys),
        occurrences=sum(one.occurrences for one in heard.values()),
        signals=sum(one.signals for one in heard.values()),
        seconds=round(answered - began, 1),
        settled=round(settled - began, 1),
        p50_ms=round(took[len(took) // 2] * 1000, 1),
        p99_ms=round(took[len(took) * 99 // 100] * 1000, 1),
    )


def main() -> NoReturn:
    """Print the table, or with --json the document; exit 1 where a count was not exact."""
    parser = argparse.ArgumentParser(prog="benchmarks.storm", description=__doc__)
    parser.add_argument("--repeats", type=int, default=20_000, help="after the first of each")
    parser.add_argument("--alerts", type=int, default=50, help="different ones")
    parser.add_argument("--seconds", type=float, default=60.0, help="over which they are spread")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    if chosen.repeats < 1 or chosen.alerts < 1 or chosen.seconds < 0:
        parser.error("--repeats and --alerts: at least 1; --seconds: at least 0")
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(measure(chosen.repeats, chosen.alerts, chosen.seconds, Path(place)))
    told: dict[str, Any] = figures.model_dump()
    if chosen.json:
        print(json.dumps(told, indent=2))
    else:
        table = Table("", "figure")
        for name, figure in told.items():
            table.add_row(name.replace("_", " "), f"{figure:,}")
        Console().print(table)
    hard_exit(0 if figures.exact == figures.alerts == figures.incidents else 1)


if __name__ == "__main__":
    main()
