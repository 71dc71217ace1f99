"""What a worker offers to Prometheus: among it how late clocks were noticed."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx

from standfast.hosting.connection import connect
from standfast.hosting.records import open_records
from standfast.incidents.names import FINDINGS, LATENESS
from standfast.incidents.report import Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from tests.hosting.processes import eventually
from tests.hosting.worker_process import Process
from tests.ports import free_ports

POLICY = """
extends: {shipped}
clocks:
  P1: {{acknowledge_within: 1m, page_again_every: 1s}}
paging: {{P1: [{{page: on_call}}]}}
"""


async def test_lateness_of_clocks_is_a_metric(tmp_path: Path) -> None:
    policy, port = tmp_path / "policy.yaml", free_ports()
    policy.write_text(POLICY.format(shipped=SHIPPED_POLICY))
    variables = {"STANDFAST_POLICY": str(policy), "STANDFAST_METRICS_PORT": str(port)}
    worker = Process(tmp_path / "data", variables)
    try:
        worker.says("Ctrl-C stops it")
        await report_incident(
            await connect(worker.settings),
            Report(title="Mail is down, nobody can send", service="email", users_affected=300),
            now=datetime.now(UTC),
            policy=PolicySource(policy).current(),
            records=open_records(worker.settings).incidents,
            task_queue=worker.settings.task_queue,
        )

        def told() -> bool:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
            counted = [line for line in page.splitlines() if line.startswith(f"{LATENESS}_seconds")]
            return any('clock="page"' in line and 'le="3600"' in line for line in counted)

        eventually(told, "a page came again, and how late that was noticed is counted")

        def looked() -> bool:
            page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
            return f'{FINDINGS}{{kind="stuck"' in page

        eventually(looked, "the watchdog has looked, and says how many are stuck")
    finally:
        worker.kill()


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        worker = Process(tmp_path / "data", {"STANDFAST_METRICS_PORT": str(port)})
        try:
            assert worker.exit_code() == 1
        finally:
            worker.kill()
    assert f"metrics cannot be offered on 127.0.0.1:{port}" in worker.errors
    assert "Traceback" not in worker.errors
    assert "STANDFAST_METRICS_PORT" in worker.errors
