"""What a page says about automation before people take over."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.approval import Approval
from incidents.notification import Purpose
from incidents.resolution import RemediationOutcome, RemediationResult
from incidents.texts import body, subject
from tests.records.samples import incident

ASKED = Approval(
    runbook="restart",
    approvers=("dan",),
    asked_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    within=timedelta(hours=2),
)


def ended(outcome: RemediationOutcome, *left: str, reasons: tuple[str, ...]) -> RemediationResult:
    return RemediationResult(
        answer="yes" if outcome is RemediationOutcome.SUCCEEDED else "no",
        reasons=reasons,
        policy_version="1",
        runbook="restart",
        outcome=outcome,
        left=left,
    )


FAILED = ended(
    RemediationOutcome.FAILED,
    "step 2 could not be undone",
    reasons=("step 1 succeeded", "step 2 failed with exit code 1"),
)
REFUSED = ended(RemediationOutcome.REFUSED, reasons=("a run on host:till ended 2 min ago",))
UNKNOWN = ended(RemediationOutcome.UNKNOWN, "whether step 1 was done", reasons=("no answer",))
SUCCEEDED = ended(RemediationOutcome.SUCCEEDED, reasons=("the check succeeded",))
RAMBLING = ended(RemediationOutcome.FAILED, reasons=("x" * 2_000,))

CASES: list[tuple[Approval | None, RemediationResult | None, list[str]]] = [
    (None, None, []),
    (ASKED, None, []),
    (ASKED.answered(True, "dan", ""), SUCCEEDED, []),
    (
        ASKED.answered(False, "dan", "not now"),
        None,
        ["Automation did nothing: dan denied restart: not now"],
    ),
    (ASKED.timed_out(), None, ["Automation did nothing: nobody approved restart within 2 h"]),
    (
        ASKED.answered(True, "dan", ""),
        FAILED,
        [
            "Automation did not resolve it (restart): step 1 succeeded; "
            "step 2 failed with exit code 1",
            "Please look: step 2 could not be undone",
        ],
    ),
    (None, REFUSED, ["Automation was held back (restart): a run on host:till ended 2 min ago"]),
    (
        None,
        UNKNOWN,
        [
            "What automation has done is unknown (restart): no answer",
            "Please look: whether step 1 was done",
        ],
    ),
    (None, RAMBLING, ["Automation did not resolve it (restart): " + "x" * 459 + "…"]),
]


@pytest.mark.parametrize("purpose", [Purpose.PAGE, Purpose.LOOK])
@pytest.mark.parametrize(("approval", "remediation", "lines"), CASES)
def test_page_says_in_short_what_automation_did(
    approval: Approval | None,
    remediation: RemediationResult | None,
    lines: list[str],
    purpose: Purpose,
) -> None:
    view = incident(outcome=None, approval=approval, remediation=remediation)
    text = body(purpose, view, "You are on call for it.").splitlines()
    assert text[0] == "You are on call for it."
    assert text[2 : text.index("Service: printers")] == lines


def test_other_messages_do_not_speak_of_automation() -> None:
    view = incident(outcome=None, remediation=FAILED)
    assert "utomation" not in body(Purpose.TELL, view, "It came back.")


def test_who_is_to_look_is_not_asked_to_acknowledge() -> None:
    view = incident(outcome=None, remediation=FAILED)
    assert subject(Purpose.LOOK, view).startswith("Please look: P2 Printer on fire")
    assert "acknowledge" not in body(Purpose.LOOK, view, "It was withdrawn.")
