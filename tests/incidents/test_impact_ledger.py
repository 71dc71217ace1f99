"""What an incident keeps of what is said of it: once, in bounds, and what a person settles."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from standfast.decisions.judgement import judge
from standfast.incidents.assessment import Level, Priority
from standfast.incidents.fingerprint import fingerprint
from standfast.incidents.impact_ledger import (
    MOST_AT_ONCE,
    MOST_CHARACTERS,
    MOST_KEPT,
    MOST_LINES,
    ImpactLedger,
    Statement,
    StatementKind,
    department_of,
    statement_of,
)
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict
from tests.decisions.test_judgement import NOON, STATEMENTS, company, judged, said

SAME = [
    ({"title": "Wiki  IS slow"}, True),
    ({"title": "Wiki is slow", "users_affected": 70}, True),
    ({"title": "Wiki is slow", "reporter": "ben"}, True),
    ({"title": "Wiki is slow", "description": "since 9:15"}, False),
    ({"title": "Wiki is slow", "error_message": "timeout"}, False),
    ({"title": "Wiki is slow", "impact_statement": "nobody can work"}, False),
    ({"title": "Wiki is slow", "service": "shop"}, False),
    ({"title": "Wiki is slow", "labels": {"severity": "critical"}}, False),
]


@pytest.mark.parametrize(("other", "same"), SAME)
def test_reports_that_say_the_same_are_known(other: dict[str, Any], same: bool) -> None:
    first = Report(title="wiki is slow", reporter="mia")
    assert (fingerprint(Report(**{"reporter": "mia", **other})) == fingerprint(first)) is same


NUMBERS = [
    ("queue has 17 jobs", "queue has 1800 jobs", True),
    ("now P1", "now P3", False),
    ("sev 2", "sev 3", False),
    ("priority 1", "priority 2", False),
]


@pytest.mark.parametrize(("one", "other", "same"), NUMBERS)
def test_a_number_is_no_news_but_a_grade_is(one: str, other: str, same: bool) -> None:
    assert (fingerprint(Report(title=one)) == fingerprint(Report(title=other))) is same
    graded = [Report(title="x", labels={"severity": grade}) for grade in ("1", "5")]
    assert fingerprint(graded[0]) != fingerprint(graded[1])


def test_hearing_the_same_twice_is_nothing() -> None:
    ledger, found = judged(said(), said(), said(), said("wiki  is SLOW"))
    assert len(found) == 1
    assert len(ledger.lines) == 1


def test_what_was_judged_is_not_judged_again() -> None:
    ledger, _ = judged(said(), said("Wiki outage"))
    assert not ledger.due()
    assert not ledger.add(said("Wiki outage", "ben"), 1)


def test_more_users_count_from_the_next_threshold_on() -> None:
    ledger, _ = judged(said(users_affected=2))
    assert not ledger.add(said(users_affected=9), 1)
    assert ledger.add(said(users_affected=10), 1)


class TestSetByAPerson:
    """Down settles what was said; up is asked about; a pin holds."""

    def set_down(self, *before: Statement, pin: bool = False) -> ImpactLedger:
        ledger, _ = judged(*before)
        ledger.set_by("ana", Level.LOW, Level.LOW, Priority.P5, persons=1, pin=pin)
        return ledger

    def test_what_was_said_before_does_not_raise_it_again(self) -> None:
        ledger = self.set_down(said("Wiki outage", users_affected=500))
        assert not ledger.due(1)
        assert not ledger.add(said("Wiki outage", users_affected=500), 1)
        assert not ledger.add(said("Wiki outage", users_affected=400), 1)
        assert ledger.judged is not None
        assert ledger.judged.priority is Priority.P5

    def test_what_is_said_later_does(self) -> None:
        ledger = self.set_down(said("Wiki outage", users_affected=500))
        ledger, found = judged(said("Everybody is waiting"), ledger=ledger)
        assert found[0].judged.users == 1
        assert found[0].newly_high_impact

    def test_more_users_than_ever_do(self) -> None:
        ledger = self.set_down(said("Wiki is slow", users_affected=500))
        ledger, found = judged(said("Wiki is slow", users_affected=501), ledger=ledger)
        assert found[0].judged.users == 501
        assert found[0].raised

    def test_only_who_reports_later_is_counted(self) -> None:
        ledger, _ = judged(*(said(by=f"u{n}") for n in range(20)))
        ledger.set_by("ana", Level.LOW, Level.LOW, Priority.P5, persons=20)
        assert ledger.users_known(21) == 0
        assert ledger.users_known(25) == 5

    def test_pinned_nothing_raises_it_but_all_is_shown(self) -> None:
        ledger = self.set_down(said(), pin=True)
        assert not ledger.add(said("Everybody: outage, data is lost", users_affected=900), 2)
        assert not ledger.due(300)
        assert ledger.lines[-1].what == "Everybody: outage, data is lost (900 users)"

    def test_the_end_of_a_pin_settles_what_was_said_under_it(self) -> None:
        ledger = self.set_down(said(), pin=True)
        ledger.add(said("Outage"), 1)
        ledger.set_by("ana", Level.LOW, Level.LOW, Priority.P5, persons=1)
        assert not ledger.due(1)
        assert ledger.add(said("Urgent: data is lost"), 1)

    def test_an_answer_that_was_asked_for_before_is_void(self) -> None:
        ledger, _ = judged(said())
        ledger.add(said("Outage"), 1)
        asked = ledger.to_judge(1)
        ledger.set_by("ana", Level.LOW, Level.LOW, Priority.P5, persons=1)
        assert not ledger.apply(asked, judge(company(), asked))
        assert ledger.judged is not None
        assert ledger.judged.priority is Priority.P5

    def test_up_after_down_does_not_bring_back_the_old_words(self) -> None:
        ledger = self.set_down(said("Urgent outage", users_affected=500))
        ledger.set_by("ana", Level.MEDIUM, Level.MEDIUM, Priority.P3, persons=1)
        asked = ledger.to_judge(1)
        found = judge(company(), asked)
        assert ledger.apply(asked, found)
        assert found.triage.priority is Priority.P3
        assert not ledger.due(1)

    def test_before_it_was_judged_only_the_pin_is_kept(self) -> None:
        ledger = ImpactLedger()
        ledger.add(said(), 1)
        ledger.set_by("ana", Level.LOW, Level.LOW, Priority.P5, pin=True)
        assert ledger.due(1)
        assert ledger.pinned_by == "ana"


def test_what_is_only_related_is_shown_and_raises_nothing() -> None:
    ledger, _ = judged(said())
    other = said("Everybody: outage", "INC-AAAAAAAAAA", kind=StatementKind.LINKED)
    assert not ledger.add(other.model_copy(update={"counts": False}), 1)
    assert [line.who for line in ledger.lines] == ["mia", "INC-AAAAAAAAAA"]
    assert ledger.add(other, 1)


def test_what_is_told_to_another_incident_names_the_most_users() -> None:
    assert ImpactLedger().to_share() == ()
    ledger, _ = judged(said(users_affected=2), said("Wiki outage"), said(users_affected=9))
    ledger.add(said("Wiki hangs"), 1)
    told = ledger.to_share()
    assert [each.report.title for each in told] == ["Wiki is slow", "Wiki outage", "Wiki hangs"]
    assert told[0].report.users_affected == 9


def test_all_that_is_new_is_judged_though_in_several_turns() -> None:
    ledger, _ = judged(said())
    for n in range(25):
        ledger.add(said(f"Wiki {chr(97 + n)}"), 1)
    ledger.add(said("Urgent outage"), 1)
    turns = 0
    while ledger.due(1):
        asked = ledger.to_judge(1)
        assert asked.new <= MOST_AT_ONCE
        assert ledger.apply(asked, judge(company(), asked))
        turns += 1
    assert turns == 3
    assert ledger.judged is not None
    assert ledger.judged.priority is Priority.P1


def test_a_flood_of_words_stays_in_bounds() -> None:
    ledger, _ = judged(said())
    for n in range(300):
        words = f"{chr(0x4E00 + n)}"
        ledger.add(said(words, description=words * 20_000, labels={"a": words * 500}), 1)
    assert ledger.left_out > 0
    assert len(ledger.model_dump_json()) < 2 * MOST_CHARACTERS
    assert len(ledger.to_judge().model_dump_json().encode()) < 1_500_000
    while ledger.due(1):
        asked = ledger.to_judge(1)
        ledger.apply(asked, judge(company(), asked))
    assert len(ledger.statements) <= MOST_KEPT
    assert ledger.statements[0].report.title == "Wiki is slow"
    assert len(ledger.lines) <= MOST_LINES


@pytest.mark.parametrize("kind", EvidenceKind)
@pytest.mark.parametrize("says", [*Verdict, None])
def test_what_machines_see_still_broken_is_a_statement(
    kind: EvidenceKind, says: Verdict | None
) -> None:
    piece = Evidence(kind=kind, source="http wiki", says=says, detail="503", at=NOON)
    found = statement_of(piece, "wiki")
    by_machine = kind is not EvidenceKind.USER_CONFIRMATION
    assert bool(found) is (by_machine and says is Verdict.UNRESOLVED)
    if found:
        assert found.report.title == "http wiki: 503"
        assert found.report.by_monitor


def test_a_department_is_the_same_however_it_is_written() -> None:
    assert department_of(Report(title="x", labels={"Department": "Sales  EAST"})) == "sales east"
    assert department_of(Report(title="x")) == ""


@given(STATEMENTS)
def test_it_survives_json_at_any_moment(statements: list[Statement]) -> None:
    ledger = ImpactLedger()
    for place, statement in enumerate(statements):
        ledger.add(statement, place)
        if place % 2:
            asked = ledger.to_judge(place)
            ledger.apply(asked, judge(company(), asked))
        again = ImpactLedger.model_validate_json(ledger.model_dump_json())
        assert again == ledger
        assert json.loads(again.model_dump_json()) == json.loads(ledger.model_dump_json())


def test_the_lines_say_who_when_what_and_what_it_raised() -> None:
    later = said("Wiki outage", "ben").model_copy(update={"at": NOON + timedelta(hours=1)})
    ledger, _ = judged(said(), later)
    assert [(line.who, line.what, line.raised) for line in ledger.lines] == [
        ("mia", "Wiki is slow", ""),
        ("ben", "Wiki outage", "P4 to P2"),
    ]
