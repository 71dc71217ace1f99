"""What notifications say: what is broken, whom it hurts, what automation did; many in a digest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.commands.explain import explained, in_words
from standfast.incidents.approval import Approval
from standfast.incidents.article import FixRate, KnownFix
from standfast.incidents.assessment import Priority, Scope, SimilarIncident
from standfast.incidents.notification import HeldPage, Purpose
from standfast.incidents.notification_texts import (
    LINES_OF_DIGEST,
    LONGEST_TITLE_IN_DIGEST,
    content_of,
    digest_content,
)
from standfast.incidents.record import Worse
from standfast.incidents.report import Channel, Report
from standfast.incidents.resolution import RemediationOutcome, RemediationResult
from tests.records.samples import CLOSED, incident

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
    assert list(content_of(purpose, view, "You are on call for it.").evidence) == lines


def test_other_messages_do_not_speak_of_automation() -> None:
    view = incident(outcome=None, remediation=FAILED)
    assert "utomation" not in content_of(Purpose.TELL, view, "It came back.").model_dump_json()


@pytest.mark.parametrize("purpose", Purpose)
def test_every_message_says_what_is_broken_and_why_it_comes(purpose: Purpose) -> None:
    content = content_of(purpose, incident(outcome=None), "A reason.")
    assert (content.what, content.why) == ("Printer on fire", "A reason.")


HURT: list[tuple[dict[str, Any], int, str]] = [
    ({"report": Report(title="x", users_affected=1200)}, 0, "1,200 people"),
    ({"report": Report(title="x")}, 40, "40 people"),
    ({"report": Report(title="x"), "scope": Scope.USER}, 1, "one person"),
    ({"report": Report(title="x"), "scope": Scope.ORGANISATION}, 0, "the whole organisation"),
    ({"report": Report(title="x", channel=Channel.MONITOR), "scope": Scope.USER}, 0, ""),
    ({"report": Report(title="x"), "scope": None}, 0, ""),
]


@pytest.mark.parametrize(("known", "users", "said"), HURT)
def test_whom_it_hurts(known: dict[str, Any], users: int, said: str) -> None:
    content = content_of(Purpose.PAGE, incident(outcome=None, **known), "", users=users)
    assert content.affected == said


def test_it_began_when_somebody_says_so_and_else_when_it_was_reported() -> None:
    view = incident(outcome=None)
    assert content_of(Purpose.PAGE, view, "").since == view.opened_at
    earlier = view.report.model_copy(update={"occurred_at": ASKED.asked_at})
    said = content_of(Purpose.PAGE, view.model_copy(update={"report": earlier}), "")
    assert said.since == ASKED.asked_at


def test_what_is_not_known_takes_no_room() -> None:
    content = content_of(Purpose.TAKEN, incident(outcome=None), "george has it")
    assert content.model_dump(mode="json") == {
        "what": "Printer on fire",
        "why": "george has it",
        "service": "printers",
        "reporter": "mia",
    }


@pytest.mark.parametrize("purpose", Purpose)
def test_a_message_about_what_has_recovered_says_so(purpose: Purpose) -> None:
    """keephq/keep#5257: whoever is asked to look learns from the first line that it is over."""
    alert = Report(title="Printer on fire", reporter="prom", channel=Channel.MONITOR)
    over = incident(outcome=None, report=alert, reporters=("prom",), recovered=("prom",))
    half = over.model_copy(update={"reporters": ("prom", "loki")})
    is_news = purpose in (Purpose.CONFIRM, Purpose.TELL, Purpose.TAKEN, Purpose.OVER)
    for view, first in ((over, "(recovered) Printer on fire"), (half, "Printer on fire")):
        content = content_of(purpose, view, "Why.")
        assert content.what == ("Printer on fire" if is_news else first)
        assert ("prom says that it has recovered." in content.evidence) is not is_news


WORSE = Worse(before=Priority.P4, now=Priority.P1, because="500 users instead of 1")
LATEST = Report(title="Everything burns", description="The whole hall is in smoke.", reporter="ben")


@pytest.mark.parametrize("purpose", Purpose)
def test_what_became_worse_stands_in_the_first_words(purpose: Purpose) -> None:
    view = incident(outcome=None, priority=Priority.P1, worse=WORSE, latest=LATEST)
    content = content_of(purpose, view, "Nobody has acknowledged it.")
    if purpose in (Purpose.PAGE, Purpose.WORSE):
        assert (content.what, content.was) == ("Everything burns", "was P4")
        assert content.why.startswith("Worse, P4 to P1: 500 users instead of 1. Nobody")
        assert content.title == "Printer on fire"  # as it is known so far
    else:
        assert "Worse" not in content.model_dump_json()


def test_what_became_worse_is_said_once() -> None:
    view = incident(outcome=None, worse=WORSE)
    content = content_of(Purpose.PAGE, view, f"{WORSE}.")
    assert (content.what, content.title, content.why) == ("Printer on fire", "", f"{WORSE}.")


def test_worse_without_another_priority() -> None:
    critical = Worse(before=Priority.P1, now=Priority.P1, because="now critical")
    assert content_of(Purpose.WORSE, incident(outcome=None, worse=critical), "").was == "worse"


@pytest.mark.parametrize("purpose", Purpose)
def test_the_latest_report_is_for_responders_only(purpose: Purpose) -> None:
    evidence = content_of(purpose, incident(outcome=None, latest=LATEST), "Why.").evidence
    shown = evidence[-2:] == (
        "Latest report, by ben: Everything burns",
        "The whole hall is in smoke.",
    )
    asks = (Purpose.PAGE, Purpose.LOOK, Purpose.WARN, Purpose.APPROVE, Purpose.WORSE)
    assert shown is (purpose in asks)


def held(number: int, priority: Priority = Priority.P3, title: str = "Switch is down") -> HeldPage:
    incident_id = f"INC-AAAAAAAA{number:0>2}"
    return HeldPage(f"{incident_id}:1:page-1:{number}", incident_id, priority, title)


DIGESTS: list[tuple[list[HeldPage], str]] = [
    ([held(1)], "network: 1 incident. First: Switch is down"),
    ([held(1), held(2)], "network: 2 incidents. First: Switch is down"),
    ([held(1, Priority.P2), held(2)], "network: 2 incidents, P2 to P3. First: Switch is down"),
    ([held(1), held(1)], "network: 1 incident. First: Switch is down"),
]


@pytest.mark.parametrize(("pages", "words"), DIGESTS)
def test_the_first_words_of_a_digest_say_how_many_how_urgent_and_what_comes_first(
    pages: list[HeldPage], words: str
) -> None:
    assert digest_content("network", pages).what == words


def test_a_digest_names_each_incident_once_and_of_very_many_their_number() -> None:
    few = digest_content("network", [held(1, Priority.P2), held(2), held(2)])
    assert few.evidence == ("INC-AAAAAAAA01 P2 Switch is down", "INC-AAAAAAAA02 P3 Switch is down")

    many = digest_content("network", [held(number) for number in range(LINES_OF_DIGEST + 7)])
    assert len(many.evidence) == LINES_OF_DIGEST + 1
    assert many.evidence[-1] == "and 7 more"


def test_a_digest_of_what_is_all_over_says_so_first() -> None:
    gone = digest_content("network", [held(1)], {"INC-AAAAAAAA01": "recovered"})
    assert gone.what == "network: 1 incident, none stands any more"
    assert gone.evidence == (
        "Since these were held:",
        "INC-AAAAAAAA01 P3 Switch is down: recovered",
    )


def test_a_long_title_in_a_digest_is_cut() -> None:
    [line] = digest_content("network", [held(1, title="x" * 300)]).evidence
    assert line.startswith("INC-AAAAAAAA01 P3 xxx")
    assert len(line) == len("INC-AAAAAAAA01 P3 ") + LONGEST_TITLE_IN_DIGEST + 1


def test_a_page_says_what_cannot_be_done() -> None:
    report = Report(title="Mail is down", impact_statement="Orders cannot be confirmed")
    said = content_of(Purpose.PAGE, incident(report=report), "You are on call for it.")
    assert "Impact: Orders cannot be confirmed" in said.evidence


def test_a_page_tells_of_the_fix_that_worked_most_often() -> None:
    def past(number: int, worked: int) -> SimilarIncident:
        fix = KnownFix(
            article_id=f"KB-{number}", title="Turn it off", rate=FixRate(worked=worked, of=5)
        )
        return SimilarIncident(
            incident_id=f"INC-{number}",
            episode=1,
            title="Then",
            resolution="Turned it off",
            closed_at=CLOSED,
            fix=fix,
        )

    view = incident(similar=(past(1, 1), past(2, 4)))
    known = "Known fix: KB-2 fixed it 4 of 5 times: Turn it off"
    assert known in content_of(Purpose.PAGE, view, "You are on call for it.").evidence
    assert known not in content_of(Purpose.TELL, view, "It is resolved.").evidence
    assert "Known fix: KB-2 fixed it 4 of 5 times: Turn it off." in [
        *in_words(view, explained(view), CLOSED)
    ]
