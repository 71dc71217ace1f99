"""How many cores may be used: of the machine, by CPU affinity, and by the quota of a cgroup."""

import os
import sys
from pathlib import Path

import pytest

from standfast.hosting.cores import default_processes, usable_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits cores so")

OURS = "/system.slice/standfast.service"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root directory whose /proc says that we are a service; without limits."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"1:name=systemd:/elsewhere\n0::{OURS}\n")
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    return tmp_path


def limit(machine: Path, group: str, cpu_max: str) -> None:
    place = machine / "sys/fs/cgroup" / group.lstrip("/")
    place.mkdir(parents=True, exist_ok=True)
    (place / "cpu.max").write_text(f"{cpu_max}\n")


ALL = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 0


@pytest.mark.parametrize(
    ("limits", "cores"),
    [
        ({}, ALL),
        ({OURS: "max 100000"}, ALL),
        ({OURS: "100000 100000"}, 1),
        ({OURS: "20000 100000"}, 1),  # a fifth of a core is still one process
        ({"/system.slice": "50000 100000", OURS: "max 100000"}, 1),
        ({"": "100000 100000"}, 1),  # as a container sees its own
        ({OURS: "100000000 100000"}, ALL),  # more than there are
        ({OURS: "what is this"}, ALL),
        ({"/another.slice": "50000 100000"}, ALL),
    ],
)
def test_a_quota_of_the_cgroup_counts(machine: Path, limits: dict[str, str], cores: int) -> None:
    for group, cpu_max in limits.items():
        limit(machine, group, cpu_max)
    assert usable_cores(machine) == cores


def test_a_part_of_a_core_counts_as_a_whole_one(machine: Path) -> None:
    limit(machine, OURS, f"{100_000 * ALL - 50_000} 100000")
    assert usable_cores(machine) == ALL


def test_cores_that_others_have_do_not_count(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_cores(tmp_path) == 1
        assert default_processes(embedded=True) == default_processes(embedded=False) == 1
    finally:
        os.sched_setaffinity(0, before)


def test_with_the_embedded_server_a_worker_takes_half_of_the_cores() -> None:
    assert default_processes(embedded=False) == min(usable_cores(), 8)
    assert default_processes(embedded=True) == max(1, min(usable_cores() // 2, 8))
