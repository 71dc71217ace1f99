"""A backup is made under load, the machine is lost, and another one goes on from the backup."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from temporalio.client import Client

from standfast.hosting.records import open_records
from standfast.hosting.settings import variable
from standfast.incidents.actions import Acknowledge, Action
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.intake.actions import act
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.policy_file.loading import load_policy
from standfast.records.audit import AuditKind
from standfast.records.delivery import DeliveryState
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.durability.machine import Blow, Machine
from tests.hosting.installation import type_at
from tests.hosting.worker_process import REPOSITORY
from tests.http_sink import HttpSink
from tests.patience import PATIENCE

CLOCKS = """
clocks:
  P1: {acknowledge_within: 2s, page_again_every: 1h, resolve_within: 1h, remind_hold_every: 1d}
after_outage: {late_after: 1s, then: page}
"""


@pytest.fixture
def machine(tmp_path: Path, sink: HttpSink) -> Iterator[Machine]:
    """A machine of the crash story, with the clocks of this one."""
    machine = Machine(tmp_path, sink.address)
    ours = tmp_path / "backup.yaml"
    ours.write_text(f"extends: {machine.settings.policy}\n{CLOCKS}")
    machine.settings = machine.settings.model_copy(update={"policy": ours})
    yield machine
    machine.close()


async def test_what_was_told_before_the_backup_goes_on_elsewhere(
    machine: Machine, sink: HttpSink, tmp_path: Path
) -> None:
    await machine.start()
    client = await machine.client()
    records = open_records(machine.settings)
    told: list[str] = []
    load = asyncio.create_task(_reports(machine, client, records, told))
    await _until(lambda: len(told) >= 5 and bool(_sent(records, sink)), "reports and pages")

    before, sent = [*told], _sent(records, sink)
    made = await _typed(machine, "backup", str(tmp_path / "backup.tar"))
    assert made.code == 0, made.err
    after = len(told)
    assert after > len(before), "it goes on taking reports meanwhile"
    await _until(lambda: len(told) > after, "reports after the backup")
    load.cancel()
    await asyncio.wait([load])
    records.close()
    machine.kill(Blow.BOTH)
    await machine.leaves_nothing()
    machine.settings.data_dir.rename(tmp_path / "lost")

    restored = machine.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    machine.settings = restored
    put_back = await _typed(machine, "restore", str(tmp_path / "backup.tar"))
    assert put_back.code == 0, put_back.err
    arrived = len(sink.taken)
    await machine.start()
    client, records = await machine.client(), open_records(restored)
    try:
        lookup = Lookup(client, records)
        views = {each: (await lookup.find(each)).view for each in before}
        assert all(view.closed_at is None for view in views.values())
        await _until(lambda: _overdue(sink, arrived), "the page after the outage")
        await act(client, before[0], Action.ACKNOWLEDGE, Acknowledge(by="ana"))
        assert (await _view(lookup, before[0])).acknowledged_by == "ana"

        again = {request.key for request in sink.taken[arrived:]} & sent
        assert not again, "what the ledger of the backup knows is not sent again"
        kinds = [entry.kind for entry in records.audit.newest(2)]
        assert kinds == [AuditKind.RESTORED, AuditKind.BACKED_UP]
        assert not records.audit.verify().wrong
    finally:
        records.close()
    assert await machine.stop() == 0, machine.last_words()


async def _reports(machine: Machine, client: Client, records: RecordStore, told: list[str]) -> None:
    """Reports, one after the other; `told` is of what callers were told that it is open."""
    policy = load_policy(machine.settings.policy)
    for number in count(1):
        reported = await report_incident(
            client,
            Report(title=f"Outage {number}: wiki down", service="wiki", users_affected=30),
            now=datetime.now(UTC),
            policy=policy,
            records=records.incidents,
            task_queue=machine.settings.task_queue,
        )
        told.append(reported.incident_id)
        await asyncio.sleep(0.1)


async def _typed(machine: Machine, *arguments: str) -> Ended:
    ours = {name: str(getattr(machine.settings, name)) for name in ("data_dir", "policy")}
    variables = {variable(name): value for name, value in ours.items()}
    home = {"HOME": str(machine.place)}
    return await asyncio.to_thread(type_at, REPOSITORY, home | variables, *arguments)


def _sent(records: RecordStore, sink: HttpSink) -> set[str]:
    """The keys of what has arrived, as far as the ledger knows of that."""
    known = {request.key: records.deliveries.get(request.key) for request in sink.taken}
    return {key for key, one in known.items() if one and one.state is DeliveryState.DELIVERED}


def _overdue(sink: HttpSink, since: int) -> bool:
    texts = [str(request.json["message"]) for request in sink.taken[since:]]
    return any("nobody acknowledged within 2 s, noticed" in text for text in texts)


async def _view(lookup: Lookup, incident: str) -> IncidentView:
    return (await lookup.find(incident)).view


async def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        await asyncio.sleep(0.05)
