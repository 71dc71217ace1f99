"""Has the error come back? Looks for its signature in what was written since the fix."""

from datetime import timedelta

from standfast.incidents.observation import Observation, failed, inconclusive, passed, quote
from standfast.logs.reading import Reading
from standfast.logs.signature import Signature
from standfast.logs.windows import Incident
from standfast.messages.message import short

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=5)

_LONGEST_SHOWN = 120
"""Characters of the signature, in what is said about it."""


def unusable(reading: Reading, incident: Incident) -> str | None:
    """Why a log can say nothing about the time since the fix, whatever is asked of it."""
    if is_silent(reading, incident):
        return None
    if reading.newest is None:
        recent = [gap for gap in reading.gaps if gap.recent]
        if recent:
            return _of_gap(reading, recent[0].where, recent[0].why)
        return "none of its lines bears a time that is recognised"
    newest = f"the newest line is of {short(reading.newest)}"
    if reading.newest > incident.now + CLOCKS_MAY_DIFFER_BY:
        return f"its clock is ahead: {newest}"
    if reading.written and reading.newest < incident.fixed <= reading.written:
        since = short(incident.fixed)
        return f"written to since {since}, but {newest}: does its clock or zone differ?"
    return None


def is_silent(reading: Reading, incident: Incident) -> bool:
    """Whether nothing at all was written to it since the fix."""
    last = reading.written or reading.newest
    return last is not None and last < incident.fixed


def has_come_back(reading: Reading, signature: Signature, incident: Incident) -> Observation:
    """What a usable log says about the error looked for."""
    what = f"“{quote(str(signature), _LONGEST_SHOWN)}”"
    period = f"since {short(incident.fixed)}"
    if hits := [hit for hit in reading.hits if hit.moment >= incident.fixed]:
        times = "once" if len(hits) == 1 else f"{len(hits)} times"
        return failed(f"{what} is back, {times} {period}: {quote(hits[0].line)}")
    for gap in reading.gaps:
        if gap.recent:
            return inconclusive(_of_gap(reading, gap.where, gap.why))
    if is_silent(reading, incident) or reading.newest is None:
        return passed(f"nothing at all was written {period}")
    if reading.whole_since and reading.whole_since > incident.fixed:
        period = f"since {short(reading.whole_since)}, where the part that was read begins"
    newest = f"the newest line is of {short(reading.newest)}"
    return passed(f"{what} is in no line {period}; {newest}")


def _of_gap(reading: Reading, where: str, why: str) -> str:
    return why if where == reading.source else f"{where}: {why}"
