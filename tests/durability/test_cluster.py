"""A cluster: two workers and two APIs on one server behind TLS, records in PostgreSQL.

A cluster of Temporal cannot be had on one machine. The embedded server stands in for it, and a TLS
proxy before it asks for a client certificate, or for an API key.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.envconfig import ClientConnectConfig

from standfast.hosting.connection import DEFAULT_NAMESPACE, Endpoint, connect_to
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.console.house import Browser
from tests.durability.cluster import Api, Cluster
from tests.durability.tls_proxy import TlsProxy, tls_proxy
from tests.hosting.processes import eventually
from tests.hosting.worker_process import Process
from tests.http_sink import HttpSink
from tests.patience import PATIENCE
from tests.records.conftest import postgresql
from tests.stories.company import write_policy
from tests.stories.desk import until

__all__ = ["postgresql"]

pytestmark = pytest.mark.long


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    server = EmbeddedServer(Settings(data_dir=tmp_path / "server", temporal_port=0))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: EmbeddedServer) -> Client:
    options = ClientConnectConfig(target_host=server.record.address, namespace=DEFAULT_NAMESPACE)
    return await connect_to(Endpoint(options, configured=True))


@pytest.fixture
def proxy(tmp_path: Path, server: EmbeddedServer) -> Iterator[TlsProxy]:
    with tls_proxy(tmp_path / "proxy", server.record.address) as proxy:
        yield proxy


@pytest.fixture
def cluster(tmp_path: Path, sink: HttpSink, postgresql: str) -> Iterator[Cluster]:
    policy = write_policy(tmp_path / "policy.yaml", sink.address, tmp_path)
    cluster = Cluster(tmp_path / "machines", postgresql, policy)
    yield cluster
    cluster.kill()


@pytest.fixture
def token(postgresql: str) -> str:
    """An operator's, made before anything runs."""
    records = RecordStore(postgresql)
    try:
        return records.tokens.create(NewToken(name="ana", role=Role.OPERATOR)).secret
    finally:
        records.close()


async def test_whichever_process_dies_another_goes_on_with_the_incident(
    cluster: Cluster, proxy: TlsProxy, client: Client, token: str, sink: HttpSink
) -> None:
    by_certificate, by_key = proxy.with_certificate(), proxy.with_key()
    *workers, first, second = await asyncio.gather(
        cluster.worker(by_certificate),
        cluster.worker(by_key),
        cluster.api(by_certificate),
        cluster.api(by_key),
    )
    reported = await says(first, token, "", {"title": "Wiki is slow", "service": "wiki"})
    incident = reported["incident_id"]
    (page,) = await asyncio.to_thread(sink.wait_for, 1)
    assert "Wiki is slow" in page.body.decode()
    cookies = await signed_in(first, token)

    worker = await whoever_has(client, incident, workers)
    worker.kill()
    await says(first, token, f"/{incident}/acknowledge", {})
    first.process.kill()

    # Whoever was signed in there is signed in here.
    async with httpx.AsyncClient(base_url=second.address, cookies=cookies) as http:
        board = await http.get("/")
        assert "Wiki is slow" in board.text
    await says(second, token, f"/{incident}/resolve", {"summary": "Restarted it"})
    asked = await asyncio.to_thread(sink.wait_for, 2)
    assert len({message.key for message in asked}) == 2  # nobody got anything twice
    await says(second, token, f"/{incident}/verify", {"verdict": "resolved"})
    await client.get_workflow_handle(incident).result()
    async with httpx.AsyncClient(base_url=second.address) as http:
        shown = await http.get(
            f"/api/incidents/{incident}", headers={"Authorization": f"Bearer {token}"}
        )
    assert shown.json()["status"] == "closed"


async def says(api: Api, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Say it to the API again and again until it has it, as a client should."""
    unclear = False  # after a 504 it may have happened, which the next answer tells
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=api.address, timeout=PATIENCE) as http,
    ):
        while True:
            answer = await http.post(
                f"/api/incidents{path}",
                json=body,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"test{path}"},
            )
            if answer.is_success or (unclear and answer.status_code == 409):
                return dict(answer.json())
            assert answer.status_code in (503, 504), answer.text
            unclear = True
            await asyncio.sleep(0.1)


async def signed_in(api: Api, token: str) -> dict[str, str]:
    """The cookies of a browser that has signed in there."""
    async with httpx.AsyncClient(base_url=api.address) as http:
        browser = Browser(http)
        await browser.sign_in(token)
        return browser.cookies


async def whoever_has(client: Client, incident: str, workers: list[Any]) -> Process:
    """The worker that made the incident's last decisions, and keeps it in memory.

    It is asked once nothing is under way any more: a page that was sent, and not yet noted as sent,
    would rightly come again.
    """
    handle = client.get_workflow_handle(incident)

    async def rests() -> bool:
        run = (await handle.describe()).raw_description
        return not run.pending_activities and not run.HasField("pending_workflow_task")

    await until("nothing is under way", rests)
    history = await handle.fetch_history()
    identities = [
        event.workflow_task_completed_event_attributes.identity
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    (one,) = (worker for worker in workers if identities[-1].startswith(f"{worker.pid}@"))
    assert isinstance(one, Process)
    return one


def test_who_may_not_come_in_reads_why_in_one_line(cluster: Cluster, proxy: TlsProxy) -> None:
    refused = {
        "demands a client certificate": proxy.without_certificate(),
        "our client certificate has expired": proxy.with_certificate(ends_in=-1),
        "Request unauthorized": proxy.with_key("guess"),
    }
    workers = {
        words: cluster.starts("worker.py", temporal=variables)
        for words, variables in refused.items()
    }
    api = cluster.starts("-m", "standfast.web", temporal=proxy.without_certificate())
    for words, worker in workers.items():
        assert worker.exit_code() == 1
        (line,) = worker.errors.splitlines()
        assert line.startswith("standfast-worker: cannot reach Temporal at 127.0.0.1:")
        assert words in line
    api.says("(and the API)")
    address = api.words.split()[1]
    records = RecordStore(cluster.shared["STANDFAST_DATABASE_URL"])
    asked = NewToken(name="ana", role=Role.RESPONDER)
    headers = {"Authorization": f"Bearer {records.tokens.create(asked).secret}"}
    records.close()
    ready = eventually(lambda: httpx.get(f"{address}/readyz", headers=headers), "the API answers")
    assert ready.status_code == 503
    assert ready.json()["checks"]["records"] == "ok"
    assert "Temporal cannot be reached" in ready.json()["checks"]["temporal"]
    assert "Traceback" not in api.errors
