"""What is kept of a log while it is read: its errors, and the lines with the error looked for."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from standfast.logs.severity import (
    Level,
    level_of,
    may_be_grave,
    names_a_cause,
    speaks_of_failure,
    tells_of_a_crash,
)
from standfast.logs.signature import Signature
from standfast.logs.timestamps import moment_of

LONGEST_RECORD = 1_000
"""Lines: a stack trace has the time of the line in front of it."""

_LONGEST_KEPT = 4_000
"""Characters of a line that are kept."""

_SAME_RECORD_WITHIN = timedelta(seconds=1)
"""Where each line of a stack trace has its own time, as in Loki."""


class Hit(NamedTuple):
    """A line that holds the error looked for."""

    moment: datetime
    line: str


@dataclass
class Error:
    """A record of a log that tells of an error. `cause` is what its stack trace names last."""

    moment: datetime
    line: str
    cause: str = ""


class Gap(NamedTuple):
    """A part of a log that could not be read. `recent`: it may be of the time since the fix."""

    where: str
    why: str
    recent: bool


@dataclass
class Reading:
    """One log, as far as it was read.

    written: when something was last written to it, None where only its lines tell.
    whole_since: it may have had more, of before this moment, that was not read; None if not.
    """

    source: str
    written: datetime | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    whole_since: datetime | None = None
    hits: list[Hit] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def spans(self, moment: datetime) -> None:
        """A record of this moment was read."""
        self.oldest = min(self.oldest or moment, moment)
        self.newest = max(self.newest or moment, moment)


class _Head(NamedTuple):
    """The line that begins a record, and bears its time."""

    number: int
    moment: datetime
    line: str


class Lines:
    """Takes the lines of one file, in order, and keeps of them in a reading what matters.

    Only lines that matter are asked for their time, and the first and last ones, and no line is
    asked twice: that makes it several times as fast, and linear whatever stands in the file.
    """

    def __init__(
        self, reading: Reading, signature: Signature | None, now: datetime, local: tzinfo | None
    ) -> None:
        self._reading = reading
        self._signature = signature
        self._now = now
        self._local = local
        self._count = 0
        self._begun = False
        self._unasked: deque[str] = deque(maxlen=LONGEST_RECORD)
        self._head: _Head | None = None
        self._error: tuple[int, Error] | None = None

    def take(self, line: str) -> None:
        """The next line, or a piece of one that is very long."""
        self._count += 1
        self._unasked.append(line)
        if not self._begun and self._count < LONGEST_RECORD and (head := self._latest_head()):
            self._begun = True
            self._reading.spans(head.moment)
        if self._signature and self._signature.is_in(line) and (head := self._latest_head()):
            self._reading.hits.append(Hit(head.moment, line[:_LONGEST_KEPT]))
        if may_be_grave(line) and (head := self._latest_head()):
            self._judge(line, head)

    def end(self) -> None:
        """All lines were taken."""
        if head := self._latest_head():
            self._reading.spans(head.moment)

    def _latest_head(self) -> _Head | None:
        """What begins the record that the last line belongs to; None when it is too far away."""
        number = self._count
        while self._unasked:
            line = self._unasked.pop()
            if moment := moment_of(line, self._now, self._local):
                self._head = _Head(number, moment, line)
                self._unasked.clear()
            number -= 1
        if self._head is None or self._count - self._head.number >= LONGEST_RECORD:
            return None
        return self._head

    def _judge(self, line: str, head: _Head) -> None:
        level = level_of(head.line)
        if self._error and self._error[0] == head.number:
            if names_a_cause(line):
                self._error[1].cause = line[:_LONGEST_KEPT]
        elif head.number == self._count:
            if level is Level.ERROR or (level is None and speaks_of_failure(line)):
                self._keep(head, line)
        elif _fails_below(line, level):
            self._keep(head, line)

    def _keep(self, head: _Head, line: str) -> None:
        error = Error(head.moment, line[:_LONGEST_KEPT])
        self._reading.errors.append(error)
        self._error = (head.number, error)


def _fails_below(line: str, head: Level | None) -> bool:
    """Whether a line that continues another tells of an error where that one did not."""
    if head is None:
        grave = level_of(line) is Level.ERROR and not line[:1].isspace()
        return grave or tells_of_a_crash(line) or names_a_cause(line)
    # A warning may well show a stack trace; after calm words it comes from something that died.
    return head is Level.CALM and tells_of_a_crash(line)


class Entries:
    """Takes the entries of a log whose every entry comes with its time, in order of time."""

    def __init__(self, reading: Reading, signature: Signature | None) -> None:
        self._reading = reading
        self._signature = signature

    def take(self, moment: datetime, text: str, level: Level | None = None) -> None:
        """The next entry, of one line or more, with its level where the log itself knows it."""
        reading = self._reading
        reading.spans(moment)
        lines = text.splitlines() or [""]
        if self._signature:
            reading.hits += [
                Hit(moment, line[:_LONGEST_KEPT]) for line in lines if self._signature.is_in(line)
            ]
        if self._continues(moment, lines[0]):
            if names_a_cause(lines[0]):
                reading.errors[-1].cause = lines[0][:_LONGEST_KEPT]
            return
        if _is_error(lines, level):
            telling = lines[0] if level or len(lines) == 1 else _telling(lines)
            causes = [line for line in lines[1:] if names_a_cause(line)]
            cause = causes[-1][:_LONGEST_KEPT] if causes else ""
            reading.errors.append(Error(moment, telling[:_LONGEST_KEPT], cause))

    def _continues(self, moment: datetime, line: str) -> bool:
        """Whether it belongs to the stack trace of the error before it."""
        if not self._reading.errors or not (line[:1].isspace() or names_a_cause(line)):
            return False
        return moment - self._reading.errors[-1].moment <= _SAME_RECORD_WITHIN


def _is_error(lines: list[str], known: Level | None) -> bool:
    if known is Level.ERROR:
        return True
    stated = level_of(lines[0]) if may_be_grave(lines[0]) else None
    if stated is not None:
        return stated is Level.ERROR
    if any(tells_of_a_crash(line) for line in lines):
        return True
    # systemd files what a program merely prints as information, whatever it says.
    return known is not Level.WARNING and may_be_grave(lines[0]) and speaks_of_failure(lines[0])


def _telling(lines: list[str]) -> str:
    return next((line for line in lines if may_be_grave(line)), lines[0])
