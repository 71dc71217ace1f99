"""Whoever is started with the clock's variables sees its wall clock jump, the monotonic one not."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.faults.clock import COMPILER, Clock

_HOUR = 3_600
_READS = """
import datetime, sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), datetime.datetime.now().timestamp(), flush=True)
"""


@pytest.mark.skipif(not shutil.which(COMPILER), reason="needs a C compiler")
def test_a_running_process_sees_it_jump_and_come_back(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", _READS],
        env={**os.environ, **clock.variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for jump in (0, _HOUR, -_HOUR, 0):
            clock.jump_to(jump)
            assert process.stdin
            assert process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            wall, monotonic, shown = map(float, process.stdout.readline().split())
            assert wall - time.time() == pytest.approx(jump, abs=10)
            assert shown == pytest.approx(wall, abs=1)
            assert monotonic == pytest.approx(time.monotonic(), abs=10)


def test_without_a_compiler_nothing_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Clock(tmp_path).variables == {}
