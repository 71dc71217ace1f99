"""Monitors at the API's door for alerts: events of PagerDuty's kind, over connections kept open."""

import asyncio
import json
import re
import time
from pathlib import Path

from benchmarks.processes import Standfast
from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.ids import incident_id
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken

_SOURCE = "pagerduty"
_ACCEPTED = 202
_COMES_BACK_AFTER = 1.0
"""Seconds until an event is sent again that was not taken."""


def with_sources(policy: Path) -> None:
    """Extend a policy by what the shipped one knows of monitors."""
    sources = SHIPPED_POLICY.parent / "sources.yaml"
    policy.write_text(f"extends: {sources}\n{policy.read_text()}")


def incident_of(key: str) -> str:
    """The id of the incident that an event with this key opens."""
    return incident_id(incident_key(_SOURCE, key))


class Line:
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


class AlertDoor:
    """Where events are sent. `retried` counts how often one was not taken, and sent again."""

    def __init__(self, running: Standfast, records: RecordStore) -> None:
        self._port = int(running.api.rpartition(":")[2])
        self._key = records.tokens.create(NewToken(name="storm", source=_SOURCE)).secret
        self.retried = 0

    def line(self) -> Line:
        """Another connection."""
        return Line(self._port)

    async def trigger(self, line: Line, key: str, summary: str, component: str = "") -> float:
        """Send one until it is taken; seconds of the answer that took it.

        Raises:
            RuntimeError: it was refused for good.
        """
        payload = {"summary": summary, "source": key, "severity": "error"}
        if component:
            payload["component"] = component
        event = {
            "routing_key": self._key,
            "event_action": "trigger",
            "dedup_key": key,
            "payload": payload,
        }
        data = json.dumps(event).encode()
        while True:
            started = time.perf_counter()
            try:
                status = await line.post("/v2/enqueue", data)
            except (OSError, EOFError):
                status = 0
            if status == _ACCEPTED:
                return time.perf_counter() - started
            if 0 < status < 429:
                raise RuntimeError(f"answered with {status}")
            self.retried += 1
            await asyncio.sleep(_COMES_BACK_AFTER)
