"""The log beside what was seen: every difference is found, and said in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.replay.comparison import Mismatch, compare
from benchmarks.replay.log import LoggedIncident, read_log
from benchmarks.replay.states import BY_WORD, Seen, State
from standfast.incidents.assessment import Priority
from tests.benchmarks.replay.small_log import IMPOSSIBLE, INCIDENTS, Change, log_of, text_of

BACK = "INC-begins-on-hold"
"""Of eight events the sixth is a reopening."""


def read(place: Path, changes: list[Change]) -> LoggedIncident:
    path = place / "log.csv"
    path.write_text(text_of(log_of({"INC": changes})))
    return read_log(path)[0]


def faithful(incident: LoggedIncident) -> list[Seen]:
    """What is seen of a workflow that goes exactly the log's way."""
    return [
        Seen(
            BY_WORD.get(event.state, State.NEW),
            Priority(event.priority or "P3"),
            event.reopen_count or 0,
        )
        for event in incident.events
    ]


@pytest.fixture
def incident(tmp_path: Path) -> LoggedIncident:
    return read(tmp_path, INCIDENTS[BACK])


def only(found: list[Mismatch]) -> Mismatch:
    (mismatch,) = found
    return mismatch


@pytest.mark.parametrize("name", INCIDENTS)
def test_no_difference_is_no_mismatch(tmp_path: Path, name: str) -> None:
    same = read(tmp_path, INCIDENTS[name])
    assert compare(same, faithful(same)) == []


@pytest.mark.parametrize("at", range(8))
def test_another_state_at_any_event_is_found(incident: LoggedIncident, at: int) -> None:
    seen = faithful(incident)
    seen[at] = replace(seen[at], state=State.AWAITING_CHANGE)
    found = only(compare(incident, seen))
    assert (found.number, found.field, found.got) == ("INC", "state", "Awaiting Change")
    assert f"(line {at + 2})" in found.why


@pytest.mark.parametrize("at", range(8))
def test_another_priority_at_any_event_is_found(incident: LoggedIncident, at: int) -> None:
    seen = faithful(incident)
    seen[at] = replace(seen[at], priority=Priority.P5)
    found = only(compare(incident, seen))
    assert (found.number, found.field, found.got) == ("INC", "priority", "P5")
    assert f"(line {at + 2})" in found.why


@pytest.mark.parametrize("counted", [0, 2])
def test_another_count_of_reopenings_is_found(incident: LoggedIncident, counted: int) -> None:
    seen = [replace(saw, reopened=counted) for saw in faithful(incident)]
    found = only(compare(incident, seen))
    assert (found.field, found.expected, found.got) == ("reopen_count", 1, counted)
    assert found.why == (f"its states in the log ask for 1, the workflow's path shows {counted}")


def test_an_escalation_that_nobody_asked_for_is_found(incident: LoggedIncident) -> None:
    seen = [replace(saw, escalated=1) for saw in faithful(incident)]
    assert only(compare(incident, seen)).expected == "no escalation"


def test_one_that_is_stuck_is_no_match(incident: LoggedIncident) -> None:
    found = only(compare(incident, faithful(incident)[:2], stuck="no worker answered"))
    assert (found.field, found.expected, found.got) == ("state", "New", "no answer")
    assert found.why == "at 01/03/2027 10:00 (line 4): no worker answered"


def test_one_that_is_stuck_at_once_is_no_match(incident: LoggedIncident) -> None:
    assert only(compare(incident, [], stuck="no server")).got == "no answer"


def test_the_reason_of_a_refusal_is_told(incident: LoggedIncident) -> None:
    seen = faithful(incident)
    seen[1] = replace(seen[1], state=State.NEW, refused=("resume: it is not on hold",))
    seen[3] = replace(seen[3], state=State.NEW)
    assert only(compare(incident, seen)).why == (
        "at 01/03/2027 09:30 (line 3): refused: resume: it is not on hold; so at 1 later event"
    )


@pytest.mark.parametrize(
    ("name", "field", "expected", "why"),
    [
        (
            "INC-other-matrix",
            "priority",
            "P3",
            "impact medium and urgency high there, which do not make P3 by the policy's matrix",
        ),
        (
            "INC-miscounted",
            "reopen_count",
            3,
            "by its states it was reopened 0 times in the log, which counts 3",
        ),
        ("INC-other-states", "state", "Asleep", "the process has no state of that name"),
    ],
)
def test_what_is_wrong_in_the_log_itself_is_told(
    tmp_path: Path, name: str, field: str, expected: object, why: str
) -> None:
    impossible = read(tmp_path, IMPOSSIBLE[name])
    seen = [
        replace(saw, reopened=0, priority=Priority.P2 if at else Priority.P3)
        if name == "INC-other-matrix"
        else replace(saw, reopened=0)
        for at, saw in enumerate(faithful(impossible))
    ]
    found = only(compare(impossible, seen))
    assert (found.field, found.expected) == (field, expected)
    assert why in found.why


def test_what_the_log_does_not_know_is_not_compared(tmp_path: Path) -> None:
    unknowns = read(tmp_path, INCIDENTS["INC-unknowns"])
    seen = faithful(unknowns)
    seen[1] = replace(seen[1], state=State.RESOLVED)
    seen[0] = replace(seen[0], priority=Priority.P1)
    assert compare(unknowns, seen) == []
