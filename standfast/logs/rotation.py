"""Which files are one log: what rotation renames and compresses still belongs to it."""

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from standfast.outgoing.os_errors import reason_of

PACKED = (".gz", ".bz2", ".xz")
_PACKED_OTHERWISE = (".zst", ".lz4", ".zip", ".lzma", ".Z")

_DATE = re.compile(r"[._-]?(?:19|20)\d\d-?(?:0\d|1[0-2])-?(?:[0-3]\d)(?:[._T-]?\d{1,6}){0,3}(?!\d)")
_NUMBER = re.compile(r"(?:\.\d{1,4}|\.old|\.prev|\.bak|~)$")

MOST_SIBLINGS = 10_000
"""Entries of one directory that are looked through for rotated files."""


@dataclass(frozen=True)
class LogFile:
    """One file of a log, as it was when it was looked for."""

    path: str
    written: datetime

    @property
    def packing(self) -> str:
        """The ending that says how it is compressed; empty where it is not."""
        return next((end for end in (*PACKED, *_PACKED_OTHERWISE) if self.path.endswith(end)), "")


@dataclass(frozen=True)
class Log:
    """A log and its files, the newest first; `unreadable` says why of others."""

    path: str
    files: tuple[LogFile, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


def base_of(path: str) -> str:
    """The name that a file had before rotation and compression.

    >>> base_of("/var/log/app.log.2.gz"), base_of("/var/log/app-20261124.log")
    ('/var/log/app.log', '/var/log/app.log')
    """
    directory, name = os.path.split(path)
    for ending in (*PACKED, *_PACKED_OTHERWISE):
        name = name.removesuffix(ending)
    dated = _DATE.sub("", name)
    plain = _NUMBER.sub("", dated or name)
    return os.path.join(directory, plain or name)


def logs_of(pattern: str) -> list[Log]:
    """The logs that a pattern finds, with the rotated files beside them, by name."""
    matched = sorted(glob.glob(pattern, recursive=True))
    bases = dict.fromkeys(base_of(path) for path in matched)
    paths = dict.fromkeys([*matched, *_beside(bases)])
    files: dict[str, list[LogFile]] = {base: [] for base in bases}
    unreadable: dict[str, list[tuple[str, str]]] = {base: [] for base in bases}
    seen: set[tuple[int, int]] = set()
    for path in paths:
        try:
            status = os.stat(path)
        except OSError as error:
            unreadable[base_of(path)].append((path, reason_of(error)))
            continue
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            unreadable[base_of(path)].append((path, "it is not a file"))
        elif (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            written = datetime.fromtimestamp(status.st_mtime, UTC)
            files[base_of(path)].append(LogFile(path, written))
    return [
        Log(
            _name(base, files[base]),
            tuple(sorted(files[base], key=lambda file: file.written, reverse=True)),
            tuple(unreadable[base]),
        )
        for base in bases
        if files[base] or unreadable[base]
    ]


def _name(base: str, files: list[LogFile]) -> str:
    """What to call it: as it was before rotation, or as its only file is."""
    return files[0].path if len(files) == 1 else base


def _beside(bases: Iterable[str]) -> Iterator[str]:
    """Files in the same directories that are rotated ones of these logs."""
    wanted = set(bases)
    for directory in sorted({os.path.dirname(base) for base in wanted}):
        try:
            with os.scandir(directory or ".") as entries:
                names = [
                    entry.name for entry, _ in zip(entries, range(MOST_SIBLINGS), strict=False)
                ]
        except OSError:
            continue
        for name in sorted(names):
            path = os.path.join(directory, name)
            if base_of(path) in wanted:
                yield path
