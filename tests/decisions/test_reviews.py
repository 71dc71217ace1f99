"""Which incidents are reviewed, by whom, and when who is reminded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.decisions.review_draft import MOST_LINES, drafted
from standfast.decisions.reviews import (
    owner_of,
    reminders,
    review_wanted,
    told_of_delay,
    why_reviewed,
)
from standfast.incidents.assessment import Priority
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import RemediationOutcome, RemediationResult, Resolution
from standfast.incidents.review import ActionItem, ActionState, Review
from standfast.incidents.review_steps import STEP, StepRefused, stepped
from standfast.incidents.schedule import DatedShifts
from standfast.policy import Policy
from standfast.policy.reviews import ReviewRules
from standfast.time.clocks import Breach, Target
from tests.decisions.small_policy import SMALL, small_policy
from tests.records.samples import CLOSED, entry, incident

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
MISSED = Breach(target=Target.RESPONSE, within=timedelta(hours=1), due=CLOSED, tier=1)
RESOLVED = Resolution(by="nik", summary="cleared it", at=CLOSED)
LEFT = RemediationResult(
    answer="no",
    reasons=(),
    policy_version="1",
    runbook="restart",
    outcome=RemediationOutcome.FAILED,
    rolled_back=False,
)


@pytest.mark.parametrize(
    ("rules", "of", "why"),
    [
        ({}, {}, ""),
        ({"priorities": (Priority.P2,)}, {}, "its priority was P2"),
        ({"priorities": (Priority.P1,)}, {}, ""),
        ({"priorities": (Priority.P2,)}, {"outcome": Outcome.WITHDRAWN}, ""),
        ({"priorities": (Priority.P2,)}, {"outcome": Outcome.MERGED}, ""),
        ({"missed_target": True}, {"breaches": (MISSED, MISSED)}, "it missed its response target"),
        ({"missed_target": True}, {}, ""),
        (
            {"reopened": True},
            {"reopened": 1},
            "it was not resolved after all when somebody had said so",
        ),
        ({"failed_undo": True}, {"remediation": LEFT}, "the runbook restart could not be undone"),
        ({}, {"remediation": LEFT, "reopened": 2, "breaches": (MISSED,)}, ""),
    ],
)
def test_why_an_incident_is_reviewed(rules: dict[str, Any], of: dict[str, Any], why: str) -> None:
    closed = incident(**of)
    assert why_reviewed(ReviewRules(**rules), closed) == why
    assert bool(review_wanted(ReviewRules(**rules), closed)) == bool(why)


@pytest.mark.parametrize(
    ("of", "owner"),
    [
        ({"commander": "pia", "acknowledged_by": "nia"}, "pia"),
        ({"resolution": RESOLVED, "assignee": "nia"}, "nik"),
        ({"commander": "gone", "acknowledged_by": "nia"}, "nia"),
        ({}, ""),
    ],
)
def test_who_writes_it(of: dict[str, Any], owner: str) -> None:
    closed = incident(resolution="").model_copy(update=of)
    assert owner_of(policy(), closed) == owner


def policy(**changed: Any) -> Policy:
    return small_policy(**changed)


def review(**changed: Any) -> Review:
    made = Review(
        incident_id="INC-AAAAAAAAAA",
        episode=1,
        why="asked",
        wanted_at=MONDAY,
        owner="nia",
        due=MONDAY + 5 * DAY,
    )
    return made.model_copy(update=changed)


@pytest.mark.parametrize(
    ("last", "now", "at", "late"),
    [
        (None, 0.0, 0.0, False),
        (0.0, 0.0, 4.0, False),
        (4.0, 4.0, 5.0, False),
        (5.0, 5.0, 6.0, False),
        (6.0, 6.0, 7.0, True),
        (7.0, 7.0, 8.0, True),
        (6.5, 6.5, 7.0, True),
        (0.0, 20.0, 20.0, True),
        (4.5, 4.5, 5.0, False),
    ],
)
def test_when_its_owner_is_reminded(last: float | None, now: float, at: float, late: bool) -> None:
    reminded_at = None if last is None else MONDAY + last * DAY
    [next_] = reminders(policy(), "network", review(reminded_at=reminded_at), MONDAY + now * DAY)
    assert (next_.at, next_.owner, next_.late) == (MONDAY + at * DAY, "nia", late)
    assert next_.first is (last is None)


def test_nobody_is_woken_and_who_has_left_is_nobody() -> None:
    day = {"days": ["monday"], "opens": "10:00", "closes": "12:00"}
    people = SMALL["people"] | {"nia": {**SMALL["people"]["nia"], "day": day}}
    night = MONDAY - timedelta(hours=6)
    [next_] = reminders(policy(people=people), "network", review(), night)
    assert next_.at == MONDAY + timedelta(hours=1)
    [next_] = reminders(policy(), "network", review(owner="gone"), night)
    assert (next_.at, next_.owner) == (night, "")


def test_each_open_action_item_is_reminded_of_by_itself() -> None:
    def item(number: int, **changed: Any) -> ActionItem:
        return ActionItem(
            id=number,
            incident_id="INC-AAAAAAAAAA",
            episode=1,
            title="bigger cache",
            owner="noa",
            due=MONDAY + number * DAY,
            changed_by="nia",
            changed_at=MONDAY,
            reminded_at=MONDAY,
        ).model_copy(update=changed)

    items = (item(9), item(3), item(1, state=ActionState.DONE))
    closed = review(closed_by="nia", closed_at=MONDAY, actions=items)
    found = reminders(policy(), "network", closed, MONDAY)
    assert [(each.item, each.at) for each in found] == [
        (3, MONDAY + 2 * DAY),
        (9, MONDAY + 8 * DAY),
    ]


@pytest.mark.parametrize(
    ("added", "due", "told"),
    [
        ((0,), 9 * DAY, (5,)),
        ((0, 2, 4), 9 * DAY, (5, 7, 9)),  # they come within an hour, so in one message
        ((0, 2), DAY, (4, 4)),  # what is due within the day is told now
        ((-60,), 9 * DAY, (4,)),  # a worker that was away tells it at once
    ],
)
def test_what_is_added_within_minutes_is_told_at_once_and_not_one_by_one(
    added: tuple[int, ...], due: timedelta, told: tuple[int, ...]
) -> None:
    """In a meeting; the times are minutes, and it is four past."""
    minute = timedelta(minutes=1)
    items = tuple(
        ActionItem(
            id=number,
            incident_id="INC-A",
            episode=1,
            title="bigger cache",
            owner="nik",
            due=MONDAY + each * minute + due,
            changed_by="dee",
            changed_at=MONDAY + each * minute,
        )
        for number, each in enumerate(added, start=1)
    )
    closed = review(actions=items, closed_at=MONDAY)
    found = reminders(policy(), "network", closed, MONDAY + 4 * minute)
    assert [each.at for each in found] == [MONDAY + each * minute for each in told]


def test_who_is_told_of_a_delay() -> None:
    nothing = DatedShifts()
    assert told_of_delay(policy(), "network", MONDAY, nothing) == "ven", "the last tier"
    assert told_of_delay(policy(incident_manager="desk"), "network", MONDAY, nothing) == "dan"
    assert told_of_delay(policy(), "no team any more", MONDAY, nothing) == "dan"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"do": "assign"}, "name an owner or a due date"),
        ({"do": "assign", "due": "2026-11-29T09:00:00Z"}, "due: 2026-11-29 09:00 has passed"),
        ({"do": "assign", "due": "2999-12-31T12:00:00Z"}, "due: 2999-12-31 is more than ten years"),
        (
            {"do": "add_action", "title": "x", "due": "2037-01-01T12:00:00Z"},
            "due: 2037-01-01 is more than ten years ahead",
        ),
        ({"do": "change_action", "id": 1, "state": "done"}, "it has no action item 1"),
        ({"do": "reopen", "due": "2026-12-29T09:00:00Z"}, "it is not closed"),
    ],
)
def test_steps_that_make_no_sense(step: dict[str, Any], words: str) -> None:
    with pytest.raises(StepRefused, match=words):
        stepped(review(), STEP.validate_python({"by": "nia", **step}), MONDAY)


def test_a_new_owner_is_told_and_the_same_one_is_not_told_again() -> None:
    told = review(reminded_at=MONDAY)
    assign = {"do": "assign", "by": "pia", "owner": "nia"}
    assert stepped(told, STEP.validate_python(assign), MONDAY).reminded_at == MONDAY
    handed_on = stepped(told, STEP.validate_python({**assign, "owner": "noa"}), MONDAY)
    assert (handed_on.owner, handed_on.reminded_at, handed_on.revision) == ("noa", None, 1)


def test_the_draft_says_what_the_record_knows_and_is_bounded() -> None:
    closed = incident(breaches=(MISSED,), timeline=tuple(entry(n) for n in range(1, 999)))
    texts = drafted(closed, closed.timeline, ["impact", "response", "luck", "detection"])
    assert list(texts) == ["impact", "response", "detection"]
    assert "- missed the response target of 60 min in tier 1" in texts["impact"].replace(
        "1 h", "60 min"
    )
    lines = texts["response"].splitlines()
    assert lines[2] == "- 10:46:00 +0:01 comment by ana"
    assert lines[-1] == f"- and {998 - MOST_LINES} more events"


def test_what_a_report_says_is_no_markup_of_the_draft() -> None:
    report = incident().report.model_copy(update={"description": "# Stop\n<b>*all*</b> a_b"})
    texts = drafted(incident(report=report), (), ["what_happened"])
    assert "Report: \\# Stop\n\\<b\\>\\*all\\*\\</b\\> a_b" in texts["what_happened"]
