"""Fingerprints: whether two reports say the same."""

import hashlib
import re

from standfast.incidents.monitoring import MEMBER, MEMBER_KEY
from standfast.incidents.report import Report

_NUMBERS = re.compile(r"\b(?:p|s|sev|severity|prio|priority|level)[ -]?\d\b|\d+")
_BARE_GRADE = re.compile(r"\d{1,2}")


def fingerprint(report: Report) -> str:
    """Equal for reports with the same words, whatever their numbers, case and spaces.

    Grades such as `P1`, `sev 2` or a label's bare `3` count: they say how bad it is. Which alert of
    a group it is of does not.
    """
    texts = (report.title, report.description, report.impact_statement, report.error_message)
    parts = [_substance(text) for text in texts]
    parts.append(report.service.casefold())
    for label, value in sorted(report.labels.items()):
        if label in (MEMBER, MEMBER_KEY):
            continue
        grade = _BARE_GRADE.fullmatch(value)
        parts.append(f"{label.casefold()}={value if grade else _substance(value)}")
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def has_other_words(report: Report, other: Report) -> bool:
    """Whether the words of two reports differ."""
    return fingerprint(report) != fingerprint(other)


def _substance(text: str) -> str:
    return _NUMBERS.sub(_unless_grade, " ".join(text.casefold().split()))


def _unless_grade(match: re.Match[str]) -> str:
    return "#" if match[0].isdigit() else match[0]
