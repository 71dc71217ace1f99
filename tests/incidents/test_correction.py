"""What a correction makes of a closed incident: what it says is read as the field's own."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from standfast.incidents.actions import Correct
from standfast.incidents.addition import Addition, AdditionKind, CorrectedField
from standfast.incidents.correction import corrected, read
from standfast.incidents.record import IncidentView
from tests.records.samples import CLOSED, incident

SAID = {
    "title": "Printer out of toner",
    "description": "Two lines\nof it",
    "error_message": "E 17",
    "impact_statement": "nobody prints",
    "service": "print-server",
    "users_affected": "1,200",
    "occurred_at": "2026-11-24T09:00:00+01:00",
    "priority": "p1",
    "category": "software",
    "team": "network",
    "resolution": "A new cartridge",
    "steps": "order one\n\nput it in",
    "root_cause": "it was empty",
}


def corrected_by(*said: tuple[str, str], view: IncidentView | None = None) -> IncidentView:
    added = tuple(
        Addition(kind=AdditionKind.CORRECTION, at=CLOSED, by="ana", text=text, field=field)
        for field, text in said
    )
    return corrected((view or incident()).model_copy(update={"additions": added}))


def test_each_field_says_what_it_should_and_its_team_stays_the_one_that_had_it() -> None:
    assert set(SAID) == set(CorrectedField)
    before = incident(team="hardware")
    view = corrected_by(*SAID.items(), view=before)
    report, resolution = view.report, view.resolution
    assert resolution is not None
    assert (view.title, report.title) == ("Printer out of toner", "Printer out of toner")
    assert (report.service, report.users_affected) == ("print-server", 1_200)
    assert report.occurred_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert (view.priority, view.category, view.team) == ("P1", "software", "hardware")
    assert (resolution.summary, resolution.steps) == ("A new cartridge", ("order one", "put it in"))
    assert (resolution.by, resolution.root_cause) == ("ana", "it was empty")
    assert [report.description, report.error_message, report.impact_statement] == [
        "Two lines\nof it",
        "E 17",
        "nobody prints",
    ]
    assert (before.title, before.report.service) == ("Printer on fire", "printers")
    assert IncidentView.model_validate_json(view.model_dump_json()) == view


def test_the_latest_counts_that_can_be_read() -> None:
    view = corrected_by(("priority", "P1"), ("priority", "P4"), ("priority", "rather high"))
    assert view.priority == "P4"
    nothing = incident(resolution="")
    assert corrected_by(("root_cause", "the switch"), view=nothing).resolution is None
    assert corrected(nothing) is nothing


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("priority", "P9", "must be one of P1, P2, P3, P4, P5, for priority"),
        ("users_affected", "many", "must be a whole number, for users affected"),
        ("users_affected", "9" * 5_000, "must be less than or equal to 1000000000"),
        ("users_affected", "²", "must be a whole number"),
        ("occurred_at", "yesterday", "is not a time like 2026-11-24T10:45:00Z, for when it began"),
        ("occurred_at", "2026-11-24T10:45", "needs a time zone"),
        ("title", "x" * 301, "is 301 characters long; at most 300 are allowed"),
        ("service", "x" * 101, "at most 100 are allowed, for service"),
        ("category", "\u202e \n", "must not be empty"),
        ("steps", "one\n" * 51, "at most 50 are allowed"),
    ],
)
def test_what_a_field_cannot_say_is_no_correction_of_it(field: str, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(CorrectedField(field), text)
    with pytest.raises(ValidationError, match="should_say"):
        Correct(by="ana", field=CorrectedField(field), should_say=text)
