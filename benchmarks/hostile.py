"""How long a page waits while the worst input comes through each door.

    python -m benchmarks.hostile [--only WORDS] [--times N] [--json]

A real worker, Temporal server and API. While an input of `hostile_inputs` is sent, several times at
once or by thousands of connections, an operator's list of incidents is fetched again and again; its
longest delay is what counts.
Exit code 1 where it is more than a second. Run it on a machine that has nothing else to do.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import hostile_inputs as doors
from benchmarks.alert_door import with_sources
from benchmarks.bursts import burst
from benchmarks.hostile_inputs import INPUTS, Input
from benchmarks.output import result_console
from benchmarks.processes import Standfast, standfast
from standfast.hosting.hard_exit import hard_exit
from standfast.hosting.settings import variable
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.ports import free_ports
from tests.stories.company import write_policy

GOAL = 1.0
"""Seconds that a page may be delayed."""

_PAGE = "/api/incidents"
_EVERY = 0.02
_LONGEST = 120.0
_AFTER = 1.0
"""Seconds: between two fetches; for one input; in which its consequences show."""


class Row(NamedTuple):
    """An input, and what happened. Seconds; `answer`: of the first, a status or SMTP's words."""

    door: str
    what: str
    bytes: int
    answer: str
    took: float
    delayed: float


class _Keys(NamedTuple):
    """Of the sources, and the port of SMTP."""

    source: str
    alerts: str
    mail: str
    smtp_port: int


async def measured(only: str, times: int) -> list[Row]:
    """Each input whose door or name has these words, sent so many times at once."""
    with tempfile.TemporaryDirectory(prefix="standfast-hostile-") as name:
        place = Path(name)
        policy = write_policy(place / "policy.yaml", "http://127.0.0.1:9", place)
        with_sources(policy)
        port = free_ports(1)
        variables = {variable("smtp_port"): str(port)}
        async with standfast(place / "data", policy, variables=variables) as running:
            keys = _keys(running, port)
            base = running.api
            async with (
                httpx.AsyncClient(base_url=base, timeout=_LONGEST) as page,
                httpx.AsyncClient(base_url=base, timeout=_LONGEST) as sender,
            ):
                identity = await _open(sender, running)
                rows = []
                for one in INPUTS:
                    if only in f"{one.door}: {one.what}":
                        rows.append(await _row(one, times, page, sender, running, keys, identity))
                        print(rows[-1], file=sys.stderr)
                return rows


def _keys(running: Standfast, port: int) -> _Keys:
    store = RecordStore(f"sqlite:///{running.settings.data_dir / 'records.db'}")
    try:
        source, alerts, mail = (
            store.tokens.create(NewToken(name=f"hostile-{name}", source=name)).secret
            for name in ("generic", "alertmanager", "email")
        )
        return _Keys(source, alerts, mail, port)
    finally:
        store.close()


async def _open(sender: httpx.AsyncClient, running: Standfast) -> str:
    answer = await sender.post(_PAGE, json={"title": "Lift stuck"}, headers=running.headers)
    return str(answer.json()["incident_id"])


async def _row(
    one: Input,
    times: int,
    page: httpx.AsyncClient,
    sender: httpx.AsyncClient,
    running: Standfast,
    keys: _Keys,
    identity: str,
) -> Row:
    content = one.build()
    started = time.perf_counter()
    longest = 0.0
    sent = [
        asyncio.create_task(_send(one, content, sender, running, keys, identity))
        for _ in range(1 if one.connections else times)
    ]
    all_sent = asyncio.gather(*sent, return_exceptions=True)
    until = None
    while until is None or time.perf_counter() < until:
        before = time.perf_counter()
        answer = await page.get(_PAGE, headers=running.headers)
        longest = max(longest, time.perf_counter() - before)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"the page answered with {answer.status_code}")
        await asyncio.sleep(_EVERY)
        if until is None and all_sent.done():
            took = time.perf_counter() - started
            until = time.perf_counter() + _AFTER
    first = (await all_sent)[0]
    words = first if isinstance(first, str) else f"{type(first).__name__}: {first}"
    return Row(one.door, one.what, one.bytes, words[:60], round(took, 3), round(longest, 3))


async def _send(
    one: Input,
    content: bytes,
    sender: httpx.AsyncClient,
    running: Standfast,
    keys: _Keys,
    identity: str,
) -> str:
    if one.door == doors.SMTP:
        return await _by_smtp(content, keys.smtp_port)
    if one.door == doors.CONNECTIONS:
        where = urlsplit(running.api)
        return await burst(str(where.hostname), where.port or 80, one.connections or 1, content)
    paths = {
        doors.REPORT: (_PAGE, running.token),
        doors.ACTION: (f"{_PAGE}/{identity}/comment", running.token),
        doors.SOURCE: ("/intake/generic", keys.source),
        doors.ALERTS: ("/api/v2/alerts", keys.alerts),
        doors.EVENTS: ("/v2/enqueue", ""),
        doors.MAIL: ("/intake/email", keys.mail),
        doors.SIGN_IN: ("/sign-in", ""),
    }
    path, key = paths[one.door]
    headers = {"Content-Type": one.kind} | ({"Authorization": f"Bearer {key}"} if key else {})
    answer = await sender.post(path, content=content, headers=headers)
    return str(answer.status_code)


async def _by_smtp(content: bytes, port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for words in (
            b"EHLO hostile.example",
            b"MAIL FROM:<rita@storyville.example>",
            b"RCPT TO:<help@storyville.example>",
            b"DATA",
        ):
            writer.write(words + b"\r\n")
        writer.write(content + b"\r\n.\r\nQUIT\r\n")
        await writer.drain()
        answers = (await reader.read()).decode(errors="replace").splitlines()
        return answers[-2 if answers[-1].startswith("221") else -1]
    finally:
        writer.close()


def as_document(rows: Sequence[Row]) -> dict[str, object]:
    """The document of --json."""
    longest = max((row.delayed for row in rows), default=0.0)
    return {"longest_delay_s": longest, "goal_s": GOAL, "inputs": [row._asdict() for row in rows]}


def main() -> None:
    """Print the table, or with --json one document."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.hostile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", metavar="WORDS", help="in `door: input`, like mail")
    parser.add_argument("--times", type=int, default=4, help="how often each, at once")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    console: Console = result_console()
    found = asyncio.run(measured(options.only, options.times))
    document = as_document(found)
    if options.json:
        console.print(json.dumps(document, indent=2), soft_wrap=True)
    else:
        table = Table("door", "input", "bytes", "answer", "took s", "page delayed s")
        for row in found:
            table.add_row(*(str(cell) for cell in row))
        console.print(table)
        console.print(f"longest delay of the page: {document['longest_delay_s']} s")
    hard_exit(1 if any(row.delayed > GOAL for row in found) else 0)


if __name__ == "__main__":
    main()
