"""The text of notices to operators: short, the worst first, with what to do."""

from collections.abc import Iterator, Sequence

from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.messages.message import short

LINES = 20
"""Findings that a notice lists; of the others it gives the number."""

_VERB = {
    FindingKind.STUCK: ("is stuck", "are stuck"),
    FindingKind.OVERDUE: ("is overdue", "are overdue"),
    FindingKind.NO_NEXT_EVENT: ("has no next event", "have no next event"),
    FindingKind.NOT_TAKEN_UP: ("is not taken up", "are not taken up"),
}


def summary(findings: Sequence[Finding]) -> str:
    """The findings in a few words: `2 incidents are stuck, 1 incident is overdue`."""
    counts = {kind: sum(each.kind is kind for each in findings) for kind in FindingKind}
    return ", ".join(
        f"1 incident {_VERB[kind][0]}" if count == 1 else f"{count} incidents {_VERB[kind][1]}"
        for kind, count in counts.items()
        if count
    )


def subject(notice: OperatorNotice) -> str:
    """One line that is enough by itself."""
    there = (*notice.new, *notice.again)
    if not there:
        return f"All clear: resolved: {summary(notice.over)}"
    still = "still " if not notice.new else ""
    return f"Standfast needs you: {still}{summary(there)}"


def body(notice: OperatorNotice) -> str:
    """A line for each incident, and what to do about each kind of fault."""
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
        yield f"{each.incident_id} {each.kind.words} since {short(each.since)}: {each.what}"
    if len(findings) > LINES:
        yield f"and {len(findings) - LINES} more"
