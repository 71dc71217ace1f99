"""`make run` as a person runs it: worker and API come up together, and end together."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from standfast.hosting.data_directory import running_server
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.hosting.processes import eventually, lives
from tests.hosting.worker_process import REPOSITORY, Process
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

_CONSOLE = re.compile(r"Console +(http://127\.0\.0\.1:\d+)")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Process]:
    """Everything, on free ports."""
    process = Process(tmp_path / "data", {"STANDFAST_API_PORT": "0"}, command=("starter.py", "run"))
    yield process
    process.kill()


def console(running: Process) -> str:
    """Where the API answers."""
    running.says("Console")
    running.says("STANDFAST_PUBLIC_URL")  # what a phone needs
    found = eventually(lambda: _CONSOLE.search(running.words), "the console's address")
    return found[1]


_FURTHER = re.compile(r"worker process 2 runs incidents too \(process id (\d+)\)")
_PARTS = {"worker": "worker", "standfast.web": "api"}


def parts(running: Process) -> dict[str, int]:
    """The processes of worker and API, by what they run."""
    found: dict[str, int] = {}
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        pid, _, arguments = line.strip().partition(" ")
        name = re.fullmatch(rf"{re.escape(sys.executable)} -P -m (.+)", arguments)
        if name and name[1] in _PARTS and _below(int(pid), running.pid):
            found[_PARTS[name[1]]] = int(pid)
    return found


def _below(pid: int, ancestor: int) -> bool:
    """Whether a process descends from another; through its supervisor, which is its parent."""
    while pid > 1:
        if pid == ancestor:
            return True
        told = subprocess.run(
            ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True
        ).stdout.strip()
        pid = int(told or 0)
    return False


def test_the_first_start_says_how_to_sign_in_and_a_report_gets_through(
    running: Process, tmp_path: Path
) -> None:
    where = console(running)
    running.says("token create")
    (told,) = (line.strip() for line in running.words.splitlines() if "token create" in line)
    made = subprocess.run(
        told.replace("YOU", "ana"), shell=True, cwd=REPOSITORY, capture_output=True, text=True
    )
    token = made.stdout.strip()
    assert token.startswith("sft_"), (told, made.stderr)
    with httpx.Client(base_url=where, headers={"Authorization": f"Bearer {token}"}) as http:
        assert http.get("/readyz").status_code == 200
        reported = http.post("/api/incidents", json={"title": "Printer jams"})
        assert reported.status_code == 201
        assert "server" not in reported.headers
        path = reported.headers["location"]

        def assigned() -> bool:
            return bool(http.get(path).json()["stage"] == "resolve")

        eventually(assigned, "the incident waits for people")
    server = running_server(running.settings.data_dir)
    pids = parts(running)
    assert {*pids} == {"worker", "api"}
    running.send(signal.SIGINT)
    assert running.exit_code() == 0
    assert "Traceback" not in running.errors
    assert not any(lives(pid) for pid in pids.values())
    assert server
    assert not lives(server.server_pid or 0)


@pytest.mark.parametrize("fallen", ["worker", "api"])
def test_when_one_falls_the_other_ends_and_it_counts_as_a_failure(
    running: Process, fallen: str
) -> None:
    console(running)
    pids = parts(running)
    os.kill(pids[fallen], signal.SIGKILL)
    assert running.exit_code() == 1
    assert f"standfast: the {fallen} has ended, stopping the rest" in running.errors
    assert not any(lives(pid) for pid in pids.values())


def test_killed_itself_it_leaves_nothing_behind_of_any_number_of_processes(tmp_path: Path) -> None:
    running = Process(
        tmp_path / "data",
        {"STANDFAST_API_PORT": "0"},
        command=("starter.py", "run", "--processes", "2"),
    )
    try:
        console(running)
        running.says("Processes 2")
        further = eventually(lambda: _FURTHER.search(running.errors), "a second worker process")
        pids = parts(running) | {"second": int(further[1])}
        server = running_server(running.settings.data_dir)
        assert server
    finally:
        running.kill()
    for pid in (*pids.values(), server.server_pid or 0):
        eventually(lambda pid=pid: not lives(pid), f"the end of {pid}")  # type: ignore[misc]


def test_terminated_while_it_starts_it_ends_in_order(tmp_path: Path) -> None:
    process = Process(tmp_path / "data", command=("starter.py", "run"))
    eventually(lambda: running_server(tmp_path / "data"), "the server begins to start")
    process.send(signal.SIGTERM)
    assert process.exit_code() == 0
    assert "Traceback" not in process.errors


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = Process(
            tmp_path / "data", {"STANDFAST_API_PORT": port}, command=("starter.py", "run")
        )
        assert process.exit_code() == 1
    assert f"standfast-api: cannot listen on 127.0.0.1, port {port}" in process.errors
    assert "Traceback" not in process.errors


def test_with_a_token_on_record_nothing_is_said_of_signing_in(tmp_path: Path) -> None:
    records = RecordStore(Settings(data_dir=tmp_path / "data").records_url)
    records.tokens.create(NewToken(name="ana", role=Role.ADMINISTRATOR))
    records.close()
    process = Process(
        tmp_path / "data",
        {"TEMPORAL_ADDRESS": "127.0.0.1:1", "STANDFAST_API_PORT": "0"},
        command=("-m", "standfast.web"),
    )
    try:
        where = console(process)
        assert "Sign in" not in process.words
        # It serves what it can while Temporal is away.
        assert httpx.get(f"{where}/healthz").status_code == 200
        assert httpx.get(f"{where}/readyz", timeout=PATIENCE).status_code == 503
        process.send(signal.SIGTERM)
        assert process.exit_code() == 0
    finally:
        process.kill()
