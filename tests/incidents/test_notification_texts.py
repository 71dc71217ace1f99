"""What people read: enough in the first line, what automation did, and many in one digest."""

from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Priority
from standfast.incidents.notification import HeldPage, Purpose
from standfast.incidents.notification_texts import (
    LINES_OF_DIGEST,
    LONGEST_TITLE,
    LONGEST_TITLE_IN_DIGEST,
    body,
    digest_body,
    digest_subject,
    subject,
)
from standfast.incidents.record import Worse
from standfast.incidents.report import Channel, Report
from standfast.incidents.resolution import RemediationOutcome, RemediationResult
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
            "Please check: step 2 could not be undone",
        ],
    ),
    (None, REFUSED, ["Automation was held back (restart): a run on host:till ended 2 min ago"]),
    (
        None,
        UNKNOWN,
        [
            "It is unknown what automation did (restart): no answer",
            "Please check: whether step 1 was done",
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
    assert subject(Purpose.LOOK, view).startswith("Please check: P2 Printer on fire")
    assert "acknowledge" not in body(Purpose.LOOK, view, "It was withdrawn.")


@pytest.mark.parametrize("purpose", Purpose)
def test_the_first_line_says_what_is_asked_how_urgent_of_what(purpose: Purpose) -> None:
    view = incident(outcome=None)
    line = subject(purpose, view)
    assert line.endswith(": P2 Printer on fire (INC-AAAAAAAAAA)") or line == (
        "Is it resolved? P2 Printer on fire (INC-AAAAAAAAAA)"
    )


def test_a_long_title_leaves_room_for_the_rest_and_stands_whole_below() -> None:
    title = "Nothing works " * 20
    view = incident(outcome=None, title=title)
    line = subject(Purpose.PAGE, view)
    assert line == f"Please acknowledge: P2 {title[:LONGEST_TITLE]}… (INC-AAAAAAAAAA)"
    assert title in body(Purpose.PAGE, view, "You are on call for it.")
    assert "Printer on fire" not in body(Purpose.PAGE, incident(outcome=None), "You are on call.")


@pytest.mark.parametrize("purpose", Purpose)
def test_a_message_about_what_has_recovered_says_so(purpose: Purpose) -> None:
    """keephq/keep#5257: whoever is asked to look learns from the first line that it is over."""
    alert = Report(title="Printer on fire", reporter="prom", channel=Channel.MONITOR)
    over = incident(outcome=None, report=alert, reporters=("prom",), recovered=("prom",))
    half = over.model_copy(update={"reporters": ("prom", "loki")})
    asked = purpose not in (Purpose.CONFIRM, Purpose.TELL)
    assert ("P2 (recovered) Printer on fire" in subject(purpose, over)) is asked
    assert "(recovered)" not in subject(purpose, half)
    for view in (over, half):
        assert ("prom says that it has recovered." in body(purpose, view, "Why.")) is asked


WORSE = Worse(before=Priority.P4, now=Priority.P1, because="500 users instead of 1")
LATEST = Report(title="Everything burns", description="The whole hall is in smoke.", reporter="ben")


@pytest.mark.parametrize("purpose", Purpose)
def test_what_became_worse_stands_in_the_first_words(purpose: Purpose) -> None:
    view = incident(outcome=None, priority=Priority.P1, worse=WORSE, latest=LATEST)
    first, text = subject(purpose, view), body(purpose, view, "Nobody has acknowledged it.")
    if purpose in (Purpose.PAGE, Purpose.WORSE):
        assert first == "Worse, P4 to P1: Everything burns (INC-AAAAAAAAAA)"
        assert text.startswith("Worse, P4 to P1: 500 users instead of 1.\n")
        assert "Printer on fire" in text  # as it is known so far
    else:
        assert "Worse" not in first + text


def test_what_became_worse_is_said_once() -> None:
    view = incident(outcome=None, worse=WORSE)
    assert body(Purpose.PAGE, view, f"{WORSE}.").count("500 users") == 1
    assert subject(Purpose.PAGE, view) == "Worse, P4 to P1: Printer on fire (INC-AAAAAAAAAA)"


def test_worse_without_another_priority() -> None:
    critical = Worse(before=Priority.P1, now=Priority.P1, because="now critical")
    view = incident(outcome=None, worse=critical)
    assert subject(Purpose.WORSE, view).startswith("Worse, still P1: ")


@pytest.mark.parametrize("purpose", Purpose)
def test_the_latest_report_is_for_responders_only(purpose: Purpose) -> None:
    view = incident(outcome=None, latest=LATEST)
    text = body(purpose, view, "It came back.")
    shown = "Latest report, by ben: Everything burns\nThe whole hall is in smoke." in text
    assert shown is (purpose not in (Purpose.CONFIRM, Purpose.REMIND, Purpose.TELL))


def held(number: int, priority: Priority = Priority.P3, title: str = "Switch is down") -> HeldPage:
    view = incident(f"INC-AAAAAAAA{number:0>2}", outcome=None, title=title, priority=priority)
    key = f"{view.incident_id}:1:page-1:{number}"
    return HeldPage(key, view.incident_id, priority, subject(Purpose.PAGE, view))


DIGESTS: list[tuple[list[HeldPage], str]] = [
    ([held(1)], "1 incident of network, P3"),
    ([held(1), held(2)], "2 incidents of network, P3"),
    ([held(1, Priority.P2), held(2)], "2 incidents of network, P2 to P3"),
    ([held(1), held(1)], "1 incident of network, P3"),
]


@pytest.mark.parametrize(("pages", "words"), DIGESTS)
def test_the_first_line_of_a_digest_says_how_many_and_how_urgent(
    pages: list[HeldPage], words: str
) -> None:
    assert digest_subject("network", pages) == f"Please acknowledge: {words}"


def test_a_digest_names_each_incident_once_and_of_very_many_their_number() -> None:
    few = digest_body("network", [held(1, Priority.P2), held(2), held(2)]).splitlines()
    assert few[2:5] == ["INC-AAAAAAAA01 P2 Switch is down", "INC-AAAAAAAA02 P3 Switch is down", ""]

    many = digest_body("network", [held(number) for number in range(LINES_OF_DIGEST + 7)])
    assert many.count("INC-AAAAAAAA") == LINES_OF_DIGEST
    assert "\nand 7 more\n" in many


def test_a_long_title_in_a_digest_is_cut() -> None:
    pages = [held(1, title="x" * 300)]
    line = digest_body("network", pages).splitlines()[2]
    assert line.startswith("INC-AAAAAAAA01 P3 xxx")
    assert len(line) == len("INC-AAAAAAAA01 ") + LONGEST_TITLE_IN_DIGEST + 1
