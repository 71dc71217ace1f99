"""A remediation as the record store knows it. Imports no database library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from standfast.decisions.guards import PastRun
from standfast.incidents.resolution import StepResult


class StepState(StrEnum):
    """What the journal knows of a step. `intended` alone means: it may or may not be done."""

    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


class JournalLine(NamedTuple):
    """One line of the journal: a step, or its undoing; `words` say how it ended."""

    number: int
    undoing: bool
    state: StepState
    words: str = ""
    result: StepResult | None = None


@dataclass(frozen=True)
class RunRequest:
    """A remediation that asks to be admitted. `plan` is its runbook, filled in, as JSON."""

    key: str
    incident_id: str
    runbook: str
    target: str
    plan: str


@dataclass(frozen=True)
class Granted:
    """It may run, until the lease is over, if it is not renewed.

    fence: goes with every write; a later attempt's makes this one's void.
    lines: what earlier attempts have written; none for a first attempt.
    """

    key: str
    fence: int
    target: str
    plan: str
    lines: tuple[JournalLine, ...] = ()
    undoing_because: str | None = None

    @property
    def resumed(self) -> bool:
        """Whether an earlier attempt was admitted before this one."""
        return self.fence > 1


@dataclass(frozen=True)
class Denied:
    """A guard refuses it; nothing is on record."""

    reason: str


@dataclass(frozen=True)
class TargetBusy:
    """An earlier attempt of it may still be at work.

    wait: until it has to have let go or renewed its lease, which ends at `until`.
    """

    wait: timedelta
    until: datetime


@dataclass(frozen=True)
class AlreadyFinished:
    """It has ended already. `result` is as `finish` got it, None when it was given up."""

    result: str | None
    lines: tuple[JournalLine, ...]


Guarded = Callable[[Sequence[PastRun], datetime], str | None]
"""The guards' decision: why not, or None; from past runs and the database's clock."""


class Fenced(Exception):  # noqa: N818 - a state of the world
    """A later attempt has taken the remediation over; this one must stop at once."""
