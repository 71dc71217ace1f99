"""How many cores this process may use: those of the machine, or fewer where it is limited."""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_MOST_BY_ITSELF = 8
"""More processes want more memory and more connections to the record store than one expects."""


def usable_cores(root: Path = Path("/")) -> int:
    """At least 1. CPU affinity counts, and the CPU quota of a container or a service (cgroup v2).

    A part of a core counts as a whole one. `root` is where /proc and /sys are.
    """
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min([cores, *(math.ceil(quota) for quota in _quotas(root))]))


def default_processes(*, embedded: bool) -> int:
    """How many processes a worker has where nobody says: one for each core, up to eight.

    The embedded server works as hard as its workers, so it gets half of the cores.
    """
    cores = usable_cores()
    return max(1, min(cores // 2 if embedded else cores, _MOST_BY_ITSELF))


def _quotas(root: Path) -> Iterator[float]:
    """The cores that this process's cgroup may use, and those above it, as far as limited."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    top = root / "sys/fs/cgroup"
    for path in (line.removeprefix("0::/") for line in groups if line.startswith("0::/")):
        group = top / path
        # In a container its own group may be mounted as the top one, under another name.
        for each in (group, *group.parents):
            if each.is_relative_to(top):
                yield from _quota(each / "cpu.max")


def _quota(file: Path) -> Iterator[float]:
    """`200000 100000` is two cores; `max 100000` is no limit."""
    try:
        quota, _, period = file.read_text().strip().partition(" ")
        yield int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return
