"""A small disk of its own for a run's data, which can be filled: a tmpfs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = "256m"
_FILLER = "filler"
_PIECE = 1 << 20


def may_mount() -> bool:
    """Whether this process may mount one."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


@contextmanager
def small_disk(directory: Path) -> Iterator[bool]:
    """A disk at `directory` until the block ends; whether there is one, else it is as any other."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "faults", str(directory)]
    if not may_mount() or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        yield False
        return
    try:
        yield True
    finally:
        # Lazily, so that it goes even while something that was just killed still has a file open.
        unmount = ["umount", "--lazy", str(directory)]
        subprocess.run(unmount, check=True)


def fill(directory: Path) -> None:
    """Leave not a byte on the disk."""
    with (directory / _FILLER).open("wb", buffering=0) as file:
        for size in (_PIECE, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def make_room(directory: Path) -> None:
    """Undo it."""
    (directory / _FILLER).unlink(missing_ok=True)
