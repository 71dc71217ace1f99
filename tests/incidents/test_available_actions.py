"""What is offered on an incident's page: what makes sense now, to whom it is open."""

from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from standfast.incidents.actions import ACTIONS, Action, RecordAction, all_described
from standfast.incidents.available_actions import available_actions, guard_input
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from tests.console.views import NOW, TO_RESOLVE, a_view

A = Action
ALWAYS = {A.COMMENT, A.REPRIORITISE, A.COMMAND, A.LINK, A.MERGE, A.WITHDRAW, A.RESTRICT}
AT_WORK = ALWAYS | {A.RESOLVE, A.ESCALATE, A.REASSIGN}

RESOLVED = {"by": "ana", "summary": "restarted it", "at": NOW}
WAITS = {"runbook": "restart", "approvers": ["ana"], "asked_at": NOW, "within": "PT1H"}
VERIFYING = (*TO_RESOLVE, Box.ISSUE_RESOLVED)

PAGED = {
    "number": 1,
    "at": NOW,
    "box": "resolve",
    "event": "page_sent",
    "actor": "standfast",
    "person": "ana",
}
DECLINED = {"number": 2, "at": NOW, "box": "resolve", "event": "declined", "actor": "ana"}

CASES: list[tuple[str, tuple[Box, ...], dict[str, Any], AbstractSet[Action | RecordAction]]] = [
    ("triaged just now", (Box.REPORT, Box.TRIAGE), {}, ALWAYS),
    ("nobody has it", TO_RESOLVE, {}, AT_WORK | {A.ACKNOWLEDGE, A.HOLD, A.PAGE}),
    (
        "ana was paged",
        TO_RESOLVE,
        {"timeline": [PAGED]},
        AT_WORK | {A.ACKNOWLEDGE, A.HOLD, A.PAGE, A.DECLINE},
    ),
    (
        "ana was paged and has declined",
        TO_RESOLVE,
        {"timeline": [PAGED, DECLINED]},
        AT_WORK | {A.ACKNOWLEDGE, A.HOLD, A.PAGE},
    ),
    ("ana has it", TO_RESOLVE, {"acknowledged_by": "ana"}, AT_WORK | {A.HOLD}),
    ("on hold", TO_RESOLVE, {"on_hold": "vendor", "acknowledged_by": "ana"}, AT_WORK | {A.RESUME}),
    ("resolved", VERIFYING, {"resolution": RESOLVED}, ALWAYS | {A.VERIFY}),
    (
        "confidential",
        TO_RESOLVE,
        {"confidential": {"by": "ana"}, "acknowledged_by": "ana"},
        AT_WORK | {A.HOLD, A.UNRESTRICT},
    ),
    (
        "asks ana for approval",
        (Box.REPORT, Box.TRIAGE, Box.CLASSIFY, Box.AUTOMATED_RESOLUTION),
        {"approval": WAITS},
        ALWAYS | {A.APPROVE, A.DENY, A.DELEGATE},
    ),
    (
        "asks somebody else",
        (Box.REPORT, Box.TRIAGE, Box.CLASSIFY, Box.AUTOMATED_RESOLUTION),
        {"approval": WAITS | {"approvers": ["dan"]}},
        ALWAYS,
    ),
    ("merged", TO_RESOLVE, {"merged_into": "INC-BBBBBBBBBB"}, {A.COMMENT, A.RESTRICT}),
    (
        "closed",
        (*VERIFYING, Box.FOLLOW_UP, Box.CLOSE),
        {"status": "closed"},
        {A.COMMENT, A.RESTRICT, RecordAction.CORRECT, RecordAction.TAG},
    ),
    (
        "closed and confidential",
        (*VERIFYING, Box.FOLLOW_UP, Box.CLOSE),
        {"status": "closed", "confidential": {"by": "ana"}},
        {A.COMMENT, A.RESTRICT, A.UNRESTRICT, RecordAction.CORRECT, RecordAction.TAG},
    ),
]


@pytest.mark.parametrize(
    ("path", "facts", "offered"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_makes_sense_now(
    path: tuple[Box, ...], facts: dict[str, Any], offered: AbstractSet[Action | RecordAction]
) -> None:
    found = available_actions(a_view(*path, **facts), "ana", Role.RESPONDER)
    assert set(found) == offered
    assert [action for action in all_described() if action in found] == list(found)


def test_a_reporter_is_offered_what_reporters_may() -> None:
    view = a_view(*VERIFYING, resolution=RESOLVED)
    rita = view.report.reporter
    assert available_actions(view, rita, Role.REPORTER) == (A.VERIFY, A.COMMENT, A.WITHDRAW)
    closed = view.model_copy(update={"status": "closed"})
    assert available_actions(closed, rita, Role.REPORTER) == (A.COMMENT,)
    shared = view.model_copy(update={"reporters": (rita, "ralf")})
    assert available_actions(shared, rita, Role.REPORTER) == (A.VERIFY, A.COMMENT)


def test_every_action_is_offered_but_a_further_report_which_has_the_report_form() -> None:
    assert [action for action, each in ACTIONS.items() if not each.offered] == [A.REPORT_AGAIN]


def test_a_guard_sees_what_the_view_shows_and_who_acts() -> None:
    view = a_view(on_hold="vendor", resolution=RESOLVED, acknowledged_by="ana")
    now = guard_input(view, "ben", Role.RESPONDER)
    assert (now.stage, now.on_hold, now.resolved_by) == (Box.RESOLVE, "vendor", "ana")
    assert now.by == "ben"
