"""Page, command, link and merge: what they take from people, and when they make no sense."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.incidents.actions import (
    ACTIONS,
    Action,
    Command,
    GuardInput,
    Page,
    Reprioritise,
    refusal,
)
from standfast.incidents.flowchart import Box
from standfast.incidents.impact_ledger import Statement
from standfast.incidents.monitoring import Repeats
from standfast.incidents.relations import Absorb, Link, Linked, Merge, Relation
from standfast.incidents.report import Report
from standfast.time.clocks import HoldReason

ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"
NEW = (Action.PAGE, Action.COMMAND, Action.LINK, Action.MERGE)


def test_what_is_left_out() -> None:
    assert Page(by="ana") == Page(by="ana", reason="", overrule=True)
    assert Command(by="ana") == Command(by="ana", to="")
    assert Link(by="ana", to=ONE) == Link(by="ana", to=ONE, relation=Relation.RELATED)
    assert Merge(by="ana", into=ONE) == Merge(by="ana", into=ONE, reason="")


def test_messages_of_before_the_impact_ledger_are_still_read() -> None:
    assert (
        Reprioritise.model_validate({"by": "ana", "impact": "low", "urgency": "low"}).pin is False
    )
    report = {"title": "Wiki is slow"}
    told = Repeats.model_validate({"counter": "c", "total": 3, "report": report})
    assert told.worse == ()
    absorbed = {"by": "ana", "incident_id": ONE, "report": report, "occurrences": 1}
    assert Absorb.model_validate(absorbed).heard == ()
    assert Linked(by="ana", incident_id=ONE, relation=Relation.CAUSES).heard == ()


def test_what_another_incident_says_counts_where_it_is_this_one_s_impact() -> None:
    said = Statement(
        source="mia", at=datetime(2026, 11, 24, tzinfo=UTC), report=Report(title="No login")
    )
    absorbed = Absorb(
        by="ana", incident_id=ONE, report=said.report, occurrences=1, statements=(said,)
    )
    assert [(each.source, each.kind, each.counts) for each in absorbed.heard] == [
        (ONE, "merged", True)
    ]
    for relation, counts in (
        (Relation.CAUSES, True),
        (Relation.CAUSED_BY, False),
        (Relation.RELATED, False),
    ):
        linked = Linked(by="ana", incident_id=ONE, relation=relation, statements=(said,))
        assert [(each.source, each.kind, each.counts) for each in linked.heard] == [
            (ONE, "linked", counts)
        ]
        # What did not count there counts nowhere.
        hearsay = Linked(by="ana", incident_id=OTHER, relation=Relation.CAUSES).model_copy(
            update={"statements": linked.heard}
        )
        assert hearsay.heard[0].counts is counts


def test_texts_are_cleaned() -> None:
    assert Page(by=" ana ", reason="wake\r\nup\x07\n").reason == "wake\nup"
    assert Command(by="ana", to=" \t ").to == ""
    assert Merge(by="ana", into=f" {ONE.lower()} ").into == ONE


@pytest.mark.parametrize("written", [ONE, ONE.lower(), f"  {ONE}\n"])
def test_an_id_is_taken_as_people_write_it(written: str) -> None:
    assert Link(by="ana", to=written).to == ONE
    assert Merge(by="ana", into=written).into == ONE
    assert Linked(by="ana", incident_id=written, relation=Relation.CAUSES).incident_id == ONE


MALFORMED: list[tuple[Action, dict[str, Any], str]] = [
    # the action, its payload, the field that is wrong
    (Action.PAGE, {}, "by"),
    (Action.PAGE, {"by": ""}, "by"),
    (Action.PAGE, {"by": "ana", "reason": "x" * 2_001}, "reason"),
    (Action.PAGE, {"by": "ana", "overrule": "perhaps"}, "overrule"),
    (Action.PAGE, {"by": "ana", "to": "ben"}, "to"),
    (Action.COMMAND, {"to": "ben"}, "by"),
    (Action.COMMAND, {"by": "ana", "to": "x" * 201}, "to"),
    (Action.LINK, {"by": "ana"}, "to"),
    (Action.LINK, {"by": "ana", "to": ""}, "to"),
    (Action.LINK, {"by": "ana", "to": "INC-1"}, "to"),
    (Action.LINK, {"by": "ana", "to": f"{ONE} and {OTHER}"}, "to"),
    (Action.LINK, {"by": "ana", "to": ONE, "relation": "duplicate"}, "relation"),
    (Action.MERGE, {"by": "ana"}, "into"),
    (Action.MERGE, {"by": "ana", "into": "the other one"}, "into"),
    (Action.MERGE, {"by": "ana", "into": "SIL-AAAAAA"}, "into"),
    (Action.MERGE, {"by": "ana", "into": ONE, "reason": "x" * 2_001}, "reason"),
]


@pytest.mark.parametrize(("action", "payload", "field"), MALFORMED)
def test_what_is_malformed_is_refused_by_its_field(
    action: Action, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ACTIONS[action].payload.model_validate(payload)
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


def test_the_id_of_no_incident_is_told_what_one_looks_like() -> None:
    with pytest.raises(ValidationError, match="is not the id of an incident; ids look like INC-"):
        Merge(by="ana", into="the other one")


@pytest.mark.parametrize(
    ("relation", "there"),
    [("related", "related"), ("caused_by", "causes"), ("causes", "caused_by")],
)
def test_a_relation_is_turned_round_for_the_other_incident(relation: str, there: str) -> None:
    seen = Relation(relation).inverse
    assert seen == there
    assert seen.inverse == relation


def test_nothing_is_handed_over_without_a_report() -> None:
    with pytest.raises(ValidationError):
        Absorb.model_validate({"by": "ana", "incident_id": ONE, "occurrences": 1})
    with pytest.raises(ValidationError):
        Absorb.model_validate(
            {"by": "ana", "incident_id": ONE, "report": {"title": "x"}, "occurrences": 0}
        )


def guard_input(stage: Box = Box.RESOLVE, **facts: Any) -> GuardInput:
    return GuardInput(incident_id=ONE, stage=stage, **{"by": "ana", **facts})


PAGES: list[tuple[GuardInput, str | None]] = [
    (guard_input(), None),
    (guard_input(acknowledged_by="ben"), "ben has acknowledged it; reassign it to page others"),
    (guard_input(on_hold=HoldReason.VENDOR), "it is on hold, for vendor: resume it first"),
    (guard_input(Box.ASSIGN), "no responder works on it yet: it is in assign"),
    (guard_input(Box.TRIAGE), "no responder works on it yet: it is in triage"),
    (
        guard_input(Box.ISSUE_RESOLVED, resolved_by="ben"),
        "ben has resolved it; its verification goes on in issue_resolved",
    ),
    (
        guard_input(escalation_asked_by="ben"),
        "ben has asked for the next tier; it is on its way",
    ),
]


@pytest.mark.parametrize(("now", "reason"), PAGES)
def test_a_page_makes_sense_while_somebody_is_waited_for(
    now: GuardInput, reason: str | None
) -> None:
    assert refusal(Action.PAGE, now) == reason


@pytest.mark.parametrize("action", [Action.COMMAND, Action.LINK, Action.MERGE])
@pytest.mark.parametrize("stage", [box for box in Box if box is not Box.CLOSE])
def test_command_link_and_merge_make_sense_as_long_as_it_is_open(
    action: Action, stage: Box
) -> None:
    held: dict[str, Any] = {"acknowledged_by": "ben", "on_hold": HoldReason.USER}
    for facts in ({}, held, {"resolved_by": "ben"}):
        assert refusal(action, guard_input(stage, other=OTHER, **facts)) is None


@pytest.mark.parametrize("action", [Action.LINK, Action.MERGE])
def test_an_incident_has_nothing_to_do_with_itself(action: Action) -> None:
    assert refusal(action, guard_input(other=ONE)) == "that is the incident itself"
    assert refusal(action, guard_input(other=OTHER)) is None


AFTER_CLOSE = [Action.COMMENT, Action.RESTRICT, Action.UNRESTRICT]


@pytest.mark.parametrize("action", [each for each in Action if each not in AFTER_CLOSE])
def test_what_was_merged_names_the_one_that_goes_on(action: Action) -> None:
    reason = f"the incident was merged into {OTHER}; act on that one"
    for stage in (Box.RESOLVE, Box.CLOSE):
        assert refusal(action, guard_input(stage, merged_into=OTHER)) == reason


@pytest.mark.parametrize("action", AFTER_CLOSE)
def test_what_can_be_done_after_the_close_is_taken_as_long_as_the_run_goes_on(
    action: Action,
) -> None:
    for now in (
        guard_input(Box.CLOSE, confidential=True),
        guard_input(withdrawn=True, confidential=True),
        guard_input(merged_into=OTHER, confidential=True),
    ):
        assert refusal(action, now) is None
    later = now.model_copy(update={"meant_for": 1, "episode": 2})
    assert refusal(action, later) == ("that was episode 1, which has closed; this is episode 2")


@pytest.mark.parametrize("action", NEW)
def test_nothing_makes_sense_any_more_once_it_is_closed_or_withdrawn(action: Action) -> None:
    closed = guard_input(Box.CLOSE, other=OTHER)
    assert refusal(action, closed) == "the incident is closed"
    withdrawn = guard_input(withdrawn=True, other=OTHER)
    assert refusal(action, withdrawn) == "the incident has been withdrawn"
