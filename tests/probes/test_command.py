"""The command probe with real programs."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.policy.system_tests import CommandTest
from standfast.probes import command
from standfast.probes.context import ProbeContext

LIMIT = timedelta(seconds=20)


async def run(directory: Path, *argv: str, within: timedelta = LIMIT) -> Observation:
    return await command.probe(CommandTest(run=argv), ProbeContext(within, directory=directory))


async def python(directory: Path, code: str, within: timedelta = LIMIT) -> Observation:
    return await run(directory, sys.executable, "-I", "-S", "-c", code, within=within)


async def test_exit_code_0_is_well(tmp_path: Path) -> None:
    assert await run(tmp_path, "true") == (Verdict.RESOLVED, "exit code 0")


async def test_any_other_is_not_and_its_output_is_kept(tmp_path: Path) -> None:
    seen = await python(
        tmp_path, "print('two of three\\n\\x1b[31mnodes down'); raise SystemExit(3)"
    )
    assert seen == (Verdict.UNRESOLVED, "exit code 3: two of three nodes down")


async def test_output_is_capped(tmp_path: Path) -> None:
    seen = await python(tmp_path, "print('x' * 1_000_000)")
    assert seen.says is Verdict.RESOLVED
    assert len(seen.detail) < 400


async def test_arguments_reach_the_program_as_they_are(tmp_path: Path) -> None:
    seen = await run(tmp_path, "printf", "%s|", "$HOME; `id`", "a b")
    assert seen == (Verdict.RESOLVED, "exit code 0: $HOME; `id`|a b|")


async def test_it_runs_in_its_directory_without_the_workers_secrets(tmp_path: Path) -> None:
    os.environ["STANDFAST_SECRET_PROBE"] = "hush"
    try:
        seen = await python(
            tmp_path, "import os; print(os.getcwd(), 'PATH' in os.environ, *os.environ)"
        )
    finally:
        del os.environ["STANDFAST_SECRET_PROBE"]
    assert seen.detail.startswith(f"exit code 0: {tmp_path} True")
    assert "SECRET" not in seen.detail


async def test_a_program_that_does_not_exist_is_inconclusive(tmp_path: Path) -> None:
    seen = await run(tmp_path, "no-such-program-here")
    assert seen.says is None
    assert seen.detail.startswith("no-such-program-here could not be started: ")


async def test_a_file_that_is_no_program_is_inconclusive(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a program")
    seen = await run(tmp_path, str(tmp_path / "notes.txt"))
    assert seen.says is None


def is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


async def test_out_of_time_its_children_are_gone_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "print(child.pid, flush=True); time.sleep(600)"
    )
    seen = await python(tmp_path, code, within=timedelta(seconds=2))
    assert seen.says is Verdict.UNRESOLVED
    said, _, child = seen.detail.partition(": ")
    assert said == "not done within 2 s"
    assert not is_running(child)


def what_is_in(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def test_cancelled_its_process_is_gone(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "with open('new', 'w') as new: new.write(str(os.getpid()))\n"
        "os.rename('new', 'started'); time.sleep(600)"
    )
    probing = asyncio.create_task(python(tmp_path, code))
    for _ in range(500):
        if pid := what_is_in(tmp_path / "started"):
            break
        await asyncio.sleep(0.02)
    probing.cancel()
    await asyncio.wait([probing])
    assert probing.cancelled()
    assert pid
    assert not is_running(pid)
