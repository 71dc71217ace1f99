"""What is done to an incident so that it goes the log's way, and whose policy it has."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.replay.log import LoggedIncident, read_log
from benchmarks.replay.plan import Act, Open, Wait, closes_by_itself, steps_of
from standfast.incidents.actions import Acknowledge, Comment, Hold, Reassign, Reprioritise, Verify
from standfast.messages.message import InboundMessage
from standfast.time.clocks import HoldReason
from tests.benchmarks.replay.small_log import (
    ACTIVE,
    CLOSED,
    EVIDENCE,
    NEW,
    P1,
    P4,
    PROBLEM,
    RESOLVED,
    TO_ANA,
    USER,
    VENDOR,
    Change,
    Row,
    log_of,
    text_of,
)

Logged = Callable[..., LoggedIncident]

MOVED: Row = {"assignment_group": "Group 2", "assigned_to": "Bo 2"}
DAY_1, DAY_2 = "1/3/2027 09:00", "2/3/2027 09:00"


@pytest.fixture
def logged(tmp_path: Path) -> Logged:
    def read(*changes: Change) -> LoggedIncident:
        path = tmp_path / "log.csv"
        path.write_text(text_of(log_of({"INC": list(changes)})))
        return read_log(path)[0]

    return read


def names(incident: LoggedIncident) -> list[str]:
    """What is done at each event, in words."""
    return [" ".join(step.name for step in steps) for steps in steps_of(incident)]


def payloads(incident: LoggedIncident) -> list[InboundMessage]:
    """What people send, in order."""
    steps = [step for steps in steps_of(incident) for step in steps]
    return [step.payload for step in steps if isinstance(step, Act)]


@pytest.mark.parametrize(
    ("first", "then", "more", "done"),
    [
        (NEW, NEW, {}, "comment"),
        (NEW, NEW, MOVED, "reassign"),
        (NEW, NEW, P1, "reprioritise"),
        (NEW, ACTIVE, {}, "acknowledge"),
        (NEW, ACTIVE, MOVED, "reassign acknowledge"),
        (NEW, ACTIVE, P1 | MOVED, "reprioritise reassign acknowledge"),
        (NEW, USER, {}, "acknowledge hold"),
        (NEW, RESOLVED, {}, "resolve"),
        (NEW, CLOSED, {}, "withdraw"),
        (ACTIVE, NEW, {}, "reassign"),
        (ACTIVE, ACTIVE, {}, "comment"),
        (ACTIVE, ACTIVE, MOVED, "reassign acknowledge"),
        (ACTIVE, VENDOR, {}, "hold"),
        (ACTIVE, VENDOR, MOVED, "reassign acknowledge hold"),
        (ACTIVE, RESOLVED, {}, "resolve"),
        (ACTIVE, RESOLVED, MOVED, "reassign resolve"),
        (USER, NEW, {}, "reassign"),
        (USER, ACTIVE, {}, "resume"),
        (USER, USER, {}, "comment"),
        (USER, USER, MOVED, "reassign acknowledge hold"),
        (USER, VENDOR, {}, "resume hold"),
        (USER, RESOLVED, {}, "resolve"),
        (USER, CLOSED, {}, "withdraw"),
        (RESOLVED, RESOLVED, MOVED, "comment"),
        (RESOLVED, RESOLVED, P1, "reprioritise"),
        (RESOLVED, NEW, {}, "verify"),
        (RESOLVED, ACTIVE, {}, "verify acknowledge"),
        (RESOLVED, ACTIVE, MOVED, "verify reassign acknowledge"),
        (RESOLVED, USER, {}, "verify acknowledge hold"),
        (RESOLVED, CLOSED, {}, "verify"),
        (CLOSED, CLOSED, {}, ""),
        (CLOSED, CLOSED, P1, "reprioritise"),
        (CLOSED, ACTIVE, P1 | MOVED, "report acknowledge"),
        (CLOSED, RESOLVED, {}, "report resolve"),
        (ACTIVE, "-100", {}, "comment"),
        (ACTIVE, "?", MOVED, "reassign acknowledge"),
    ],
)
def test_from_one_state_to_the_next(
    logged: Logged, first: str, then: str, more: Row, done: str
) -> None:
    assert names(logged((DAY_1, first), (DAY_2, then, more)))[1] == done


@pytest.mark.parametrize(
    ("first", "done"),
    [
        (NEW, "report"),
        ("-100", "report"),
        (ACTIVE, "report acknowledge"),
        (USER, "report acknowledge hold"),
        (RESOLVED, "report resolve"),
        (CLOSED, "report withdraw"),
    ],
)
def test_whatever_it_begins_with(logged: Logged, first: str, done: str) -> None:
    assert names(logged((DAY_1, first))) == [done]


def test_each_says_what_the_log_says(logged: Logged) -> None:
    incident = logged(
        (DAY_1, NEW, P4),
        (DAY_2, ACTIVE, P1 | TO_ANA),
        ("3/3/2027 09:00", PROBLEM, {"assignment_group": "Group 2", "assigned_to": "?"}),
        ("4/3/2027 09:00", PROBLEM, {"cmdb_ci": "disk 1"}),
    )
    report = steps_of(incident)[0][0]
    assert isinstance(report, Open)
    assert report.report.labels == {"impact": "low", "urgency": "medium"}
    assert (report.report.service, report.report.reporter) == ("group-1", "caller-7")
    assert payloads(incident) == [
        Reprioritise(by="ana-1", impact="high", urgency="high"),
        Reassign(by="ana-1", team="group-1", to="ana-1"),
        Acknowledge(by="ana-1"),
        Reassign(by="group-2-desk", team="group-2", to=""),
        Acknowledge(by="group-2-desk"),
        Hold(by="group-2-desk", reason=HoldReason.PROBLEM),
        Comment(by="group-2-desk", text="changed: cmdb_ci"),
    ]


@pytest.mark.parametrize(
    ("reason", "state"),
    [("user", USER), ("vendor", VENDOR), ("problem", PROBLEM), ("evidence", EVIDENCE)],
)
def test_what_is_awaited_is_the_reason_of_the_hold(logged: Logged, reason: str, state: str) -> None:
    (hold,) = payloads(logged((DAY_1, ACTIVE), (DAY_2, state)))[1:]
    assert isinstance(hold, Hold)
    assert hold.reason == reason


@pytest.mark.parametrize(
    ("closed", "by_itself", "how"),
    [
        ("1/3/2027 09:00", True, "verify"),
        ("6/3/2027 08:59", True, "verify"),
        ("6/3/2027 09:00", True, "auto_close"),
        ("6/3/2027 10:59", True, "auto_close"),
        ("6/3/2027 11:00", False, "verify"),
        ("9/9/2027 09:00", False, "verify"),
    ],
)
def test_five_days_after_its_resolution_it_closes_by_itself(
    logged: Logged, closed: str, by_itself: bool, how: str
) -> None:
    incident = logged((DAY_1, RESOLVED), (closed, CLOSED))
    assert closes_by_itself(incident) is by_itself
    assert names(incident)[1] == how


@pytest.mark.parametrize(
    ("changes", "by_itself"),
    [
        ([(DAY_1, RESOLVED), ("6/3/2027 08:59", RESOLVED)], True),
        ([(DAY_1, RESOLVED), ("6/3/2027 09:00", RESOLVED)], False),
        ([(DAY_1, RESOLVED), ("6/3/2027 08:59", ACTIVE)], True),
        ([(DAY_1, RESOLVED), ("6/3/2027 09:00", ACTIVE)], False),
        ([(DAY_1, RESOLVED), (DAY_2, "-100"), ("6/3/2027 09:00", USER)], False),
        ([(DAY_1, RESOLVED), (DAY_2, ACTIVE), ("9/3/2027 09:00", RESOLVED)], True),
        ([(DAY_1, ACTIVE), ("9/9/2027 09:00", ACTIVE)], True),
        ([(DAY_1, CLOSED), ("9/9/2027 09:00", CLOSED)], True),
    ],
)
def test_the_auto_close_was_not_at_work_where_it_stayed_resolved_longer(
    logged: Logged, changes: list[Change], by_itself: bool
) -> None:
    assert closes_by_itself(logged(*changes)) is by_itself


def test_it_is_waited_for_until_it_has_closed_by_itself(logged: Logged) -> None:
    exactly = steps_of(logged((DAY_1, RESOLVED), ("6/3/2027 09:00", CLOSED)))[1]
    later = steps_of(logged((DAY_1, RESOLVED), ("6/3/2027 10:00", CLOSED)))[1]
    assert exactly == [Wait(datetime(2027, 3, 6, 9, 5, tzinfo=UTC))]
    assert later == [Wait(datetime(2027, 3, 6, 10, 0, tzinfo=UTC))]


def test_a_reopening_counts_the_five_days_anew(logged: Logged) -> None:
    incident = logged(
        (DAY_1, RESOLVED),
        (DAY_2, ACTIVE),
        ("3/3/2027 09:00", RESOLVED),
        ("6/3/2027 09:00", CLOSED),
    )
    closing = steps_of(incident)[3]
    assert [step.payload for step in closing if isinstance(step, Act)] == [
        Verify(by="caller-7", verdict="resolved")
    ]
