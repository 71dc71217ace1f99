"""An API that is killed in the middle of a storm: what it answered is counted, all of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.api.webhooks.api_process import ApiProcess, an_api
from tests.api.webhooks.samples import event
from tests.intake.storms import signals_of_repeats
from tests.patience import PATIENCE
from tests.stories.desk import Desk

pytestmark = pytest.mark.long

KEYS = [f"killed-{number}" for number in range(4)]
EACH = 150
SENDERS = 8


@pytest.fixture
async def process(desk: Desk) -> AsyncIterator[ApiProcess]:
    desk.amend(extends=str(Path(SHIPPED_POLICY).parent / "sources.yaml"))
    with an_api(desk) as process:
        yield process


class Storm:
    """Senders that send each event until it is answered, and count both."""

    def __init__(self, process: ApiProcess) -> None:
        self._process = process
        self._routing_key = process.source_key("pagerduty")
        self.sent = dict.fromkeys(KEYS, 0)
        self.answered = dict.fromkeys(KEYS, 0)
        self.half_way = asyncio.Event()

    async def blow(self) -> None:
        """Send everything."""
        waiting = [key for _ in range(EACH) for key in KEYS]
        async with httpx.AsyncClient(base_url=self._process.address, trust_env=False) as http:
            await asyncio.gather(*(self._send(http, waiting) for _ in range(SENDERS)))

    async def _send(self, http: httpx.AsyncClient, waiting: list[str]) -> None:
        while waiting:
            key = waiting.pop()
            while not await self._answered(http, key):  # noqa: ASYNC110 - as senders do
                await asyncio.sleep(0.02)

    async def _answered(self, http: httpx.AsyncClient, key: str) -> bool:
        self.sent[key] += 1
        body = event("trigger", key, routing_key=self._routing_key)
        try:
            answer = await http.post("/v2/enqueue", json=body, timeout=10)
        except httpx.TransportError:
            return False
        if answer.status_code == 202:
            self.answered[key] += 1
            if sum(self.answered.values()) >= EACH * len(KEYS) / 2:
                self.half_way.set()
        return answer.status_code == 202


async def test_a_kill_in_the_storm_loses_nothing_that_was_answered(
    desk: Desk, process: ApiProcess
) -> None:
    storm = Storm(process)
    blowing = asyncio.create_task(storm.blow())
    async with asyncio.timeout(PATIENCE):
        await storm.half_way.wait()
    await asyncio.to_thread(process.kill)
    await asyncio.to_thread(process.start)
    await blowing
    assert sum(storm.sent.values()) > sum(storm.answered.values()) == EACH * len(KEYS)
    await asyncio.to_thread(process.stop)  # what is counted is told before it ends
    for key in KEYS:
        ticket = desk.ticket(incident_id(incident_key("pagerduty", key)))
        line = desk.records.repeats.line(ticket.id)
        assert line is not None
        assert line.untold == 0
        view = await ticket.view()
        assert storm.answered[key] <= view.occurrences <= storm.sent[key]
        assert await signals_of_repeats(ticket.handle) <= EACH / 5


async def test_whoever_gets_every_answer_is_counted_exactly(
    desk: Desk, process: ApiProcess
) -> None:
    """Killed between the events, not in one: then nobody sends twice, and the count is exact."""
    routing_key = process.source_key("pagerduty")
    body = event("trigger", "exact", routing_key=routing_key)
    async with httpx.AsyncClient(base_url=process.address, trust_env=False) as http:
        for _ in range(2):
            answers = [await http.post("/v2/enqueue", json=body) for _ in range(40)]
            assert {answer.status_code for answer in answers} == {202}
            await asyncio.to_thread(process.kill)
            await asyncio.to_thread(process.start)
    ticket = desk.ticket(incident_id(incident_key("pagerduty", "exact")))
    await ticket.reaches(Box.RESOLVE, occurrences=80)
