"""What a probe saw, in the terms of evidence."""

from typing import NamedTuple

from pydantic import TypeAdapter

from standfast.incidents.resolution import Verdict
from standfast.messages.message import OptionalLine

_LONGEST_QUOTE = 300
_ONE_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)


class Observation(NamedTuple):
    """`says` is None where the probe could not look, or what it saw is inconclusive."""

    says: Verdict | None
    detail: str


def passed(detail: str) -> Observation:
    """What was looked at is well."""
    return Observation(Verdict.RESOLVED, detail)


def failed(detail: str) -> Observation:
    """What was looked at is not well, or does not answer."""
    return Observation(Verdict.UNRESOLVED, detail)


def degraded(detail: str) -> Observation:
    """What was looked at is better, but not well."""
    return Observation(Verdict.PARTIALLY_RESOLVED, detail)


def inconclusive(detail: str) -> Observation:
    """There was nothing to see; `detail` says why."""
    return Observation(None, detail)


def quote(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """What some program wrote, fit for a record and a terminal: one clean line, not too long."""
    line = _ONE_LINE.validate_python(text)
    return line if len(line) <= longest else f"{line[:longest]}…"
