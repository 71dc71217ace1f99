"""What is measured of an episode, by stories told as timelines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.decisions.measures import measured
from standfast.incidents.assessment import Decision
from standfast.incidents.flowchart import Box
from standfast.incidents.measures import Automated, Measures, Missed
from standfast.incidents.record import Outcome, TimelineEntry
from standfast.incidents.resolution import RemediationOutcome, RemediationResult
from standfast.time.clocks import Breach, Target
from standfast.time.working_time import Hours
from tests.records.samples import incident

OPENED = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
"""A Friday, an hour before the team goes home."""

Line = tuple[int, str, str]
"""Minutes since it was reported, the event, and who did it, or who was paged."""


def measures(
    *lines: Line,
    outcome: Outcome = Outcome.RESOLVED,
    decisions: tuple[tuple[int, Box, str], ...] = (),
    hours: Hours | None = None,
    **changed: Any,
) -> Measures:
    """What is measured of a timeline that begins with its report and ends when it closes."""
    whole = ((0, "reported", "mia"), *lines)
    timeline = tuple(
        TimelineEntry(
            number=number,
            at=at(minutes),
            box=Box.RESOLVE,
            event=event,
            actor="" if event == "page_sent" else who,
            person=who if event == "page_sent" else None,
        )
        for number, (minutes, event, who) in enumerate(whole, start=1)
    )
    given = tuple(
        Decision(box=box, answer=answer, reasons=(), policy_version="1", at=at(minutes))
        for minutes, box, answer in decisions
    )
    view = incident(
        outcome=outcome,
        opened_at=OPENED,
        closed_at=timeline[-1].at,
        timeline=timeline,
        decisions=given,
        **changed,
    )
    return measured(view, timeline, hours)


def held(found: Measures) -> dict[str, float]:
    """For how many seconds each person had it."""
    return {each.person: each.seconds for each in found.held_by}


def at(minutes: int) -> datetime:
    return OPENED + timedelta(minutes=minutes)


def test_times_count_from_the_report_to_each_step() -> None:
    found = measures(
        (1, "page_sent", "ana"),
        (2, "page_sent", "ana"),
        (3, "acknowledged", "ana"),
        (30, "resolved", "ana"),
        (40, "closed", ""),
        decisions=((35, Box.ISSUE_RESOLVED, "resolved"),),
    ).calendar
    assert found.to_page == 60
    assert found.to_acknowledge == found.to_first_action == 180
    assert found.to_resolve == 30 * 60
    assert found.to_verify == 35 * 60
    assert found.to_close == 40 * 60


def test_what_did_not_happen_has_no_time() -> None:
    found = measures((5, "withdrawn", "mia"), (5, "closed", ""), outcome=Outcome.WITHDRAWN)
    assert found.calendar.model_dump(exclude={"to_close"}) == {
        "to_page": None,
        "to_acknowledge": None,
        "to_first_action": None,
        "to_resolve": None,
        "to_verify": None,
    }


@pytest.mark.parametrize("outcome", [Outcome.WITHDRAWN, Outcome.MERGED])
def test_what_was_withdrawn_or_merged_after_all_was_not_resolved(outcome: Outcome) -> None:
    found = measures(
        (10, "resolved", "ana"),
        (40, "closed", ""),
        outcome=outcome,
        decisions=((12, Box.ISSUE_RESOLVED, "resolved"),),
    ).calendar
    assert (found.to_resolve, found.to_verify) == (None, None)
    assert found.to_first_action == 10 * 60


def test_resolved_in_part_is_verified() -> None:
    found = measures(
        (10, "resolved", "ana"),
        (40, "closed", ""),
        decisions=((12, Box.ISSUE_RESOLVED, "partially_resolved"),),
    )
    assert found.calendar.to_verify == 12 * 60


def test_a_resolution_that_was_refused_is_not_the_resolution() -> None:
    found = measures(
        (10, "resolved", "ana"),
        (30, "resolved", "george"),
        (40, "closed", ""),
        decisions=(
            (12, Box.ISSUE_RESOLVED, "unresolved"),
            (32, Box.ISSUE_RESOLVED, "resolved"),
        ),
    )
    assert found.calendar.to_resolve == 30 * 60
    assert found.calendar.to_verify == 32 * 60


@pytest.mark.parametrize(
    ("event", "who", "counts"),
    [
        ("comment", "ana", True),
        ("comment", "mia", False),
        ("reported_again", "joe", False),
        ("page_sent", "ana", False),
        ("runbook_started", "", True),
        ("declined", "ana", True),
        ("target_missed", "", False),
    ],
)
def test_the_first_action_is_a_responders_or_a_runbooks(event: str, who: str, counts: bool) -> None:
    found = measures((7, event, who), (20, "closed", ""))
    assert found.calendar.to_first_action == (7 * 60 if counts else None)


def test_what_recovered_by_itself_was_resolved_and_nobody_did_anything() -> None:
    found = measures(
        (1, "page_sent", "ana"),
        (6, "recovered", "prometheus"),
        (6, "resolved", "prometheus"),
        (7, "closed", ""),
        decisions=((7, Box.ISSUE_RESOLVED, "resolved"),),
        reporters=("prometheus",),
    ).calendar
    assert (found.to_first_action, found.to_resolve) == (None, 6 * 60)


def test_whoever_reports_and_resolves_it_has_done_something() -> None:
    found = measures((6, "resolved", "mia"), (7, "closed", ""), reporters=("mia",))
    assert found.calendar.to_first_action == 6 * 60


def test_working_time_counts_while_the_team_is_at_work() -> None:
    """Paged in the last hour of a Friday, acknowledged on Monday when they come in."""
    monday = 2 * 24 * 60 + 17 * 60 + 30
    found = measures(
        (30, "page_sent", "ana"),
        (monday, "acknowledged", "ana"),
        (monday + 60, "closed", ""),
        hours=Hours(),
    )
    assert found.calendar.to_acknowledge == monday * 60
    assert found.working.to_page == 30 * 60
    assert found.working.to_acknowledge == (60 + 30) * 60
    assert found.working.to_close == (60 + 90) * 60


def test_it_is_held_by_whoever_acknowledged_until_they_no_longer_have_it() -> None:
    found = measures(
        (10, "acknowledged", "ana"),
        (20, "unacknowledged", ""),
        (25, "acknowledged", "george"),
        (30, "reassigned", "george"),
        (40, "acknowledged", "ana"),
        (45, "resolved", "ana"),
        (60, "escalate", ""),
        (61, "acknowledged", "petra"),
        (70, "closed", ""),
    )
    assert held(found) == {"ana": 15 * 60, "george": 5 * 60, "petra": 9 * 60}
    assert found.hand_offs == 3


def test_the_same_person_again_is_no_hand_off() -> None:
    found = measures(
        (1, "acknowledged", "ana"),
        (9, "unacknowledged", ""),
        (10, "acknowledged", "ana"),
        (11, "closed", ""),
    )
    assert found.hand_offs == 0
    assert held(found) == {"ana": 9 * 60}


def test_pages_and_missed_targets_are_kept_one_by_one() -> None:
    due = at(2)
    missed = tuple(
        Breach(target=target, within=timedelta(minutes=2), due=due, tier=tier)
        for target, tier in ((Target.RESPONSE, 1), (Target.RESOLUTION, 2))
    )
    found = measures(
        (1, "page_sent", "ana"),
        (2, "page_sent", "george"),
        (3, "closed", ""),
        breaches=missed,
        tier=2,
        reopened=3,
        path=(Box.ASSIGN, Box.RESOLVE, Box.ESCALATE, Box.RESOLVE),
    )
    assert [(page.person, page.at) for page in found.pages] == [("ana", at(1)), ("george", at(2))]
    assert found.missed == (
        Missed(target=Target.RESPONSE, tier=1),
        Missed(target=Target.RESOLUTION, tier=2),
    )
    assert (found.tier, found.escalations, found.reopened) == (2, 1, 3)


@pytest.mark.parametrize(
    ("outcome", "answer", "automation"),
    [
        (RemediationOutcome.SUCCEEDED, "yes", Automated.WORKED),
        (RemediationOutcome.FAILED, "no", Automated.FAILED),
        (RemediationOutcome.UNKNOWN, "no", Automated.FAILED),
        (RemediationOutcome.REFUSED, "no", Automated.NOT_TRIED),
    ],
)
def test_automation_was_tried_when_a_runbook_ran(
    outcome: RemediationOutcome, answer: str, automation: Automated
) -> None:
    ran = RemediationResult(
        answer=answer, reasons=(), policy_version="1", runbook="restart", outcome=outcome
    )
    found = measures((4, "runbook_started", ""), (9, "closed", ""), remediation=ran)
    assert (found.automation, found.runbook) == (automation, "restart")
    ran_at_all = automation is not Automated.NOT_TRIED
    assert found.calendar.to_first_action == (4 * 60 if ran_at_all else None)


def test_what_a_runbook_resolved_is_resolved_when_its_check_passed() -> None:
    found = measures(
        (1, "runbook_started", ""),
        (5, "closed", ""),
        outcome=Outcome.AUTOMATED,
        decisions=((4, Box.AUTOMATED_RESOLUTION, "yes"),),
    )
    assert found.calendar.to_resolve == found.calendar.to_verify == 4 * 60
    assert found.calendar.to_first_action == 60


def test_an_open_incident_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="has not closed"):
        measured(incident(outcome=None), (), None)
