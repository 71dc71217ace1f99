"""The crash story's auditor sees every fault that it is there to see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.report import Report
from standfast.records.delivery import DeliveryState, KnownDelivery
from tests.durability.audit import Arrived, Evidence, faults
from tests.durability.cases import REPORTER, Case

ID = "INC-AAAAAAAAAA"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PAGE, TOLD = f"{ID}:1:page-1:1", f"{ID}:1:tell-2:1"
PATH = "report triage classify automated_resolution high_impact assign resolve"
TIMELINE = (
    (Box.ASSIGN, "assign", "apps, L1: ana is on call"),
    (Box.RESOLVE, "page_sent", f"through phone, {PAGE}; before that mail: did not answer"),
    (Box.RESOLVE, "acknowledged", ""),
    (Box.RESOLVE, "resolved", "turned screw 1"),
    (Box.ISSUE_RESOLVED, "verified", "resolved word 1"),
    (Box.CLOSE, "told", "through phone"),
)


def view(**other: object) -> IncidentView:
    """An incident that went its way, told as above."""
    entries = (
        TimelineEntry(
            number=number,
            at=NOON + timedelta(seconds=number),
            box=box,
            event=event,
            actor="standfast",
            detail=detail,
            person={"page_sent": "ana", "told": REPORTER}.get(event),
        )
        for number, (box, event, detail) in enumerate(TIMELINE, start=1)
    )
    plain = IncidentView(
        incident_id=ID,
        episode=1,
        title="Wiki crashed",
        status="closed",
        stage=Box.CLOSE,
        path=tuple(map(Box, [*PATH.split(), "issue_resolved", "follow_up", "close"])),
        occurrences=1,
        reporters=(REPORTER,),
        decisions=(),
        waiting_for=(),
        evidence=(),
        outcome=Outcome.RESOLVED,
        opened_at=NOON,
        report=Report(title="Wiki crashed", reporter=REPORTER),
        timeline=tuple(entries),
    )
    return plain.model_copy(update=other)


def line(key: str, who: str, state: DeliveryState = DeliveryState.DELIVERED) -> KnownDelivery:
    return KnownDelivery(key, who, "digest", "phone", state, NOON, "")


SOUND = Evidence(
    views={ID: view()},
    cases={ID: Case("by people", {}, walks=("resolve→issue_resolved",))},
    ledger={PAGE: line(PAGE, "ana"), TOLD: line(TOLD, REPORTER)},
    arrived=[Arrived(PAGE, "ana", "Please", "act"), Arrived(TOLD, "reporter", "It is", "closed")],
    effects=[],
    accepted=[(ID, "resolved", 1)],
)


def test_finds_nothing_where_all_is_as_it_should() -> None:
    assert faults(SOUND) == []
    assert faults(replace(SOUND, arrived=[*SOUND.arrived, SOUND.arrived[0]])) == []


def _arrives(key: str, who: str, text: str = "act") -> Evidence:
    return replace(SOUND, arrived=[*SOUND.arrived, Arrived(key, who, "Please", text)])


def _recorded(**other: object) -> Evidence:
    return replace(SOUND, views={ID: view(**other)})


def _written(key: str, who: str, state: DeliveryState = DeliveryState.DELIVERED) -> Evidence:
    return replace(SOUND, ledger={**SOUND.ledger, key: line(key, who, state)})


def _without(number: int) -> tuple[TimelineEntry, ...]:
    return tuple(entry for entry in view().timeline if entry.number != number)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda: _arrives(PAGE, "ana", "another text"), "different effects"),
        (lambda: _arrives(PAGE, "ben"), "different effects"),
        (lambda: _arrives("", "ana"), "without a key"),
        (lambda: _arrives(f"{ID}:1:page-9:1", "ana"), "the ledger does not know it"),
        (lambda: replace(SOUND, arrived=SOUND.arrived[1:]), "never arrived"),
        (lambda: _written(PAGE, "ana", DeliveryState.INTENDED), "the ledger has"),
        (lambda: _written(PAGE, "ben"), "the ledger says ben"),
        (lambda: _written("INC-B:1:page-1:1", "ana"), "no incident that is on record"),
        (lambda: _written(f"{ID}:1:page-9:1", "ana"), "does not call sent"),
        (lambda: _recorded(timeline=_without(2)), "does not call sent"),
        (lambda: _recorded(timeline=_without(2)), "numbered [1, 3"),
        (lambda: _recorded(timeline=_without(6)), "the reporter was not told"),
        (lambda: _recorded(outcome=Outcome.WITHDRAWN), "it ended as withdrawn"),
        (lambda: _recorded(path=(Box.REPORT, Box.RESOLVE, Box.CLOSE)), "no report→resolve"),
        (lambda: _recorded(path=(Box.REPORT, Box.CLOSE)), "has not walked"),
        (lambda: _recorded(timeline=view().timeline[:3]), "verified 1 times"),
        (lambda: replace(SOUND, accepted=[(ID, "held", 1)]), "held number 1 was accepted"),
        (lambda: replace(SOUND, effects=["k", "k"]), "had its effect 2 times"),
        (lambda: replace(SOUND, effects=["k"]), "nobody asked for: ['k']"),
        (lambda: _recorded(outcome=Outcome.AUTOMATED), "are missing: "),
    ],
)
def test_finds_each_fault(fault: Callable[[], Evidence], words: str) -> None:
    assert any(words in found for found in faults(fault())), faults(fault())
