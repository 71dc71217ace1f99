"""CPU and memory are counted over a process and all below it, the dead among them too."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.usage import cpu_seconds, resident_bytes, tree
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")

PARENT = """
import subprocess, sys
busy = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", busy])
child = subprocess.Popen([sys.executable, "-c", busy + "\\nprint('ready', flush=True); input()"])
child.wait()
"""


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    """A process whose first child has used CPU and ended, and whose second one has and lives."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate("\n", timeout=PATIENCE)


def test_a_tree_has_all_that_a_process_started(parent: "subprocess.Popen[str]") -> None:
    assert len(tree(parent.pid)) == 2
    assert tree(parent.pid) < tree(os.getpid())
    assert tree(os.getpid(), without={parent.pid}) & tree(parent.pid) == set()


def test_cpu_is_that_of_the_living_and_the_dead(parent: "subprocess.Popen[str]") -> None:
    assert 0.55 < cpu_seconds(parent.pid) < 60
    assert cpu_seconds(parent.pid, without={parent.pid}) == 0


def test_memory_is_that_of_all_of_them(parent: "subprocess.Popen[str]") -> None:
    (child,) = tree(parent.pid) - {parent.pid}
    assert resident_bytes(parent.pid) > resident_bytes(child) > 1_000_000


def test_what_has_ended_uses_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(PATIENCE)
    assert (cpu_seconds(ended.pid), resident_bytes(ended.pid)) == (0, 0)
