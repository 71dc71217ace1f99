"""A storm in which no two alerts are the same, with P1s among them: how long do those wait?"""

import asyncio
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import yaml

from benchmarks.alert_door import AlertDoor, incident_of, with_sources
from benchmarks.inbox import Inbox, open_inbox
from benchmarks.percentiles import percentiles
from benchmarks.processes import Standfast, Used, standfast
from standfast.incidents import names
from standfast.messages.message import Message
from standfast.records.store import RecordStore
from tests.stories.company import write_policy

_SENDERS = 64
_WARMING_UP = 30
_LISTED_WITHIN = 30.0
"""Seconds until Temporal counts what it has."""

_WORST = "core"
"""The service whose alerts are P1s."""


class Plan(NamedTuple):
    """How many alerts in so many seconds, each of `every` a P1; and P1s before it, one by one."""

    distinct: int
    every: int
    idle: int
    seconds: float

    def is_p1(self, number: int) -> bool:
        """Whether the alert with this number is one."""
        return number % self.every == self.every - 1


class Figures(Message):
    """What became of a storm of different alerts.

    alerts: P1s are among them. retried: how often one was not taken, and was sent again. lost: how
    many never paged. seconds: until the last was taken; settled: until the last first page.
    per_second: alerts by the latter. p1_idle, p1_storm, others: milliseconds from when an alert was
    due, or for the others sent, to its first page. ratio_p50, ratio_p99: of the P1s in the storm to
    those before it. *_cpu_ms: for each alert.
    """

    alerts: int
    p1s: int
    retried: int
    incidents: int
    lost: int
    pages: int
    seconds: float
    settled: float
    per_second: float
    p1_idle: dict[str, float]
    p1_storm: dict[str, float]
    others: dict[str, float]
    ratio_p50: float
    ratio_p99: float
    worker_cpu_ms: float
    server_cpu_ms: float
    api_cpu_ms: float
    driver_cpu_ms: float


class _Sent:
    """The alerts of one kind: when each was due, by its incident."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}

    def latencies(self, inbox: Inbox) -> list[float]:
        """Seconds from when each was due to its first page, of those that came."""
        return [
            inbox.first[incident] - due
            for incident, due in self.due.items()
            if incident in inbox.first
        ]


class _Storm:
    """Monitors, all of which have something else to say."""

    def __init__(self, door: AlertDoor, inbox: Inbox) -> None:
        self._door = door
        self._inbox = inbox

    async def one_by_one(self, count: int, kind: str) -> _Sent:
        """So many P1s, each after the page of the one before."""
        sent, line = _Sent(), self._door.line()
        for number in range(count):
            key = f"{kind}-{number}"
            sent.due[incident_of(key)] = time.perf_counter()
            await self._door.trigger(line, key, f"Outage of switch {number}", _WORST)
            await self._inbox.wait(incident_of(key))
        line.close()
        return sent

    async def blow(self, plan: Plan, kind: str) -> tuple[_Sent, _Sent]:
        """P1s and others, evenly spread; returns when all have been taken."""
        p1s, others = _Sent(), _Sent()
        began = time.perf_counter()
        numbers = iter([n for n in range(plan.distinct) if not plan.is_p1(n)])
        urgent: list[asyncio.Task[None]] = []

        async def send_p1(number: int, due: float) -> None:
            # On a line of its own and when it is due: it waits for no sender that is held up.
            line, key = self._door.line(), f"{kind}-{number}"
            p1s.due[incident_of(key)] = due
            await self._door.trigger(line, key, f"Outage of switch {number}", _WORST)
            line.close()

        async def send() -> None:
            line = self._door.line()
            for number in numbers:
                due = began + number * plan.seconds / plan.distinct
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                key = f"{kind}-{number}"
                others.due[incident_of(key)] = time.perf_counter()
                await self._door.trigger(line, key, f"Host {number}: wiki app crashed")
            line.close()

        async def send_p1s() -> None:
            for number in filter(plan.is_p1, range(plan.distinct)):
                due = began + number * plan.seconds / plan.distinct
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                urgent.append(asyncio.create_task(send_p1(number, due)))

        await asyncio.gather(send_p1s(), *(send() for _ in range(_SENDERS)))
        await asyncio.gather(*urgent)
        return p1s, others


async def measure_distinct(plan: Plan, place: Path, *, priorities: bool) -> Figures:
    """P1s one by one, then the storm. `priorities`: whether Temporal's server minds them."""
    worker = ("worker.py",) if priorities else ("-m", "benchmarks.worker_without_priorities")
    async with open_inbox() as inbox:
        policy = write_policy(place / "policy.yaml", inbox.address, place)
        _make_the_worst_p1(policy)
        with_sources(policy)
        async with standfast(place / "data", policy, worker=worker) as running:
            with closing(RecordStore(running.settings.records_url)) as records:
                return await _measure(plan, running, AlertDoor(running, records), inbox)


def _make_the_worst_p1(policy: Path) -> None:
    given = yaml.safe_load(policy.read_text())
    given["services"][_WORST] |= {"impact": "high", "urgency": "high"}
    policy.write_text(yaml.safe_dump(given))


async def _measure(plan: Plan, running: Standfast, door: AlertDoor, inbox: Inbox) -> Figures:
    storm = _Storm(door, inbox)
    await storm.one_by_one(_WARMING_UP, "warm-up")
    idle = percentiles((await storm.one_by_one(plan.idle, "idle")).latencies(inbox), 50, 99)
    print(f"P1s while nothing else happens: {idle}", file=sys.stderr)
    pages, used, began = inbox.messages, running.pids.used(), time.perf_counter()
    p1s, others = await storm.blow(plan, "storm")
    taken = time.perf_counter()
    print(f"all taken after {taken - began:.0f} s, not all paged yet", file=sys.stderr)
    lost = await inbox.missing([*p1s.due, *others.due])
    settled = max(inbox.first.values())
    used = running.pids.used().since(used)
    in_storm = percentiles(p1s.latencies(inbox), 50, 99)
    print(f"P1s in the storm: {in_storm}", file=sys.stderr)
    return Figures(
        alerts=plan.distinct,
        p1s=len(p1s.due),
        retried=door.retried,
        incidents=await _incidents(running, _WARMING_UP + plan.idle, plan.distinct),
        lost=len(lost),
        pages=inbox.messages - pages,
        seconds=round(taken - began, 1),
        settled=round(settled - began, 1),
        per_second=round(plan.distinct / (settled - began), 2),
        p1_idle=idle,
        p1_storm=in_storm,
        others=percentiles(others.latencies(inbox), 50, 99),
        ratio_p50=round(in_storm["p50_ms"] / idle["p50_ms"], 2),
        ratio_p99=round(in_storm["p99_ms"] / idle["p99_ms"], 2),
        **_cpu_each(used, plan.distinct),
    )


def _cpu_each(used: Used, alerts: int) -> dict[str, float]:
    return {
        f"{who}_cpu_ms": round(spent / alerts * 1000, 1) for who, spent in used._asdict().items()
    }


async def _incidents(running: Standfast, before: int, expected: int) -> int:
    """How many the storm opened, by Temporal's own count, which comes a little late."""
    until = time.perf_counter() + _LISTED_WITHIN
    while True:
        found = await running.client.count_workflows(f"WorkflowType = '{names.WORKFLOW}'")
        if found.count - before >= expected or time.perf_counter() > until:
            return found.count - before
        await asyncio.sleep(0.5)
