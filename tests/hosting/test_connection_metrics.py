"""What a worker offers to Prometheus, and that it is what the shipped dashboard asks for."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
from prometheus_client import generate_latest

from standfast.api.health import Metrics
from standfast.hosting.connection import connect
from standfast.hosting.records import open_records
from standfast.incidents.names import FINDINGS, INCIDENT_TIME, LATENESS
from standfast.incidents.report import Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from tests.hosting.dashboard import without_an_answer
from tests.hosting.processes import eventually
from tests.hosting.worker_process import Process
from tests.ports import free_ports

POLICY = """
extends: {shipped}
clocks:
  P1: {{acknowledge_within: 1m, page_again_every: 1s}}
paging: {{P1: [{{page: on_call}}]}}
follow_up: {{priorities: []}}
"""

MIA = "mia@fernhill.example"


def counted_by_the_api() -> str:
    """What the API offers of one request."""
    metrics = Metrics()
    metrics.answered({"method": "GET"}, 200, 0.1)
    return generate_latest(metrics.registry).decode()


async def test_the_dashboard_is_answered_by_what_is_counted(tmp_path: Path) -> None:
    """How late clocks are noticed, how long incidents take, and what the watchdog finds."""
    policy, port = tmp_path / "policy.yaml", free_ports()
    policy.write_text(POLICY.format(shipped=SHIPPED_POLICY))
    variables = {"STANDFAST_POLICY": str(policy), "STANDFAST_METRICS_PORT": str(port)}
    worker = Process(tmp_path / "data", variables)

    def scraped() -> str:
        return httpx.get(f"http://127.0.0.1:{port}/metrics").text

    def counted(what: str, *labels: str) -> bool:
        lines = [line for line in scraped().splitlines() if line.startswith(what)]
        return any(all(label in line for label in labels) for line in lines)

    try:
        worker.says("Ctrl-C stops it")
        client = await connect(worker.settings)
        reported = await report_incident(
            client,
            Report(
                title="Mail is down, nobody can send",
                service="email",
                users_affected=300,
                reporter=MIA,
            ),
            now=datetime.now(UTC),
            policy=PolicySource(policy).current(),
            records=open_records(worker.settings).incidents,
            task_queue=worker.settings.task_queue,
        )
        eventually(
            lambda: counted(f"{LATENESS}_seconds", 'clock="page"', 'le="3600"'),
            "a page came again, and how late that was noticed is counted",
        )
        incident = client.get_workflow_handle(reported.incident_id)
        for action, payload in (
            ("acknowledge", {"by": "ana"}),
            ("resolve", {"by": "ana", "summary": "freed its disk"}),
            ("verify", {"by": MIA, "verdict": "resolved"}),
        ):
            await incident.execute_update(action, payload)
        to_close = INCIDENT_TIME.format("to_close")
        eventually(lambda: counted(f"{to_close}_seconds", 'team="'), "it has closed")
        # A page goes out at once: what is faster than the least bucket would be that by the median.
        assert counted(f"{INCIDENT_TIME.format('to_page')}_seconds_bucket", 'le="1"')
        eventually(
            lambda: counted(FINDINGS, 'kind="stuck"'),
            "the watchdog has looked, and says how many are stuck",
        )
        pages = [scraped(), counted_by_the_api()]
    finally:
        worker.kill()
    assert without_an_answer(pages, tmp_path) == ""


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
