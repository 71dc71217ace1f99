"""The text of notices to operators: short, the worst first, with what to do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.messages.message import short

LINES = 20
"""Findings that a notice lists; of the others it gives the number."""

_VERB = {
    FindingKind.STUCK: ("is stuck", "are stuck"),
    FindingKind.OVERDUE: ("is overdue", "are overdue"),
    FindingKind.NO_NEXT_EVENT: ("has no next event", "have no next event"),
    FindingKind.NOT_TAKEN_UP: ("is not taken up", "are not taken up"),
    FindingKind.NOT_RUNNING: ("does not run", "do not run"),
}


def summary(findings: Sequence[Finding]) -> str:
    """The findings in a few words: `2 incidents are stuck, 1 review is overdue`."""
    counts = Counter((each.kind, each.reviewed is not None) for each in findings)
    said = []
    for kind, of_review in product(FindingKind, (False, True)):
        count, noun = counts[kind, of_review], "review" if of_review else "incident"
        if count:
            one, many = _VERB[kind]
            said.append(f"1 {noun} {one}" if count == 1 else f"{count} {noun}s {many}")
    return ", ".join(said)


def subject(notice: OperatorNotice) -> str:
    """One line that is enough by itself."""
    there = (*notice.new, *notice.again)
    if not there:
        return f"All clear: resolved: {summary(notice.over)}"
    still = "still " if not notice.new else ""
    return f"Standfast needs you: {still}{summary(there)}"


def body(notice: OperatorNotice) -> str:
    """A line for each finding, and what to do about each kind of fault."""
    lines: list[str] = []
    for title, findings in (
        ("", notice.new),
        ("Still open:", notice.again),
        ("Resolved:", notice.over),
    ):
        if findings:
            lines += ["", title] if title and lines else [title] if title else []
            lines += _lines(findings)
    there = (*notice.new, *notice.again)
    if there:
        lines += ["", "What to do:", *dict.fromkeys(each.remedy for each in there[:LINES])]
        lines += ["", "standfast doctor"]
    return "\n".join(lines)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for each in findings[:LINES]:
        yield f"{each.about} {each.kind.words} since {short(each.since)}: {each.what}"
    if len(findings) > LINES:
        yield f"and {len(findings) - LINES} more"
