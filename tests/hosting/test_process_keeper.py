"""A worker of several processes, as a person runs it: who works, who dies, who comes back."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from standfast.hosting.build import code_id
from standfast.hosting.connection import connect
from standfast.hosting.process_keeper import ProcessKeeper
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings
from standfast.incidents.actions import Action
from standfast.incidents.actions.acknowledge import Acknowledge
from standfast.incidents.report import Report
from standfast.intake.actions import act
from standfast.intake.reporting import report_incident
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from tests.hosting.processes import eventually, lives
from tests.hosting.worker_process import Process
from tests.patience import PATIENCE
from tests.ports import free_ports

pytestmark = pytest.mark.long

RUNBOOKS = """
extends: {shipped}
services:
  left: {{title: Left kiosk, category: hardware}}
  right: {{title: Right kiosk, category: hardware}}
runbooks:
  restart:
    title: Restart it, when told to go
    match: {{services: [left, right]}}
    steps:
      - run:
          - sh
          - -c
          - echo $$ > {place}/$STANDFAST_SERVICE; while ! test -e {place}/go; do sleep 0.05; done;
            touch {place}/$STANDFAST_SERVICE.done
    check: [test, -e, "{place}/go"]
    approval: never
"""

_TASKS_UNTIL_PAGED = 3
_FURTHER = re.compile(r"worker process 2 runs incidents too \(process id (\d+)\)")


class Worker(Process):
    """A worker of two processes."""

    def __init__(self, data_dir: Path, variables: dict[str, str]) -> None:
        super().__init__(data_dir, {"STANDFAST_WORKER_PROCESSES": "2", **variables})
        self.policy = Path(variables.get("STANDFAST_POLICY", SHIPPED_POLICY))

    def further(self, times: int = 1) -> int:
        """The process id of the second one, once it has started so often."""

        def found() -> int | None:
            assert not self.ended(), self.errors
            pids = _FURTHER.findall(self.errors)
            return int(pids[-1]) if len(pids) == times else None

        return eventually(found, f"the second process has started {times} times")

    def left(self) -> list[str]:
        """Every process that was started with this worker's data directory and still lives."""
        ours = f"STANDFAST_DATA_DIR={self.settings.data_dir}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                if ours in (process / "environ").read_bytes():
                    found.append(process.name)
        return found

    async def report(self, title: str, service: str = "") -> str:
        """Report to this worker's server; the incident's id."""
        opened = await report_incident(
            await connect(self.settings),
            Report(title=title, service=service),
            now=datetime.now(UTC),
            policy=PolicySource(self.policy).current(),
            records=open_records(self.settings).incidents,
            task_queue=self.settings.task_queue,
        )
        return opened.incident_id


@pytest.fixture
def started() -> Iterator[list[Worker]]:
    """Workers to be killed when the test is over, if they still run."""
    started: list[Worker] = []
    yield started
    for process in started:
        process.kill()


async def last_worked_by(client: Client, incident_id: str) -> int:
    """The process that completed the latest workflow task of an incident; 0 until it is paged."""
    history = await client.get_workflow_handle(incident_id).fetch_history()
    done = [
        event.workflow_task_completed_event_attributes.identity
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return int(done[-1].partition("@")[0]) if len(done) >= _TASKS_UNTIL_PAGED else 0


async def test_all_of_them_run_incidents_and_go_on_with_those_of_one_that_died(
    tmp_path: Path, started: list[Worker]
) -> None:
    first = free_ports(2)
    worker = Worker(tmp_path / "data", {"STANDFAST_METRICS_PORT": str(first)})
    started.append(worker)
    worker.says("Processes 2")
    further = worker.further()
    client = await connect(worker.settings)

    of: dict[int, str] = {}
    for number in range(200):
        incident_id = await worker.report(f"VPN drops, line {number}", "vpn")
        for _ in range(int(PATIENCE / 0.02)):
            if pid := await last_worked_by(client, incident_id):
                of.setdefault(pid, incident_id)
                break
        if len(of) == 2:
            break
    assert {*of} == {worker.pid, further}
    async with httpx.AsyncClient() as http:
        for port in (first, first + 1):
            page = await http.get(f"http://127.0.0.1:{port}/metrics")
            assert "temporal_workflow_task_execution_latency" in page.text

    os.kill(further, signal.SIGKILL)
    await act(
        client,
        of[further],
        Action.ACKNOWLEDGE,
        Acknowledge(by="george"),
        answer_within=PATIENCE,
    )
    assert await last_worked_by(client, of[further]) != further
    again = worker.further(times=2)
    assert f"(process id {further}) has ended, killed by signal 9; it is started" in worker.errors

    worker.send(signal.SIGINT)
    assert worker.exit_code() == 0
    assert not lives(again)
    assert not worker.left()
    assert "Traceback" not in worker.errors


def test_stopped_while_the_others_still_start_all_end_in_order(
    tmp_path: Path, started: list[Worker]
) -> None:
    worker = Worker(tmp_path / "data", {})
    started.append(worker)
    worker.says("Ctrl-C stops it")
    worker.send(signal.SIGTERM)
    assert worker.exit_code() == 0
    assert "Traceback" not in worker.errors
    assert not worker.left()


def test_killed_the_first_leaves_no_other_behind(tmp_path: Path, started: list[Worker]) -> None:
    worker = Worker(tmp_path / "data", {})
    started.append(worker)
    further, server = worker.further(), worker.server()
    os.kill(worker.pid, signal.SIGKILL)
    for pid in (further, server.server_pid or 0):
        eventually(partial(lambda pid: not lives(pid), pid), f"the end of {pid}")


@pytest.fixture
async def both_at_work(tmp_path: Path, started: list[Worker]) -> Worker:
    """A worker with a runbook in each of its processes; both end when the file `go` appears."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(RUNBOOKS.format(shipped=SHIPPED_POLICY, place=tmp_path))
    worker = Worker(
        tmp_path / "data",
        # One process cannot run both.
        {"STANDFAST_POLICY": str(policy), "STANDFAST_MAX_ACTIVITIES": "1"},
    )
    started.append(worker)
    worker.further()
    for service in ("left", "right"):
        await worker.report(f"{service} kiosk hangs", service)
        pid = tmp_path / service
        eventually(partial(lambda pid: pid.exists() and pid.read_text(), pid), f"{pid} runs")
    return worker


async def test_stopped_all_finish_what_runs(both_at_work: Worker, tmp_path: Path) -> None:
    further = both_at_work.further()
    both_at_work.send(signal.SIGTERM)
    both_at_work.says("Stopping")
    assert lives(further)
    (tmp_path / "go").touch()
    assert both_at_work.exit_code() == 0
    assert {file.stem for file in tmp_path.glob("*.done")} == {"left", "right"}
    assert not lives(further)
    assert "Traceback" not in both_at_work.errors


async def test_a_second_ctrl_c_ends_all_of_them_at_once(
    both_at_work: Worker, tmp_path: Path
) -> None:
    further = both_at_work.further()
    runbooks = [int((tmp_path / service).read_text()) for service in ("left", "right")]
    both_at_work.send(signal.SIGINT)
    both_at_work.says("Stopping")

    def again() -> bool:
        both_at_work.send(signal.SIGINT)
        return both_at_work.ended()

    eventually(again, "the end")
    assert both_at_work.exit_code() == 1
    for pid in (further, *runbooks):
        eventually(partial(lambda pid: not lives(pid), pid), f"the end of {pid}")


@pytest.mark.nightly
def test_one_that_cannot_start_is_tried_again_and_again_beside_the_others(
    tmp_path: Path, started: list[Worker]
) -> None:
    port = free_ports(2)
    with socket.create_server(("127.0.0.1", port + 1)):
        worker = Worker(tmp_path / "data", {"STANDFAST_METRICS_PORT": str(port)})
        started.append(worker)
        worker.says("Ctrl-C stops it")
        eventually(lambda: "exit code 1; it is started again in 2 s" in worker.errors, "a pause")
    taken = f"process 2: metrics cannot be offered on 127.0.0.1:{port + 1}"
    assert taken in worker.errors
    worker.further()
    worker.send(signal.SIGTERM)
    assert worker.exit_code() == 0


async def test_what_keeps_one_from_being_started_at_all_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STANDFAST_TEMPORAL_PORT", "0")  # no server: a process ends at once
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    keeper = ProcessKeeper(Settings(data_dir=tmp_path / "data"), processes=2)

    async def logged(words: str) -> None:
        await asyncio.to_thread(eventually, lambda: words in caplog.text, words)

    keeper.start()
    try:
        await logged("cannot start the worker process 2: the working directory is gone")
        monkeypatch.chdir(tmp_path)
        await logged("has ended, exit code 1; it is started again in 2 s")
    finally:
        await keeper.stop()


def test_a_further_process_with_other_code_than_the_first_does_not_start(tmp_path: Path) -> None:
    process = Process(tmp_path / "data", command=("worker.py", "--further", "2", "0123456789ab"))
    assert process.exit_code() == 1
    (line,) = process.errors.splitlines()
    assert line.startswith("standfast-worker, process 2: the code that is installed")
    assert line.endswith(f"({code_id()}) is not that of the running worker (0123456789ab): "
                         "start the worker again")  # fmt: skip
