"""`worker.py` as a person runs it: a real process, its words, its exit code, what it leaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from standfast.hosting.connection import connect
from standfast.hosting.data_directory import running_server
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from tests.hosting.processes import eventually, lives
from tests.hosting.worker_process import REPOSITORY, Process
from tests.patience import PATIENCE
from tests.records.migrations.earlier import execute, load

pytestmark = pytest.mark.long

POLICY = """
extends: {shipped}
reporters: {{channels: {{}}}}
services:
  kiosk: {{title: Kiosk, category: hardware}}
runbooks:
  restart-kiosk:
    title: Restart the kiosk, when told to go
    match: {{category: hardware, services: [kiosk]}}
    steps:
      - run:
          - sh
          - -c
          - echo $$ > {place}/pid; while ! test -e {place}/go; do sleep 0.05; done; rm {place}/pid
    check: [test, -e, "{place}/go"]
    approval: never
"""


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Workers to be killed when the test is over, if they still run."""
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()


async def report(worker: Process, policy: Path, **fields: Any) -> str:
    """Report to that worker's server; the incident's id."""
    opened = await report_incident(
        await connect(worker.settings),
        Report(reporter="rita", channel=Channel.PORTAL, **fields),
        now=datetime.now(UTC),
        policy=PolicySource(policy).current(),
        records=open_records(worker.settings).incidents,
        task_queue=worker.settings.task_queue,
    )
    return opened.incident_id


@pytest.fixture
async def at_work(tmp_path: Path, started: list[Process]) -> Process:
    """A worker in the middle of a runbook that ends when the file `go` appears."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.format(shipped=SHIPPED_POLICY, place=tmp_path))
    worker = Process(tmp_path / "data", {"STANDFAST_POLICY": str(policy)})
    started.append(worker)
    worker.says("Ctrl-C stops it")
    await report(worker, policy, title="Kiosk disk", service="kiosk")
    pid = tmp_path / "pid"
    eventually(lambda: pid.exists() and pid.read_text(), "the runbook runs")
    return worker


async def test_stopped_it_finishes_what_runs_and_leaves_nothing(
    at_work: Process, tmp_path: Path
) -> None:
    server = at_work.server()
    assert server.address in at_work.words
    assert str(tmp_path / "policy.yaml") in at_work.words

    at_work.send(signal.SIGTERM)
    at_work.says("Stopping")
    assert not at_work.ended()
    (tmp_path / "go").touch()
    assert at_work.exit_code() == 0
    assert not (tmp_path / "pid").exists()  # the runbook came to its last command
    assert "Traceback" not in at_work.errors
    assert server.server_pid
    assert not lives(server.server_pid)
    assert running_server(at_work.settings.data_dir) is None


async def test_a_second_ctrl_c_ends_it_at_once_with_all_that_it_runs(
    at_work: Process, tmp_path: Path
) -> None:
    server = at_work.server()
    runbook = int((tmp_path / "pid").read_text())
    at_work.send(signal.SIGINT)
    at_work.says("Stopping")

    def again() -> bool:
        at_work.send(signal.SIGINT)
        return at_work.ended()

    eventually(again, "the end")
    assert at_work.exit_code() == 1
    eventually(lambda: not lives(runbook), "the end of the runbook")
    eventually(lambda: not lives(server.server_pid or 0), "the end of the server")


async def test_its_pages_lead_to_where_people_see_the_incident(
    tmp_path: Path, started: list[Process]
) -> None:
    settings = {"STANDFAST_LINK": "", "STANDFAST_PUBLIC_URL": "https://sf.example/"}
    worker = Process(tmp_path / "data", settings)
    started.append(worker)
    worker.says("Ctrl-C stops it")
    incident = await report(worker, SHIPPED_POLICY, title="VPN drops", service="vpn")
    outbox = worker.settings.outbox
    page = eventually(lambda: outbox.read_text() if outbox.exists() else "", "a page")
    assert json.loads(page)["body"].endswith(f"\n\nhttps://sf.example/incidents/{incident}")
    # What signs reporters' links, and their answers by mail, is there before anybody is asked.
    assert (tmp_path / "data" / "signing.key").exists()


async def test_with_an_address_it_only_connects(tmp_path: Path, started: list[Process]) -> None:
    other = EmbeddedServer(Settings(data_dir=tmp_path / "other", temporal_port=0))
    await other.start()
    try:
        worker = Process(tmp_path / "data", {"TEMPORAL_ADDRESS": other.record.address})
        started.append(worker)
        worker.says(f"{other.record.address}, namespace default\n")
        assert running_server(tmp_path / "data") is None
        worker.send(signal.SIGTERM)
        assert worker.exit_code() == 0
        assert lives(other.record.server_pid or 0)
    finally:
        await other.stop()


def test_it_ends_in_order_when_nobody_reads_its_words_any_more(
    tmp_path: Path, started: list[Process]
) -> None:
    reader, writer = os.pipe()
    worker = Process(tmp_path / "data", stdout=writer)
    started.append(worker)
    os.close(writer)
    with open(reader) as words:
        assert words.readline().startswith("Standfast runs")
    server = worker.server()
    worker.send(signal.SIGTERM)
    assert worker.exit_code() == 0
    assert worker.errors == ""
    assert not lives(server.server_pid or 0)


def test_a_server_that_falls_again_and_again_ends_the_worker(
    tmp_path: Path, started: list[Process]
) -> None:
    worker = Process(tmp_path / "falling")
    started.append(worker)
    worker.says("Ctrl-C stops it")

    for falls in range(6):
        eventually(partial(worker.has_restarted, falls), f"restart {falls}")
        os.kill(worker.server().server_pid or 0, signal.SIGKILL)
    assert worker.exit_code() == 1
    told = [line for line in worker.errors.splitlines() if line.startswith("standfast-worker: ")]
    assert "the Temporal server fell 6 times" in told[-1]
    assert "Traceback" not in worker.errors


def test_records_of_an_earlier_version_are_upgraded_with_a_word(
    tmp_path: Path, started: list[Process]
) -> None:
    load(4, f"sqlite:///{tmp_path}/data/records.db")
    worker = Process(tmp_path / "data")
    started.append(worker)
    worker.says("Ctrl-C stops it")
    assert "was upgraded from version 4 to migration" in worker.errors


def test_records_that_cannot_be_upgraded_are_left_alone_and_it_says_why(
    tmp_path: Path, started: list[Process]
) -> None:
    url = f"sqlite:///{tmp_path}/data/records.db"
    load(4, url)
    execute(url, "CREATE VIEW repairs AS SELECT version FROM standfast_schema")
    (tmp_path / "data").chmod(0o700)  # about which there is nothing to say
    worker = Process(tmp_path / "data")
    started.append(worker)
    assert worker.exit_code() == 1
    (line,) = worker.errors.splitlines()
    assert "could not be upgraded from version 4" in line
    assert "is as it was" in line


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("STANDFAST_POLICY", "{broken}", "{broken}:1: "),
        ("STANDFAST_TEMPORAL_PORT", "many", "STANDFAST_TEMPORAL_PORT: must be a whole number"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    tmp_path: Path, started: list[Process], variable: str, value: str, complaint: str
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("just words\n")
    worker = Process(tmp_path / "data", {variable: value.format(broken=broken)})
    started.append(worker)
    assert worker.exit_code() == 1
    assert worker.words == ""
    assert not (tmp_path / "data").exists()
    (line,) = worker.errors.splitlines()
    assert line.startswith(f"standfast-worker: {complaint.format(broken=broken)}")


def test_help_says_what_it_does() -> None:
    told = subprocess.run(
        [sys.executable, "worker.py", "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert "TEMPORAL_ADDRESS" in told.stdout
