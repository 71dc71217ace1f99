"""Analyses one log: each analysis gives a piece of evidence."""

from collections.abc import Iterator
from typing import NamedTuple

from standfast.incidents.observation import Observation, inconclusive
from standfast.logs.rate import judge_rate
from standfast.logs.reading import Reading
from standfast.logs.recurrence import has_come_back, is_silent, unusable
from standfast.logs.signature import Signature, signature_of
from standfast.logs.templates import judge_messages
from standfast.logs.windows import Incident, windows_of


class LogEvidence(NamedTuple):
    """What one log showed, or why a source could not be read."""

    source: str
    seen: Observation


class Question(NamedTuple):
    """What is looked for in every log. `signature` is None where there is no error to look for."""

    incident: Incident
    signature: Signature | None
    no_signature: str = ""

    @classmethod
    def about(cls, error_message: str, incident: Incident) -> "Question":
        """The question whether this error, or any trouble of this incident, is still there."""
        if not error_message:
            return cls(incident, None, "there is no error message to look for")
        signature = signature_of(error_message)
        why = "" if signature else "the error message holds too little to be recognised by"
        return cls(incident, signature, why)


def analyse(reading: Reading, question: Question) -> Iterator[LogEvidence]:
    """The evidence of one log: a piece about the error looked for, and one for each other analysis
    that settles something. Why the others do not is said with the first piece.
    """
    incident = question.incident
    if why := unusable(reading, incident):
        yield LogEvidence(reading.source, inconclusive(why))
        return
    if question.signature:
        seen = has_come_back(reading, question.signature, incident)
    else:
        seen = inconclusive(question.no_signature)
    others = dict(_others(reading, incident))
    silent = [f"{name}: {other.detail}" for name, other in others.items() if other.says is None]
    yield LogEvidence(reading.source, seen._replace(detail="; ".join((seen.detail, *silent))))
    for name, other in others.items():
        if other.says is not None:
            yield LogEvidence(f"{reading.source} ({name})", other)


def _others(reading: Reading, incident: Incident) -> Iterator[tuple[str, Observation]]:
    if is_silent(reading, incident):
        return  # a program that has stopped has neither errors nor new messages
    if reading.gaps:
        gap = reading.gaps[0]
        yield "error rate and messages", inconclusive(f"{gap.where}: {gap.why}")
        return
    windows = windows_of(reading, incident)
    rate, messages = judge_rate(windows), judge_messages(windows)
    if rate.says is None and rate == messages:
        yield "error rate and messages", rate
        return
    yield "error rate", rate
    yield "error messages", messages
