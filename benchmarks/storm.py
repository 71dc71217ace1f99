"""A storm of alerts through the API: of repeats, or of different ones with P1s among them.

    python -m benchmarks.storm [--repeats N] [--alerts N] [--seconds S] [--json]
    python -m benchmarks.storm --distinct N [--every N] [--idle N] [--seconds S] [--json]

A real server, worker and API, each in processes of its own. The events come as PagerDuty's, spread
evenly over the time.

Repeats: how many incidents there are, whether each counted exactly, and the signals that it took,
counted from the incidents' histories when all have settled.

Distinct: each alert opens an incident and pages somebody; every so many of them is a P1, which is
sent when it is due whatever became of those before. Measured is from then until its page has come,
first while nothing else happens, then in the storm; and again on a Temporal server to which all
priorities are the same. Then all pages are waited for and counted.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from rich.table import Table
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from benchmarks.alert_door import AlertDoor, incident_of, with_sources
from benchmarks.distinct_storm import Plan, measure_distinct
from benchmarks.output import result_console
from benchmarks.percentiles import percentiles
from benchmarks.processes import standfast
from benchmarks.usage import needs_linux
from standfast.hosting.hard_exit import hard_exit
from standfast.incidents import names
from standfast.incidents.actions import Action
from standfast.lookup.lookup import Lookup
from standfast.messages.message import Message
from standfast.records.store import RecordStore
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


class _Storm:
    """The senders, and what they were answered."""

    def __init__(self, door: AlertDoor, keys: list[str]) -> None:
        self._door = door
        self._keys = keys
        self.answered: Counter[str] = Counter()
        self.took: list[float] = []

    async def blow(self, events: int, seconds: float) -> None:
        """Send so many events, evenly spread, to one key after the other."""
        began = time.perf_counter()
        numbers = iter(range(events))

        async def send() -> None:
            line = self._door.line()
            for number in numbers:
                due = began + number * seconds / events
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                key = self._keys[number % len(self._keys)]
                self.took.append(await self._door.trigger(line, key, f"{key}: wiki app crashed"))
                self.answered[key] += 1
            line.close()

        await asyncio.gather(*(send() for _ in range(_SENDERS)))


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
        with_sources(policy)
        async with standfast(place / "data", policy) as running:
            records = RecordStore(running.settings.records_url)
            door = AlertDoor(running, records)
            storm = _Storm(door, keys)
            began = time.perf_counter()
            await storm.blow(repeats + alerts, seconds)
            answered = time.perf_counter()
            lookup = Lookup(running.client, records)
            until = answered + _PATIENCE
            heard = {
                key: await _heard(
                    running.client, lookup, incident_of(key), storm.answered[key], until
                )
                for key in keys
            }
            records.close()
            settled = time.perf_counter()
            incidents = await running.client.count_workflows(f"WorkflowType = '{names.WORKFLOW}'")
    return Figures(
        alerts=alerts,
        repeats=repeats,
        sent=sum(storm.answered.values()),
        retried=door.retried,
        incidents=incidents.count,
        exact=sum(heard[key].occurrences == storm.answered[key] for key in keys),
        occurrences=sum(one.occurrences for one in heard.values()),
        signals=sum(one.signals for one in heard.values()),
        seconds=round(answered - began, 1),
        settled=round(settled - began, 1),
        **percentiles(storm.took, 50, 99),
    )


def _blow_repeats(chosen: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(measure(chosen.repeats, chosen.alerts, chosen.seconds, Path(place)))
    return figures.model_dump(), figures.exact == figures.alerts == figures.incidents


def _blow_distinct(chosen: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    plan = Plan(chosen.distinct, chosen.every, chosen.idle, chosen.seconds)
    found = {}
    for name, priorities in (("with_priorities", True), ("without_priorities", False)):
        with tempfile.TemporaryDirectory() as place:
            found[name] = asyncio.run(measure_distinct(plan, Path(place), priorities=priorities))
    complete = all(one.lost == 0 and one.incidents == one.alerts for one in found.values())
    return {name: one.model_dump() for name, one in found.items()}, complete


def _table(told: dict[str, Any]) -> Table:
    """A column of figures, or one for each of two storms."""
    storms = told if all(isinstance(one, dict) for one in told.values()) else {"figure": told}
    table = Table("", *(name.replace("_", " ") for name in storms))
    for name in next(iter(storms.values())):
        figures = (storm[name] for storm in storms.values())
        table.add_row(name.replace("_", " "), *map(_written, figures))
    return table


def _written(figure: Any) -> str:
    if isinstance(figure, dict):
        return ", ".join(f"{name} {value:,}" for name, value in figure.items())
    return f"{figure:,}"


def main() -> NoReturn:
    """Print the table, or with --json the document; exit 1 where a count was not exact."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.storm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--repeats", type=int, default=20_000, help="after the first of each")
    parser.add_argument("--alerts", type=int, default=50, help="different ones")
    parser.add_argument("--distinct", type=int, help="no repeats, but so many different alerts")
    parser.add_argument("--every", type=int, default=100, help="of those, each of so many is a P1")
    parser.add_argument("--idle", type=int, default=100, help="P1s before such a storm")
    parser.add_argument("--seconds", type=float, default=60.0, help="over which they are spread")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    counts = (chosen.repeats, chosen.alerts, chosen.every, chosen.idle, chosen.distinct or 1)
    if min(counts) < 1 or chosen.seconds < 0:
        parser.error("every number of alerts: at least 1; --seconds: at least 0")
    if chosen.distinct and chosen.distinct < chosen.every:
        parser.error("--every: at most --distinct, or there is no P1")
    if chosen.distinct:
        needs_linux()
    console = result_console()
    told, complete = _blow_distinct(chosen) if chosen.distinct else _blow_repeats(chosen)
    if chosen.json:
        console.file.write(json.dumps(told, indent=2) + "\n")
    else:
        console.print(_table(told))
    console.file.flush()
    hard_exit(0 if complete else 1)


if __name__ == "__main__":
    main()
