"""Who may answer whether a runbook runs, and what everybody else is told."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from standfast.incidents.actions import Action, GuardInput, refusal
from standfast.incidents.approval import Approval
from standfast.incidents.flowchart import Box

ASKED = Approval(
    runbook="restart",
    approvers=("dan", "lea"),
    asked_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    within=timedelta(hours=2),
)
ANSWERS = (Action.APPROVE, Action.DENY, Action.DELEGATE)

CASES: list[tuple[Approval | None, str, str | None]] = [
    (None, "dan", "no runbook waits for an approval"),
    (ASKED, "dan", None),
    (ASKED, "lea", None),
    (ASKED, "zoe", "only those who were asked may approve, deny or delegate it: dan, lea"),
    (ASKED, "", "only those who were asked may approve, deny or delegate it: dan, lea"),
    (ASKED, "Dan", "only those who were asked may approve, deny or delegate it: dan, lea"),
    (ASKED.delegated("zoe"), "zoe", None),
    (ASKED.answered(True, "dan", ""), "dan", "dan approved it already"),
    (ASKED.answered(True, "dan", ""), "lea", "dan approved it already"),
    (ASKED.answered(False, "lea", "no"), "dan", "lea denied it already"),
    (ASKED.timed_out(), "dan", "nobody approved restart within 2 h"),
    (ASKED.timed_out(), "zoe", "nobody approved restart within 2 h"),
]


@pytest.mark.parametrize(
    ("action", "approval", "by", "reason"),
    [(action, *case) for action, case in product(ANSWERS, CASES)],
)
def test_only_who_was_asked_may_answer_and_only_once(
    action: Action, approval: Approval | None, by: str, reason: str | None
) -> None:
    now = GuardInput(stage=Box.AUTOMATED_RESOLUTION, approval=approval, by=by)
    assert refusal(action, now) == reason


@pytest.mark.parametrize("action", ANSWERS)
def test_after_withdrawal_nothing_is_approved(action: Action) -> None:
    now = GuardInput(stage=Box.AUTOMATED_RESOLUTION, approval=ASKED, withdrawn=True, by="dan")
    assert refusal(action, now) == "the incident has been withdrawn"


OUTCOMES = [
    (ASKED, True, ""),
    (ASKED.delegated("zoe"), True, ""),
    (ASKED.answered(True, "dan", ""), False, "dan approved restart"),
    (ASKED.answered(False, "dan", "not now"), False, "dan denied restart: not now"),
    (ASKED.timed_out(), False, "nobody approved restart within 2 h"),
]


@pytest.mark.parametrize(("approval", "waits", "outcome"), OUTCOMES)
def test_what_came_of_it(approval: Approval, waits: bool, outcome: str) -> None:
    assert (approval.waits, approval.outcome) == (waits, outcome)
