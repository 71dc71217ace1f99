"""The process as data: its boxes and edges.

Source: "Incident Management Process Flowchart (V2)". Everything that draws, walks, counts or
checks the process uses this.
"""

from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Box(StrEnum):
    """A box of the flowchart; the value is its name in code, data, screens and tests."""

    REPORT = "report"
    TRIAGE = "triage"
    CLASSIFY = "classify"
    AUTOMATED_RESOLUTION = "automated_resolution"
    HIGH_IMPACT = "high_impact"
    CRITICAL = "critical"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    ISSUE_RESOLVED = "issue_resolved"
    FOLLOW_UP = "follow_up"
    ESCALATE = "escalate"
    CLOSE = "close"


class Edge(NamedTuple):
    """One arrow of the flowchart.

    `answer` is the answer of the box at its start: True or False for a question, None for other
    boxes. `words` are the lines of its label, where yes or no alone would not be clear.
    """

    start: Box
    end: Box
    answer: bool | None
    when: str
    words: tuple[str, ...] = ()

    @property
    def label(self) -> tuple[str, ...]:
        """The lines of its label; none where the box asks nothing."""
        if self.words or self.answer is None:
            return self.words
        return ("yes" if self.answer else "no",)

    def __str__(self) -> str:
        return f"{self.start}→{self.end}"


EDGES: tuple[Edge, ...] = (
    Edge(Box.REPORT, Box.TRIAGE, None, "always"),
    Edge(Box.TRIAGE, Box.CLASSIFY, None, "always"),
    Edge(Box.CLASSIFY, Box.AUTOMATED_RESOLUTION, None, "always"),
    Edge(Box.AUTOMATED_RESOLUTION, Box.CLOSE, True, "the runbook's own check passed"),
    Edge(
        Box.AUTOMATED_RESOLUTION,
        Box.HIGH_IMPACT,
        False,
        "no runbook fits, or it was refused, denied or failed",
    ),
    Edge(Box.HIGH_IMPACT, Box.CRITICAL, True, "high impact"),
    Edge(Box.HIGH_IMPACT, Box.ASSIGN, False, "not high impact"),
    Edge(Box.CRITICAL, Box.ESCALATE, True, "critical: escalate at once"),
    Edge(Box.CRITICAL, Box.ASSIGN, False, "not critical"),
    Edge(Box.ASSIGN, Box.RESOLVE, None, "always"),
    Edge(Box.ESCALATE, Box.RESOLVE, None, "always"),
    Edge(Box.RESOLVE, Box.ISSUE_RESOLVED, True, "someone resolved it"),
    Edge(Box.RESOLVE, Box.ESCALATE, False, "a clock ran out, or a responder asked"),
    Edge(Box.ISSUE_RESOLVED, Box.FOLLOW_UP, True, "resolved or partly"),
    Edge(Box.ISSUE_RESOLVED, Box.ESCALATE, False, "unresolved"),
    Edge(
        Box.FOLLOW_UP,
        Box.CLOSE,
        False,
        "no follow-up needed, or all clear",
        ("no, or", "all clear"),
    ),
    Edge(
        Box.FOLLOW_UP,
        Box.ESCALATE,
        True,
        "recurred, or still partial at the end of the window",
        ("yes: recurred,", "or still partial"),
    ),
)

QUESTIONS: frozenset[Box] = frozenset(
    {
        Box.AUTOMATED_RESOLUTION,
        Box.HIGH_IMPACT,
        Box.CRITICAL,
        Box.ISSUE_RESOLVED,
        Box.FOLLOW_UP,
    }
)
"""The diamonds. Each one's answer is recorded as a decision with its reasons."""

REOPENING: tuple[Edge, ...] = tuple(
    edge
    for edge in EDGES
    if edge.start in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP) and edge.end is Box.ESCALATE
)
"""The edges by which an incident is reopened."""

_BY_ENDS = {(edge.start, edge.end): edge for edge in EDGES}


def edge_between(start: Box, end: Box) -> Edge | None:
    """The edge from `start` to `end`, or None where the flowchart has none.

    Withdrawing closes from any box and is not an edge of the flowchart.
    """
    return _BY_ENDS.get((start, end))


def edges_walked(path: list[Box]) -> list[Edge]:
    """The flowchart's edges along `path`, in order, leaving out a withdrawal's jump to close."""
    return [edge for pair in pairwise(path) if (edge := edge_between(*pair)) is not None]


def answers_along(path: list[Box]) -> list[bool | None]:
    """The answers of all boxes of `path` but the last, in the order in which `run` asks for them.

    `run` goes once up to `assign` or the first `escalate`, then in rounds of `resolve`,
    `issue_resolved`, `follow_up` and `escalate`. After a continue-as-new it starts in the current
    round, so the answers of earlier rounds are left out.
    """
    people = next(
        (at for at, box in enumerate(path) if box in (Box.ASSIGN, Box.ESCALATE)), len(path) - 1
    )
    current = max(
        (at for at, box in enumerate(path[:-1]) if box is Box.ESCALATE and at > people),
        default=people,
    )
    rounds = path[: people + 1] + path[current + 1 :]
    edges = (edge_between(*ends) for ends in pairwise(rounds))
    answers = [edge.answer if edge else None for edge in edges]
    return answers[1:]
