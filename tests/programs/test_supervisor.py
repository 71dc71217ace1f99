"""Programs with a supervisor: whatever happens to us or to them, nothing stays behind."""

import asyncio
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from standfast.programs.running import (
    SUPERVISOR,
    CannotStart,
    ProgramResult,
    run_program,
    start_program,
)
from tests.hosting.processes import eventually, lives
from tests.patience import PATIENCE

LONG = timedelta(minutes=1)
BRIEF = timedelta(seconds=0.2)
ENVIRONMENT = {"PATH": os.environ["PATH"]}

STUBBORN = """
import os, signal, sys

def stay():
    with open(str(os.getpid()), "w"):
        pass
    while True:
        signal.pause()

signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    stay()
if sys.platform == "linux" and os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        stay()
    os._exit(0)
stay()
"""
"""Ignores SIGTERM, as do its child and (on Linux) its daemon, which has left session, group and
parent. Each leaves a file that is named by its process id."""

FAMILY = 3 if sys.platform == "linux" else 2


class Tree:
    """A program that does not go by itself, and the processes that it makes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.place.mkdir()
        self.command = (sys.executable, "-I", "-S", "-c", STUBBORN)

    @property
    def pids(self) -> list[int]:
        return [int(file.name) for file in self.place.iterdir()]

    @property
    def alive(self) -> list[int]:
        return [pid for pid in self.pids if lives(pid)]

    def grow(self) -> None:
        eventually(lambda: len(self.pids) == FAMILY, "the tree is complete")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


async def run(
    *command: str, within: timedelta = LONG, cwd: Path = SUPERVISOR.parent, limit: int = 4_000
) -> ProgramResult:
    return await run_program(
        command, within=within, env=ENVIRONMENT, cwd=cwd, output_limit=limit, grace=BRIEF
    )


# However it ends, nothing is left


async def test_a_time_limit_ends_the_whole_tree(tree: Tree) -> None:
    result = await run(*tree.command, within=timedelta(seconds=1.5), cwd=tree.place)

    assert result.timed_out
    assert result.exit_code is None
    assert len(tree.pids) == FAMILY
    assert not tree.alive


async def test_a_cancellation_goes_on_when_the_whole_tree_has_gone(tree: Tree) -> None:
    running = asyncio.create_task(run(*tree.command, cwd=tree.place))
    await asyncio.to_thread(tree.grow)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not tree.alive


async def test_a_second_cancellation_does_not_cut_the_ending_short(tree: Tree) -> None:
    running = asyncio.create_task(run(*tree.command, cwd=tree.place))
    await asyncio.to_thread(tree.grow)

    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not tree.alive


@pytest.mark.parametrize("after", [0, 0.005, 0.01, 0.02, 0.04])
async def test_a_cancellation_while_it_starts(tmp_path: Path, after: float) -> None:
    command = ("sh", "-c", "echo $$ > pid; exec sleep 600")
    running = asyncio.create_task(run(*command, cwd=tmp_path))
    await asyncio.sleep(after)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    written = tmp_path / "pid"
    pid = written.read_text() if written.exists() else ""
    assert not pid or not lives(int(pid))  # the shell may end between opening and writing


def test_the_death_of_the_owner_by_sigkill_ends_the_whole_tree(tree: Tree) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, *tree.command],
        cwd=tree.place,
        env={**ENVIRONMENT, "PYTHONPATH": str(SUPERVISOR.parents[2])},
    )
    tree.grow()

    owner.kill()
    owner.wait()
    eventually(lambda: not tree.alive, "the tree is gone")


OWNER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from standfast.programs.running import run_program

limits = {"within": timedelta(minutes=1), "grace": timedelta(seconds=0.2)}
asyncio.run(run_program(sys.argv[1:], env={}, cwd=Path.cwd(), **limits))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_supervisor_ends_the_whole_tree(tree: Tree, number: signal.Signals) -> None:
    supervisor = supervisor_itself(tree.command, tree.place)
    tree.grow()

    supervisor.send_signal(number)
    with supervisor:
        assert supervisor.wait(timeout=PATIENCE) == 128 + signal.SIGKILL
    assert not tree.alive


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_the_death_of_the_supervisor_by_sigkill_ends_its_program(tmp_path: Path) -> None:
    supervisor = supervisor_itself(("sh", "-c", "echo $$ > pid; exec sleep 600"), tmp_path)
    written = tmp_path / "pid"
    eventually(lambda: written.exists() and written.read_text(), "it runs")
    pid = int(written.read_text())

    supervisor.kill()
    with supervisor:
        supervisor.wait()
    eventually(lambda: not lives(pid), "the program is gone")


def test_a_supervisor_whose_owner_is_gone_before_it_starts_the_program_starts_nothing(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-I", "-S", SUPERVISOR, "1", "1", "--", "touch", tmp_path / "ran"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as supervisor:
        report, _ = supervisor.communicate()

    assert report.startswith(b"failed ")
    assert not (tmp_path / "ran").exists()


def supervisor_itself(command: Sequence[str], place: Path) -> subprocess.Popen[bytes]:
    """The process without our API around it; its report goes to /dev/null."""
    with open(os.devnull, "wb") as report:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", SUPERVISOR, "0.2", str(report.fileno()), "--", *command],
            cwd=place,
            stdin=subprocess.PIPE,
            pass_fds=(report.fileno(),),
            start_new_session=True,
        )


async def test_a_server_lives_until_it_is_let_go(tree: Tree) -> None:
    server = await start_program(
        tree.command,
        env=ENVIRONMENT,
        cwd=tree.place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        grace=BRIEF,
    )
    await asyncio.to_thread(tree.grow)
    assert server.pid in tree.alive
    assert os.getpgid(server.pid) == os.getsid(server.pid) == server.pid

    assert await server.end() == 128 + signal.SIGKILL
    assert not tree.alive
    assert await server.wait() == 128 + signal.SIGKILL


async def test_a_terminal_s_ctrl_c_reaches_neither_supervisor_nor_program() -> None:
    sessions = "import os; print(os.getsid(0), os.getsid(os.getppid()))"
    result = await run(sys.executable, "-I", "-S", "-c", sessions)

    assert os.getsid(0) not in map(int, result.output.split())


# What it leaves behind does not hold us up


OWN_SESSION = """
setsid sh -c 'echo $$ > pid; exec sleep 600' &
while ! test -s pid; do :; done
exit 3
"""


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("sleep 600 & echo $! > pid; echo done", 0, id="background"),
        pytest.param("trap '' TERM; sleep 600 & echo $! > pid; exit 4", 4, id="ignores SIGTERM"),
        pytest.param(
            OWN_SESSION,
            3,
            id="own session",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="it gets away by design"),
        ),
    ],
)
async def test_a_background_process_that_holds_the_pipe(
    tmp_path: Path, script: str, code: int
) -> None:
    """StackStorm/st2#4262."""
    async with asyncio.timeout(PATIENCE):
        result = await run("sh", "-c", script, cwd=tmp_path)

    assert result.exit_code == code
    assert not lives(int((tmp_path / "pid").read_text()))


async def test_a_program_that_closes_its_output_is_waited_for() -> None:
    result = await run("sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 3")

    assert result == ProgramResult(exit_code=3, timed_out=False, output="")


# How it ended


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)],
)
async def test_exit_codes(script: str, code: int) -> None:
    result = await run("sh", "-c", script)

    assert result.exit_code == code
    assert result.succeeded is (code == 0)


async def test_a_program_that_cannot_start_says_why(tmp_path: Path) -> None:
    def file(name: str, text: str, mode: int) -> None:
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)

    file("plain", "#!/bin/sh\n", 0o644)
    file("bare", "echo\n", 0o755)
    file("strange", "#!/no/such/interpreter\n", 0o755)
    reasons = {
        "no-such-program": "no such program on the PATH",
        "./missing": "no such file",
        "./plain": "not executable; `chmod +x` makes it so",
        "./bare": "not a program; a script needs a first line",
        "./strange": "the interpreter that its first line names is missing",
        "zero\0byte": "embedded null byte",
    }
    for program, reason in reasons.items():
        with pytest.raises(CannotStart) as problem:
            await run(program, cwd=tmp_path)
        assert reason in problem.value.reason
        assert problem.value.reason.startswith(program)

    with pytest.raises(CannotStart, match="no working directory"):
        await run("true", cwd=tmp_path / "gone")


async def test_it_gets_the_environment_and_directory_it_is_given_and_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    result = await run("sh", "-c", "cat; pwd; env", cwd=tmp_path)

    assert result.output.startswith(str(tmp_path))
    assert "SECRET" not in result.output


async def test_no_file_that_we_hold_open_gets_in() -> None:
    result = await run("sh", "-c", "ls /dev/fd | wc -l")

    # 0, 1, 2 and the one that lists them
    assert int(result.output) == 4


# What it prints


async def test_output_and_errors_stand_in_the_order_they_came() -> None:
    result = await run("sh", "-c", "echo one; echo two >&2; echo three")

    assert result.output == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (r"\033[1;31mred\033[0m", "red"),
        (r"\033]0;title\007text", "text"),
        (r"10%%\r20%%\r\n", "10%\n20%"),
        (r"bell\007 null\000 backspace\010", "bell null backspace"),
        (r"gr\303\274n", "grün"),
        (r"half \303", "half �"),
        (r"\342\200\256right to left", "right to left"),
    ],
)
async def test_output_is_cleaned(printed: str, shown: str) -> None:
    result = await run("printf", printed)

    assert result.output == shown


async def test_of_much_output_the_beginning_and_the_end_are_kept() -> None:
    much = "echo begin; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end"
    result = await run("sh", "-c", much, limit=100)

    head, mark, tail = result.output.split("\n…")[0], *result.output.split("…")[1:]
    assert head == "begin\n" + 44 * "x"
    assert mark == " 999,911 bytes left out "
    assert tail == "\n" + 45 * "x" + "\nend"


async def test_a_flood_neither_blocks_us_nor_grows_our_memory() -> None:
    tracemalloc.start()
    try:
        result = await run("yes", within=timedelta(seconds=1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert result.timed_out
    assert "bytes left out" in result.output
    assert len(result.output) < 4_100
    assert peak < 3_000_000
