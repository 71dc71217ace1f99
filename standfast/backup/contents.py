"""What of a data directory, and of the policy, is in a backup."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from standfast.backup.archive import is_plain
from standfast.backup.manifest import DATA, POLICY_FOLDER
from standfast.policy_file.loading import read_policy
from standfast.policy_file.shipped import SHIPPED_POLICY

LEFT_OUT = (
    "server.lock",  # of the running server
    "server.json*",
    "temporal.log*",
    "*.db",  # databases are copied otherwise, with what lies beside them
    "*.db-wal",
    "*.db-shm",
    "*.db-journal",
    "calendars",  # copies, which are fetched again
    POLICY_FOLDER,  # of an earlier restore; the policy in force is taken, wherever it is
    "lost+found",  # of the file system
)
"""Names in the data directory that no instance needs elsewhere. All others are taken."""


class Found(NamedTuple):
    """The files to take, by their path in the folder; what cannot be taken, and must be told."""

    files: dict[str, Path]
    not_taken: tuple[Path, ...] = ()


def of_data_directory(directory: Path) -> Found:
    """The plain files in it and below; links are not followed, and are told.

    So are files with names that no restore would take.
    """
    files, not_taken = {}, []
    for file, mode in _walked(directory):
        name = file.relative_to(directory).as_posix()
        if stat.S_ISREG(mode) and is_plain(f"{DATA}/{name}"):
            files[name] = file
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            not_taken.append(file)
    return Found(files, tuple(not_taken))


def of_policy(file: Path) -> Found:
    """The policy and all that it extends; without what is shipped, which every instance has.

    Raises:
        PolicyError: it cannot be read.
    """
    shipped = SHIPPED_POLICY.parent
    own = [each for each in read_policy(file).files if each.parent != shipped]
    if not own:
        return Found({})
    # What one file says of another must hold where they are put back.
    top = Path(os.path.commonpath([each.parent for each in own]))
    return Found({each.relative_to(top).as_posix(): each for each in own})


def _walked(directory: Path) -> Iterator[tuple[Path, int]]:
    """What is in it and below, in the order of its names, with its mode; no folders."""
    for name in sorted(os.listdir(directory)):
        if not any(fnmatch(name, pattern) for pattern in LEFT_OUT):
            yield from _below(directory / name)


def _below(path: Path) -> Iterator[tuple[Path, int]]:
    try:
        mode = path.lstat().st_mode
        names = sorted(os.listdir(path)) if stat.S_ISDIR(mode) else None
    except FileNotFoundError:  # it was erased meanwhile
        return
    if names is None:
        yield path, mode
        return
    for name in names:
        yield from _below(path / name)
