"""Logs in files: each is read back to the day before the incident, its rotated files too."""

import glob
import os
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from standfast.incidents.observation import inconclusive
from standfast.logs.analysis import LogEvidence, Question, analyse
from standfast.logs.budget import Budget
from standfast.logs.reading import Gap, Lines, Reading
from standfast.logs.rotation import Log, LogFile, logs_of
from standfast.logs.unpacking import Opened, Unreadable
from standfast.outgoing.os_errors import reason_of

MOST_LOGS = 50
"""Of one pattern, the ones written last."""

MOST_FILES = 30
"""Of one log, the ones written last."""


def search(
    pattern: str,
    question: Question,
    directory: Path,
    *,
    local: tzinfo | None = None,
    budget: Budget | None = None,
) -> list[LogEvidence]:
    """Read the logs that a pattern finds, and say what they show. Blocks while it reads.

    pattern: a path; `*`, `?`, `[…]` and `**` allowed; a relative one starts in `directory`.
    local: the zone of stamps that name none; None is this machine's.
    """
    logs = logs_of(os.path.join(glob.escape(str(directory)), pattern))
    if not logs:
        return [LogEvidence(pattern, inconclusive("there is no such file"))]
    return list(_all(pattern, logs, question, local, budget or Budget()))


def _all(
    pattern: str, logs: list[Log], question: Question, local: tzinfo | None, budget: Budget
) -> Iterator[LogEvidence]:
    newest = sorted(
        (log for log in logs if log.files), key=lambda log: log.files[0].written, reverse=True
    )
    for log in logs:
        if not log.files:
            path, why = log.unreadable[0]
            yield LogEvidence(path, inconclusive(f"cannot be read: {why}"))
    for log in newest[:MOST_LOGS]:
        yield from analyse(read(log, question, local, budget), question)
    if (left := len(newest) - MOST_LOGS) > 0:
        why = f"{left} older logs were left out; {MOST_LOGS} are looked at"
        yield LogEvidence(pattern, inconclusive(why))


def read(log: Log, question: Question, local: tzinfo | None, budget: Budget) -> Reading:
    """One log, as far back as the question goes and the limits allow."""
    incident = question.incident
    reading = Reading(log.path, written=log.files[0].written)
    for path, why in log.unreadable:
        reading.gaps.append(Gap(path, f"cannot be read: {why}", recent=True))
    asked = [file for file in log.files if file.written >= incident.looked_at_from]
    for number, file in enumerate(asked[:MOST_FILES]):
        cut = _read_file(file, reading, question, local, budget)
        if cut or number + 1 == MOST_FILES < len(asked):
            # Between what was read and the older files something is missing.
            reading.whole_since = reading.oldest
            break
    return reading


def _read_file(
    file: LogFile, reading: Reading, question: Question, local: tzinfo | None, budget: Budget
) -> bool:
    """Whether its beginning was left out."""
    incident = question.incident
    recent = file.written >= incident.fixed
    opened, lines = Opened(file, budget), Lines(reading, question.signature, incident.now, local)
    try:
        for line in opened.lines():
            lines.take(line)
    except Unreadable as error:
        reading.gaps.append(Gap(file.path, f"cannot be read: {error}", recent))
    except OSError as error:
        reading.gaps.append(Gap(file.path, f"cannot be read: {reason_of(error)}", recent))
    lines.end()
    return opened.cut
