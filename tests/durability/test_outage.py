"""Worker and server are down past two deadlines: who is on call hears of it once, and how late."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client

from standfast.hosting.records import open_records
from standfast.incidents.actions import Acknowledge, Action
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.intake.actions import act
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.policy_file.loading import load_policy
from tests.durability.machine import Blow, Machine
from tests.http_sink import HttpSink
from tests.patience import PATIENCE

CLOCKS = """
clocks:
  P1: {acknowledge_within: 8s, page_again_every: 3s, resolve_within: 5m, remind_hold_every: 1d}
after_outage: {late_after: 2s, then: page}
"""
DOWN_FOR = 11.0
"""Seconds: two pages and the acknowledgement were due meanwhile."""

QUIET_FOR = 5.0
"""Seconds after an acknowledgement in which the next page would have come."""


@pytest.fixture
def machine(tmp_path: Path, sink: HttpSink) -> Iterator[Machine]:
    """A machine of the crash story, with the clocks of this one."""
    machine = Machine(tmp_path, sink.address)
    ours = tmp_path / "outage.yaml"
    ours.write_text(f"extends: {machine.settings.policy}\n{CLOCKS}")
    machine.settings = machine.settings.model_copy(update={"policy": ours})
    yield machine
    machine.close()


async def test_overdue_clocks_are_settled_with_one_page(machine: Machine, sink: HttpSink) -> None:
    await machine.start()
    client = await machine.client()
    incident = await _reported(machine, client)
    await _until(lambda: len(_pages(sink)) == 1, "the first page")
    machine.kill(Blow.BOTH)
    await asyncio.sleep(DOWN_FOR)
    assert len(_pages(sink)) == 1

    await machine.start()
    await _until(lambda: len(_pages(sink)) == 2, "the page after the outage")
    before, after = _pages(sink)
    assert before[0] == after[0], "whoever is on call now is paged, and that has not changed"
    assert "nobody acknowledged within 8 s, noticed" in after[1]
    await act(client, incident, Action.ACKNOWLEDGE, Acknowledge(by="ana"))
    view = await _view(machine, client, incident)
    assert view.tier == 1
    assert [(breach.target, breach.tier) for breach in view.breaches] == [("response", 1)]
    (overdue,) = [entry for entry in view.timeline if entry.event == "overdue"]
    assert {"page", "acknowledge"} <= set(overdue.detail.replace(",", "").split())

    await asyncio.sleep(QUIET_FOR)
    assert len(_pages(sink)) == 2, "no stale page, and none after the acknowledgement"
    assert await machine.stop() == 0, machine.last_words()


async def _reported(machine: Machine, client: Client) -> str:
    records = open_records(machine.settings)
    try:
        reported = await report_incident(
            client,
            Report(title="Outage: wiki down", service="wiki", users_affected=30),
            now=datetime.now(UTC),
            policy=load_policy(machine.settings.policy),
            records=records.incidents,
            task_queue=machine.settings.task_queue,
        )
    finally:
        records.close()
    return reported.incident_id


async def _view(machine: Machine, client: Client, incident: str) -> IncidentView:
    records = open_records(machine.settings)
    try:
        return (await Lookup(client, records).find(incident)).view
    finally:
        records.close()


def _pages(sink: HttpSink) -> list[tuple[str, str]]:
    """Whom each page went to, and what it said."""
    return [
        (request.path.strip("/"), str(request.json["message"]))
        for request in sink.taken
        if "Please acknowledge" in str(request.json["title"])
    ]


async def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        await asyncio.sleep(0.05)
