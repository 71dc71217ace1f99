"""CPU and memory of processes with all that they started, as Linux counts them in /proc."""

import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _CPU = 1, slice(11, 15)
"""In the fields of `stat` after the name: the parent, and the times of it and of its dead."""


def needs_linux() -> None:
    """End this program where there is no /proc to read from."""
    if not (_PROC / "self" / "stat").is_file():
        sys.exit("CPU and memory are read from /proc, which only Linux has: run it on Linux")


def tree(root: int, without: Collection[int] = ()) -> set[int]:
    """A process and all that descend from it, but for those of `without` and theirs."""
    children: dict[int, list[int]] = {}
    for pid, fields in _processes():
        children.setdefault(int(fields[_PARENT]), []).append(pid)
    found: set[int] = set()
    todo = [root]
    while todo:
        pid = todo.pop()
        if pid not in without:
            found.add(pid)
            todo += children.get(pid, ())
    return found


def cpu_seconds(root: int, without: Collection[int] = ()) -> float:
    """CPU so far of a process tree, of its dead too."""
    pids = tree(root, without)
    used = (sum(map(int, fields[_CPU])) for pid, fields in _processes() if pid in pids)
    return sum(used) / _TICKS


def resident_bytes(root: int, without: Collection[int] = ()) -> int:
    """The sum of VmRSS over a process tree; what processes share is in it for each of them."""
    return sum(_resident(pid) for pid in tree(root, without))


def _resident(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0  # it has ended
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def _processes() -> Iterator[tuple[int, list[str]]]:
    for place in _PROC.iterdir():
        if place.name.isdigit():
            try:
                stat = (place / "stat").read_text()
            except OSError:
                continue  # it has ended
            yield int(place.name), stat.rsplit(")", 1)[1].split()
