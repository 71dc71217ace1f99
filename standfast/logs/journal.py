"""Logs in the systemd journal, as `journalctl --output=json` prints them."""

import asyncio
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, NamedTuple

from standfast.incidents.observation import inconclusive, quote
from standfast.logs.analysis import LogEvidence, Question, analyse
from standfast.logs.budget import Budget
from standfast.logs.reading import Entries, Gap, Reading
from standfast.logs.severity import Level, of_syslog
from standfast.messages.message import words_of
from standfast.outgoing.os_errors import reason_of
from standfast.policy.log_sources import JournalSource
from standfast.programs.limits import ResourceLimits
from standfast.programs.running import CannotStart, inherited_environment, start_program

MOST_ENTRIES = 100_000
"""The newest ones of a unit."""

WITHIN = timedelta(minutes=1)
"""How long `journalctl` may take."""

_LARGEST = 500_000_000
"""Bytes that `journalctl` may print."""

_FIELDS = "MESSAGE,PRIORITY"
_LONGEST_ENTRY = 1_000_000
"""Bytes; journald itself takes no line of more than 48 kB."""


class NoJournal(Exception):  # noqa: N818
    """The journal cannot be read; in words why."""


async def search(
    source: JournalSource, question: Question, directory: Path, budget: Budget
) -> list[LogEvidence]:
    """Read a unit's journal back to the day before the incident, and say what it shows."""
    name = f"journal of {source.unit}" if source.unit else f"{source.export}"
    try:
        if source.export:
            path = directory / source.export
            reading = await asyncio.to_thread(_read_file, name, path, question, budget)
        else:
            reading = await _read_unit(name, source, question, directory, budget)
    except NoJournal as error:
        return [LogEvidence(name, inconclusive(f"cannot be read: {error}"))]
    if reading.newest is None and not reading.gaps:
        return [LogEvidence(name, inconclusive("holds nothing of the incident's time"))]
    return await asyncio.to_thread(lambda: list(analyse(reading, question)))


def command(source: JournalSource, since: datetime, directory: Path) -> list[str]:
    """The argument list that prints a unit's entries, the oldest first."""
    place = [f"--directory={directory / source.directory}"] if source.directory else []
    return [
        "journalctl",
        "--output=json",
        f"--output-fields={_FIELDS}",
        "--all",
        "--quiet",
        "--no-pager",
        f"--lines={MOST_ENTRIES}",
        f"--since=@{since.timestamp():.0f}",
        f"--unit={source.unit}",
        *place,
    ]


async def _read_unit(
    name: str, source: JournalSource, question: Question, directory: Path, budget: Budget
) -> Reading:
    argv = command(source, question.incident.looked_at_from, directory)
    # Into a file, not a pipe: what does not fit into memory is read line by line afterwards.
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaint:
        try:
            program = await start_program(
                argv,
                env=inherited_environment(),
                cwd=directory,
                stdout=printed,
                stderr=complaint,
                limits=ResourceLimits(file_bytes=_LARGEST),
            )
        except CannotStart as error:
            raise NoJournal(error.reason) from error
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                code = await program.wait()
        except TimeoutError:
            raise NoJournal(f"journalctl was not done within {words_of(WITHIN)}") from None
        finally:
            await program.end()
        if code:
            complaint.seek(0)
            said = quote(complaint.read(4_000).decode(errors="replace"))
            raise NoJournal(f"journalctl ended with exit code {code}: {said}")
        printed.seek(0)
        return await asyncio.to_thread(_read, name, printed, question, budget)


def _read_file(name: str, path: Path, question: Question, budget: Budget) -> Reading:
    try:
        with path.open("rb") as file:
            return _read(name, file, question, budget)
    except OSError as error:
        raise NoJournal(reason_of(error)) from error


def _read(name: str, file: IO[bytes], question: Question, budget: Budget) -> Reading:
    reading, found, damaged = Reading(name), list[_Entry](), 0
    while raw := file.readline(_LONGEST_ENTRY):
        if why := budget.take(len(raw)):
            reading.gaps.append(Gap(name, why, recent=True))
            break
        entry = _entry(raw)
        if entry:
            found.append(entry)
        else:
            damaged += bool(raw.strip())
    if damaged and not found:
        raise NoJournal("it is not what journalctl --output=json prints")
    keep(found, reading, question)
    if len(found) >= MOST_ENTRIES:
        reading.whole_since = reading.oldest
    return reading


class _Entry(NamedTuple):
    moment: datetime
    text: str
    level: Level | None


def keep(found: Iterable[_Entry], reading: Reading, question: Question) -> None:
    """Take entries into a reading, in order of their time."""
    entries = Entries(reading, question.signature)
    for entry in sorted(found, key=lambda entry: entry.moment):
        entries.take(*entry)


def _entry(raw: bytes) -> _Entry | None:
    """One entry; None for what is none. A message that is not text comes as a list of bytes."""
    try:
        fields = json.loads(raw)
        moment = datetime.fromtimestamp(int(fields["__REALTIME_TIMESTAMP"]) / 1_000_000, UTC)
        message, priority = fields.get("MESSAGE"), fields.get("PRIORITY")
        if isinstance(message, list) and all(isinstance(part, int) for part in message):
            message = bytes(message).decode(errors="replace")
        level = of_syslog(int(priority) % 8) if isinstance(priority, str) else None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        return None
    except RecursionError:
        return None
    return _Entry(moment, message if isinstance(message, str) else "", level)
