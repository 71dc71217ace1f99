"""Thirty incidents in all stages, while worker and Temporal server are killed at random points.

`CRASH_SEED=… pytest tests/durability -s` strikes the same blows in the same order again.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from standfast.hosting.records import open_records
from standfast.incidents.record import ClosedIncident
from standfast.policy_file.loading import load_policy
from standfast.records.delivery import DeliveryState, KnownDelivery
from standfast.records.tables import deliveries
from tests.durability.audit import Arrived, Evidence, faults, given_up, repeated
from tests.durability.cases import CASES
from tests.durability.machine import Blow, Machine
from tests.durability.people import People
from tests.http_sink import HttpSink
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

SEED = "CRASH_SEED"

LONGEST = 120.0
"""Seconds; it takes about 50."""

_REPORTED_WITHIN = 12.0
_MOMENT_WITHIN = 3.0
"""Seconds that a blow waits for its moment; then it falls all the same."""


class Moment(StrEnum):
    """When a blow falls: at random, or where it hurts most."""

    ANY = ""
    MESSAGE = ", when a message has arrived and is not known to have"
    EFFECT = ", when a runbook has had its effect and is not done"


@pytest.fixture
def machine(tmp_path: Path, sink: HttpSink) -> Iterator[Machine]:
    """A machine whose people are reached at the sink."""
    machine = Machine(tmp_path, sink.address)
    yield machine
    machine.close()


async def test_nothing_is_lost_or_done_twice_however_it_is_killed(
    machine: Machine, sink: HttpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get(SEED) or random.SystemRandom().randrange(1_000_000))
    story = Story(machine, sink, seed)
    try:
        await story.happens()
        found = story.evidence()
        complaints = faults(found)
        assert not complaints, "\n".join(complaints)
    except BaseException as failure:
        failure.add_note(f"{SEED}={seed}\n{story.told()}\n{machine.last_words()}")
        raise
    finally:
        with capsys.disabled():
            print(f"\n{SEED}={seed}\n{story.told()}")


class Story:
    """All of it, in the order that the seed makes."""

    def __init__(self, machine: Machine, sink: HttpSink, seed: int) -> None:
        self._machine = machine
        self._sink = sink
        self._blows, self._chance = random.Random(f"blows {seed}"), random.Random(f"people {seed}")
        self._began = time.monotonic()
        self._log: list[str] = []
        self._people: People | None = None
        self._policy = load_policy(machine.settings.policy)
        self._records = open_records(machine.settings)

    async def happens(self) -> None:
        """From the first report until all is closed and the machine is off."""
        await self._machine.start()
        client = await self._machine.client()
        self._people = people = People(client, self._policy, self._records, self._chance)
        self._say("up")
        cases = self._chance.sample(CASES, len(CASES))
        async with asyncio.timeout(LONGEST), asyncio.TaskGroup() as group:
            group.create_task(self._all_blows())
            for case in cases:
                after = self._chance.uniform(0, _REPORTED_WITHIN)
                group.create_task(people.live_through(case, after))
        self._say("all closed")
        for incident_id in people.cases:
            handle = client.get_workflow_handle(incident_id, result_type=ClosedIncident)
            closed = await asyncio.wait_for(handle.result(), PATIENCE)
            assert closed.outcome == people.views[incident_id].outcome
        assert await self._machine.stop() == 0, self._machine.last_words()
        await self._machine.leaves_nothing()
        self._say("off")

    def evidence(self) -> Evidence:
        """What is left of it."""
        assert self._people is not None
        ids = list(self._people.cases)
        assert len(ids) == len(CASES)
        views = {key: view for key in ids if (view := self._records.incidents.get(key))}
        self._records.close()
        assert len(views) == len(CASES), "not all are on record"
        heated = {file.name.partition("-")[2] for file in self._machine.place.glob("heated-*")}
        left = {key for key in heated if key not in views or not given_up(views[key])}
        assert not left, f"the runbook that failed is not undone, nor left to people: {left}"
        effects = self._machine.effects()
        arrived = [
            Arrived(
                request.key,
                request.path.strip("/"),
                str(request.json["title"]),
                str(request.json["message"]),
            )
            for request in self._sink.taken
        ]
        found = Evidence(
            views, self._people.cases, self._ledger(), arrived, effects, self._people.accepted
        )
        again = repeated(arrived)
        tried_again = sum(
            "check before attempt" in step.what
            for view in views.values()
            if view.remediation
            for step in view.remediation.steps
        )
        self._say(
            f"{len(arrived)} messages arrived, {len(found.ledger)} are in the ledger; "
            f"of {len(again)} came {again.total() - len(again)} copies more: {dict(again)}; "
            f"{len(effects)} effects of runbooks, {tried_again} runbooks tried again, "
            f"{sum(map(given_up, views.values()))} given up"
        )
        return found

    def told(self) -> str:
        """What has happened so far, for whoever looks into a failure."""
        lines = [*self._log]
        if self._people:
            lines.append(f"people met {dict(self._people.troubles)}; {self._people.where()}")
            lines += [
                f"  open: {view.incident_id} {self._people.cases[view.incident_id].kind}, "
                f"{view.path[-1]}, waits for {[wait.what for wait in view.waiting_for]}"
                for view in self._people.views.values()
                if view.status == "open"
            ]
        return "\n".join(lines)

    async def _all_blows(self) -> None:
        """Each way to kill at least once, in any order."""
        blows = [*Blow, *self._blows.choices([Blow.WORKER, Blow.SERVER, Blow.BOTH], k=2)]
        self._blows.shuffle(blows)
        for blow in blows:
            after, second_after = self._blows.uniform(0.5, 4), self._blows.uniform(0.2, 2)
            moment = self._blows.choice(list(Moment))
            await asyncio.sleep(after)
            await self._until(moment)
            self._say(f"kill {blow}{moment}")
            self._machine.kill(blow)
            self._sink.release()
            await self._machine.recover(blow, second_after)
            self._say("up again")

    async def _until(self, moment: Moment) -> None:
        """Wait for the moment; let the sink answer nobody meanwhile, where it is a message's."""
        if moment is Moment.MESSAGE:
            self._sink.hang()
            with suppress(AssertionError):  # nobody had anything to say
                one_more = len(self._sink.requests) + 1
                await asyncio.to_thread(self._sink.wait_for, one_more, _MOMENT_WITHIN)
        elif moment is Moment.EFFECT:
            await self._machine.until_an_effect(_MOMENT_WITHIN)

    def _ledger(self) -> dict[str, KnownDelivery]:
        engine = create_engine(self._machine.settings.records_url)
        with engine.begin() as connection:
            columns = (column.label(column.key) for column in deliveries.c)
            rows = connection.execute(select(*columns)).mappings().all()
        engine.dispose()
        lines = (KnownDelivery(**{**row, "state": DeliveryState(row["state"])}) for row in rows)
        return {line.key: line for line in lines}

    def _say(self, what: str) -> None:
        where = f" ({self._people.where()})" if self._people else ""
        self._log.append(f"{time.monotonic() - self._began:5.1f} s {what}{where}")
