"""What a program may use is kept by the kernel, whatever the program does."""

import os
import resource
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from standfast.programs.running import (
    SUPERVISOR,
    CannotStart,
    ProgramResult,
    ResourceLimits,
    run_program,
)
from standfast.programs.running import limit_reached as words
from tests.patience import PATIENCE

PYTHON = (sys.executable, "-I", "-S", "-c")
MEGABYTE = 1_000_000


async def run(*command: str, cwd: Path = SUPERVISOR.parent, **limits: int) -> ProgramResult:
    return await run_program(
        command,
        within=timedelta(seconds=20),
        env={"PATH": os.environ["PATH"]},
        cwd=cwd,
        grace=timedelta(seconds=0.2),
        limits=ResourceLimits(**limits),
    )


async def test_a_huge_file_ends_its_writer(tmp_path: Path) -> None:
    ended = await run("dd", "if=/dev/zero", "of=big", "bs=64k", cwd=tmp_path, file_bytes=MEGABYTE)

    assert ended.exit_code == 128 + signal.SIGXFSZ
    assert (tmp_path / "big").stat().st_size == MEGABYTE
    assert words(ended.exit_code) == "it wrote a larger file than it may"


async def test_processor_time_runs_out_whoever_uses_it() -> None:
    started = time.monotonic()
    ended = await run("sh", "-c", "while :; do :; done", cpu_seconds=1)

    assert ended.exit_code == 128 + signal.SIGXCPU
    assert words(ended.exit_code) == "it used all the processor time that it may"
    assert time.monotonic() - started < PATIENCE


async def test_who_ignores_that_its_time_is_over_is_killed() -> None:
    stubborn = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    ended = await run(*PYTHON, stubborn, cpu_seconds=1)

    assert ended.exit_code == 128 + signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the address space has no limit")
async def test_memory_beyond_the_limit_is_refused() -> None:
    takes = "b = bytearray(int(__import__('sys').argv[1])); print('had it')"
    limit = 300 * MEGABYTE

    assert (await run(*PYTHON, takes, str(MEGABYTE), memory_bytes=limit)).output == "had it"
    refused = await run(*PYTHON, takes, str(limit), memory_bytes=limit)
    assert refused.exit_code == 1
    assert "MemoryError" in refused.output


async def test_only_so_many_files_are_open_at_once() -> None:
    opens = "import os\nfor count in range(100): os.dup(0)"
    ended = await run(*PYTHON, opens, open_files=20)

    assert ended.exit_code == 1
    assert "Too many open files" in ended.output


async def test_what_it_starts_has_the_same_limits_and_none_may_raise_them(tmp_path: Path) -> None:
    inner = "ulimit -Sf 1000000 2>/dev/null; exec dd if=/dev/zero of=big bs=64k"
    ended = await run("sh", "-c", f"sh -c '{inner}'", cwd=tmp_path, file_bytes=MEGABYTE)

    assert ended.exit_code == 128 + signal.SIGXFSZ
    assert (tmp_path / "big").stat().st_size == MEGABYTE


async def test_without_limits_it_has_ours_but_leaves_no_core() -> None:
    told = "import resource as r; print(*map(r.getrlimit, (r.RLIMIT_CORE, r.RLIMIT_NOFILE)))"
    ended = await run(*PYTHON, told)

    ours = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert ended.output == f"(0, 0) {ours}"


def test_a_limit_above_our_own_is_our_own() -> None:
    lower = f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (50, 50)); {_BELOW}"
    ended = subprocess.run(
        [sys.executable, "-c", lower],
        env={**os.environ, "PYTHONPATH": str(SUPERVISOR.parents[2])},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )

    assert ended.stdout == "50\n"


_BELOW = """
import asyncio
from datetime import timedelta
from pathlib import Path
from standfast.programs.running import ResourceLimits, run_program
print(asyncio.run(run_program(
    ("sh", "-c", "ulimit -n"),
    within=timedelta(minutes=1), env={}, cwd=Path.cwd(), limits=ResourceLimits(open_files=1024),
)).output)
"""


async def test_where_memory_is_too_little_even_to_start() -> None:
    try:
        ended = await run("true", memory_bytes=MEGABYTE)
    except CannotStart as problem:
        assert "memory" in problem.reason  # noqa: PT017 - which of the two is the kernel's choice
    else:
        assert not ended.succeeded


@pytest.mark.parametrize("code", [None, 0, 1, 127, 137])
def test_other_ends_are_no_limit_s(code: int | None) -> None:
    assert words(code) == ""
