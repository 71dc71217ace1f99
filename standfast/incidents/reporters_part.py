"""What of an incident concerns its reporter, item by item.

A reporter sees what they said, what was said to them, and where the incident is. They do not see
who works on it, nor what was noted, found out or done.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from standfast.incidents.actors import A_RESPONDER, AUTOMATION, OURSELVES
from standfast.incidents.same_person import is_same_person

if TYPE_CHECKING:
    from standfast.incidents.addition import Addition
    from standfast.incidents.record import TimelineEntry, WaitingFor
    from standfast.incidents.report import Report
    from standfast.incidents.resolution import Evidence, Resolution

TO_REPORTER = "comment_to_reporter"
"""The event of a comment that is for the reporter too."""

_THEIR_OWN = frozenset({"reported", "reported_again", "comment", "verified", "withdrawn"})
"""Events that a reporter sees in full where they are theirs."""

_SENT_TO_THEM = frozenset({"confirm_sent", "tell_sent", "told"})

_PLAIN = MappingProxyType(
    {
        "acknowledged": False,
        "held": False,
        "resumed": False,
        "reprioritised": False,
        "withdrawn": False,
        "merged": False,
        "resolved": False,
        "no_answer": False,
        "closed": True,
    }
)
"""Events that a reporter sees, whoever did it; of those with True also the detail."""


def timeline(entry: "TimelineEntry", reporter: str) -> "TimelineEntry | None":
    """An event as the reporter sees it; None for one that is not for them."""
    if entry.event == TO_REPORTER or (
        entry.event in _THEIR_OWN and is_same_person(entry.actor, reporter)
    ):
        return entry
    if entry.event in _SENT_TO_THEM:
        theirs = is_same_person(entry.person or "", reporter)
        return entry.model_copy(update={"detail": ""}) if theirs else None
    if entry.event == "resolved" and entry.actor != AUTOMATION:
        return entry
    if entry.event != entry.box and entry.event not in _PLAIN:
        return None
    known = entry.actor in (OURSELVES, AUTOMATION) or is_same_person(entry.actor, reporter)
    return entry.model_copy(
        update={
            "actor": entry.actor if known else A_RESPONDER,
            "detail": entry.detail if _PLAIN.get(entry.event) else "",
            "person": None,
            "why": None,
        }
    )


def waiting_for(wait: "WaitingFor", reporter: str) -> "WaitingFor | None":
    """What is asked of the reporter themselves."""
    return wait if is_same_person(wait.who or "", reporter) else None


def evidence(piece: "Evidence", reporter: str) -> "Evidence | None":
    """What the reporter said themselves."""
    said = piece.kind == "user_confirmation" and is_same_person(piece.source, reporter)
    return piece if said else None


def addition(added: "Addition", reporter: str) -> "Addition | None":
    """What was added after the close: by them or for them, and corrections of what they see."""
    if is_same_person(added.by, reporter) or added.to_reporter:
        return added
    if added.field is None or not added.field.is_reporters:
        return None
    return added.model_copy(update={"by": A_RESPONDER})


def resolution(resolution: "Resolution", _: str) -> "Resolution":
    """How it was resolved; what a runbook did is for responders."""
    if resolution.by != AUTOMATION:
        return resolution
    return resolution.model_copy(update={"summary": "It was resolved automatically."})


def report(report: "Report", reporter: str) -> "Report | None":
    """A report that is theirs."""
    return report if is_same_person(report.reporter, reporter) else None


def name(name: str, reporter: str) -> str | None:
    """Their own name."""
    return name if is_same_person(name, reporter) else None
