"""What the tests of log analysis share: times of an incident, lines, and files that hold them."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standfast.incidents.observation import Observation
from standfast.logs import files
from standfast.logs.analysis import Question
from standfast.logs.windows import Incident

NOW = datetime.now(UTC).replace(microsecond=0)
FIXED = NOW - timedelta(hours=1)
BEGAN = FIXED - timedelta(hours=1)
BEFORE, AFTER = FIXED - timedelta(minutes=5), FIXED + timedelta(minutes=5)
LONG_BEFORE = BEGAN - timedelta(hours=12)
INCIDENT = Incident(BEGAN, FIXED, NOW)
ERROR = "connection 17 to 10.0.0.1 lost"
ERROR_AGAIN = "connection 4 to 10.0.0.9 lost"
SINCE = FIXED.strftime("%Y-%m-%d %H:%M:%S UTC")


def write(path: Path, lines: Iterable[str], written: datetime = NOW) -> Path:
    """A log file that was last written to at a moment."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return aged(path, written)


def aged(path: Path, written: datetime) -> Path:
    """The file, as if it was last written to at that moment."""
    os.utime(path, (written.timestamp(), written.timestamp()))
    return path


def iso(moment: datetime, text: str) -> str:
    """A line with a stamp in front."""
    return f"{moment.isoformat()} {text}"


def evenly(start: datetime, end: datetime, count: int, text: str) -> list[str]:
    """So many lines, spread over a time; `{}` in the text is the line's number."""
    gap = (end - start) / max(count, 1)
    return [iso(start + gap * (n + 0.5), text.format(n)) for n in range(count)]


def search(
    directory: Path, *patterns: str, error: str = ERROR, incident: Incident = INCIDENT
) -> dict[str, Observation]:
    """What each log says, by its file's name."""
    question = Question.about(error, incident)
    found = [
        piece
        for pattern in patterns
        for piece in files.search(pattern, question, directory, local=UTC)
    ]
    return {Path(source).name: seen for source, seen in found}
