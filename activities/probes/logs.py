"""Log analysis: has the error come back in a service's log files since the fix?"""

import glob
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple

from activities.probes.observation import (
    Observation,
    fails,
    in_words,
    quote,
    settles_nothing,
    works,
)
from activities.probes.signature import Signature, signature_of
from activities.probes.timestamps import moment_of
from incidents.message import short

LARGEST_READ = 20_000_000
"""Bytes at the end of a file that are read."""

LONGEST_LINE = 64_000
"""Bytes; what goes beyond is read as a line that continues this one."""

LONGEST_RECORD = 1_000
"""Lines: a stack trace has the time of the line in front of it."""

MOST_FILES = 50
"""For one pattern, the ones written last."""

_LONGEST_SHOWN = 120
"""Characters of the signature, in what is said about it."""

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=5)


class LogEvidence(NamedTuple):
    """What one file showed, or a pattern that leads to none."""

    source: str
    seen: Observation


def search(
    patterns: Sequence[str],
    error_message: str,
    since: datetime,
    directory: Path,
    local: tzinfo | None = None,
) -> list[LogEvidence]:
    """Look for an error's signature in the lines written since a moment. Blocks while it reads.

    patterns: file paths, `*`, `?`, `[…]` and `**` allowed; relative ones start in `directory`.
    local: the zone of stamps that name none; None is this machine's.
    """
    signature = signature_of(error_message)
    found: dict[str, Observation] = {}
    for pattern in dict.fromkeys(patterns):
        if signature is None:
            why = "the error message holds too little to be recognised by"
            found[pattern] = settles_nothing(why)
        else:
            full = os.path.join(glob.escape(str(directory)), pattern)
            for source, seen in _search_pattern(full, signature, since, local):
                found.setdefault(source, seen)
    return [LogEvidence(*item) for item in found.items()]


def _search_pattern(
    pattern: str, signature: Signature, since: datetime, local: tzinfo | None
) -> Iterator[LogEvidence]:
    paths = sorted(glob.glob(pattern, recursive=True))
    files, unreadable = _regular_files(paths)
    if not paths:
        yield LogEvidence(pattern, settles_nothing("there is no such file"))
    for path, why in unreadable.items():
        yield LogEvidence(path, settles_nothing(f"cannot be read: {why}"))
    newest_first = sorted(files, key=lambda path: files[path], reverse=True)
    for path in newest_first[:MOST_FILES]:
        if files[path] >= since:
            yield LogEvidence(path, _search_file(path, signature, since, local))
        elif path == newest_first[0]:
            yield LogEvidence(path, works(f"nothing at all was written since {short(since)}"))
        else:
            # An older file that rotation left says nothing about the time since the fix.
            yield LogEvidence(path, settles_nothing(f"not written to since {short(since)}"))
    if (left := len(newest_first) - MOST_FILES) > 0:
        why = f"{left} older files were left out; {MOST_FILES} are looked at"
        yield LogEvidence(pattern, settles_nothing(why))


def _regular_files(paths: Iterable[str]) -> tuple[dict[str, datetime], dict[str, str]]:
    """When each file was last written to; and why the others cannot be read."""
    files, unreadable = {}, {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError as error:
            unreadable[path] = in_words(error)
            continue
        if stat.S_ISREG(status.st_mode):
            files[path] = datetime.fromtimestamp(status.st_mtime, UTC)
        elif not stat.S_ISDIR(status.st_mode):
            unreadable[path] = "it is not a file"
    return files, unreadable


class _Lines(NamedTuple):
    """What a file held: the times at the ends of what was read, and the hits since the fix."""

    oldest: datetime | None
    newest: datetime | None
    cut: bool
    hits: int
    first_hit: str


def _search_file(
    path: str, signature: Signature, since: datetime, local: tzinfo | None
) -> Observation:
    try:
        lines = _read(path, signature, since, local)
    except OSError as error:
        return settles_nothing(f"cannot be read: {in_words(error)}")
    if lines.oldest is None or lines.newest is None:
        return settles_nothing("none of its lines bears a time that is recognised")
    newest = f"the newest line is of {short(lines.newest)}"
    if lines.newest > datetime.now(UTC) + CLOCKS_MAY_DIFFER_BY:
        return settles_nothing(f"its clock is ahead: {newest}")
    what, period = f"“{quote(str(signature), _LONGEST_SHOWN)}”", f"since {short(since)}"
    if lines.hits:
        times = "once" if lines.hits == 1 else f"{lines.hits} times"
        return fails(f"{what} is back, {times} {period}: {quote(lines.first_hit)}")
    if lines.newest < since:
        return settles_nothing(f"written to {period}, but {newest}: does its clock or zone differ?")
    if lines.cut and lines.oldest > since:
        period = f"since {short(lines.oldest)}, where the part that was read begins"
    return works(f"{what} is in no line {period}; {newest}")


def _read(path: str, signature: Signature, since: datetime, local: tzinfo | None) -> _Lines:
    """Read the end of a file. Only lines that hold the error are asked for their time, and the
    first and last ones: that makes it ten times as fast.
    """
    now = datetime.now(UTC)
    oldest: datetime | None = None
    hits, first_hit = 0, ""
    recent: deque[str] = deque(maxlen=LONGEST_RECORD)
    with Path(path).open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        if cut := left > LARGEST_READ:
            file.seek(left - LARGEST_READ)
            left = LARGEST_READ - len(file.readline(LONGEST_LINE))
        # As much as was there at the start: a log that grows as fast as it is read has an end.
        while left > 0 and (raw := file.readline(LONGEST_LINE)):
            left -= len(raw)
            recent.append(line := raw.decode(errors="replace"))
            if oldest is None and len(recent) < LONGEST_RECORD:
                oldest = moment_of(line, now, local)
            if signature.is_in(line):
                written = _when(recent, now, local)
                if written and written >= since:
                    hits += 1
                    first_hit = first_hit or line
    return _Lines(oldest, _when(recent, now, local), cut, hits, first_hit)


def _when(lines: Sequence[str], now: datetime, local: tzinfo | None) -> datetime | None:
    """The time of the last line: its own, or that of the line which it continues."""
    stamps = (moment_of(line, now, local) for line in reversed(lines))
    return next((stamp for stamp in stamps if stamp), None)
