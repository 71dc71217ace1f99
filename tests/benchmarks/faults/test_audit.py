"""The audit of the faults finds each thing that is lost, doubled or stuck."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.faults.audit import Finding, Kind, audit, copies
from benchmarks.faults.evidence import Accepted, Arrival, Done, Evidence, Run, Told, Upset
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.resolution import RemediationOutcome, RemediationResult
from tests.durability.test_audit import ID, PAGE, TOLD, view

MATTER = "matter-1"
OTHER = "INC-BBBBBBBBBB"
EFFECT = f"{ID}:1:runbook:1"


def record(**other: Any) -> IncidentView:
    """The incident of the crash story's audit, whose title names the matter."""
    plain = view()
    report = plain.report.model_copy(update={"title": f"Wiki crashed {MATTER}"})
    return plain.model_copy(update={"report": report, **other})


def told(**other: Any) -> Told:
    known = {
        "accepted": [Accepted(MATTER, ID)],
        "done": {Done(ID, "resolved", 1)},
        "sent": Counter({MATTER: 1}),
    }
    return Told(**{**known, **other})


def arrival(key: str = PAGE, person: str = "ana", text: str = "act", at: float = 10.0) -> Arrival:
    return Arrival(key, person, text, at, answered=True)


SOUND = Evidence(
    told=told(),
    records=[record()],
    runs=[Run(ID, "completed", 1)],
    arrived=[arrival(), arrival(TOLD, "reporter")],
    effects=[],
)
AUTOMATED = replace(SOUND, records=[record(outcome=Outcome.AUTOMATED)], effects=[EFFECT])
AGAIN = replace(SOUND, arrived=[*SOUND.arrived, arrival(at=20.0)])


def test_it_finds_nothing_where_all_is_as_it_should() -> None:
    assert audit(SOUND) == []
    assert audit(AUTOMATED) == []


def test_an_effect_of_a_runbook_that_failed_may_stay_if_it_is_said() -> None:
    failed = RemediationResult(
        answer="no",
        reasons=("step 1 of 1 did not end in 20 s", "step 1 of 1 has no undo: it stays as it is"),
        policy_version="1",
        runbook="restart-kiosk",
        outcome=RemediationOutcome.FAILED,
    )
    said = replace(SOUND, records=[record(remediation=failed)], effects=[EFFECT])
    assert audit(said) == []
    refused = failed.model_copy(update={"reasons": ("the guards cannot be asked",)})
    unsaid = replace(said, records=[record(remediation=refused)])
    assert [one.kind for one in audit(unsaid)] == [Kind.DOUBLED]


def test_a_page_may_come_again_while_something_is_broken() -> None:
    broken = replace(AGAIN, upsets=[Upset(12.0, 15.0)])
    assert audit(broken) == []
    assert copies(broken.arrived) == 1
    unanswered = [arrival()._replace(answered=False), *AGAIN.arrived[1:]]
    assert audit(replace(AGAIN, arrived=unanswered)) == []


def _without(event: str) -> Evidence:
    timeline = tuple(entry for entry in view().timeline if entry.event != event)
    return replace(SOUND, records=[record(timeline=timeline)])


def _twice(event: str) -> Evidence:
    (entry,) = (entry for entry in view().timeline if entry.event == event)
    return replace(SOUND, records=[record(timeline=(*view().timeline, entry))])


@pytest.mark.parametrize(
    ("tampered", "kind", "words"),
    [
        (lambda: replace(SOUND, runs=[], records=[]), Kind.LOST, "which nothing knows"),
        (lambda: replace(SOUND, told=_shared(2)), Kind.LOST, "2 reports were taken, 1 are counted"),
        (lambda: replace(SOUND, records=[]), Kind.LOST, "1 episodes were closed, 0 are on record"),
        (lambda: replace(SOUND, arrived=SOUND.arrived[1:]), Kind.LOST, "and never arrived"),
        (lambda: _without("page_sent"), Kind.LOST, "given to a tier 1 times, and paged 0 times"),
        (lambda: _without("told"), Kind.LOST, "nothing says that its reporter was told"),
        (lambda: _without("resolved"), Kind.LOST, "resolved number 1 was accepted, and is not"),
        (lambda: replace(AUTOMATED, effects=[]), Kind.LOST, "whose effect is not there"),
        (
            lambda: replace(SOUND, told=told(accepted=[Accepted(MATTER, i) for i in (ID, OTHER)])),
            Kind.DOUBLED,
            f"one matter, and the incidents ['{ID}', '{OTHER}']",
        ),
        (
            lambda: replace(SOUND, records=[record(), record(incident_id=OTHER)]),
            Kind.DOUBLED,
            "one matter, and the incidents",
        ),
        (lambda: replace(SOUND, records=[record(occurrences=2)]), Kind.DOUBLED, "counts 2"),
        (lambda: replace(SOUND, records=[record(), record()]), Kind.DOUBLED, "2 records"),
        (lambda: AGAIN, Kind.DOUBLED, "it came again after it was answered"),
        (
            lambda: replace(AGAIN, upsets=[Upset(21.0, 22.0), Upset(1.0, 9.0)]),
            Kind.DOUBLED,
            "it came again after it was answered",
        ),
        (
            lambda: replace(SOUND, arrived=[*SOUND.arrived, arrival(text="another")]),
            Kind.DOUBLED,
            "different messages came under one key",
        ),
        (lambda: _twice("page_sent"), Kind.DOUBLED, "2 times on the timeline"),
        (lambda: _twice("resolved"), Kind.DOUBLED, "done 2 times: 'turned screw 1'"),
        (lambda: replace(AUTOMATED, effects=[EFFECT] * 2), Kind.DOUBLED, "effect is there 2 times"),
        (
            lambda: replace(SOUND, effects=[EFFECT]),
            Kind.DOUBLED,
            "its effect is there, and the record says",
        ),
        (
            lambda: replace(SOUND, runs=[*SOUND.runs, Run(OTHER, "running", 7)]),
            Kind.STUCK,
            f"{OTHER}: still open, workflow task tried 7 times",
        ),
        (lambda: replace(SOUND, runs=[Run(ID, "failed", 1)]), Kind.STUCK, "its run failed"),
        (lambda: replace(SOUND, unpaged=["probe 1"]), Kind.STUCK, "nobody was paged"),
    ],
)
def test_it_finds_each_thing_that_must_not_be(
    tampered: Callable[[], Evidence], kind: Kind, words: str
) -> None:
    found = audit(tampered())
    assert any(one.kind is kind and words in one.what for one in found), found


def _shared(times: int) -> Told:
    return told(accepted=[Accepted(MATTER, ID)] * times, sent=Counter({MATTER: times}))


def test_a_finding_says_its_kind() -> None:
    assert audit(replace(SOUND, unpaged=["probe 1"])) == [
        Finding(Kind.STUCK, "probe 1: nobody was paged after the fault")
    ]
