"""Reporting in the portal: what can be said, and what is wrong beside its field."""

import re

import pytest

from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.console.conftest import Visitor, visiting
from tests.stories.desk import Desk

REPORTED = {"title": "Wiki crashed", "service": "wiki", "once": "a-form"}


async def test_a_form_that_is_sent_twice_reports_once(ana: Visitor, desk: Desk) -> None:
    first = await ana.sends("/report", "/report", **REPORTED)
    again = await ana.sends("/report", "/report", **REPORTED)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    other = await ana.sends("/report", "/report", **REPORTED | {"once": "another form"})
    assert other.headers["location"] != first.headers["location"]
    ticket = desk.ticket(first.headers["location"].split("/")[2].partition("?")[0])
    view = await ticket.reaches_resolve()
    assert (view.occurrences, view.report.reporter, view.report.channel) == (1, "ana", "portal")


async def test_everything_that_a_person_needs_can_be_said(ana: Visitor, desk: Desk) -> None:
    answer = await ana.sends(
        "/report",
        "/report",
        title="Wiki crashed",
        description="a\nb",
        service="wiki",
        users_affected="40",
        error_message="500",
        impact_statement="nobody can work",
        occurred_at="2026-01-02T03:04",
        reporter="rita",
        channel="phone",
        labels="room = B12\nfloor=2",
        confidential="on",
    )
    ticket = desk.ticket(answer.headers["location"].split("/")[2].partition("?")[0])
    report = (await ticket.view()).report
    assert report.model_dump(mode="json", exclude={"dedup_key"}) == {
        "title": "Wiki crashed",
        "description": "a\nb",
        "service": "wiki",
        "users_affected": 40,
        "error_message": "500",
        "impact_statement": "nobody can work",
        "occurred_at": "2026-01-02T03:04:00Z",
        "reporter": "rita",
        "channel": "phone",
        "labels": {"room": "B12", "floor": "2"},
        "confidential": True,
        "entered_by": "ana",
    }


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "", "is missing"),
        ("title", "x" * 4_000, "at most 300 are allowed"),
        ("users_affected", "many", "must be a whole number"),
        ("users_affected", "-3", "must be a whole number"),
        ("occurred_at", "yesterday", "is not a time like"),
        ("occurred_at", "2099-01-01T00:00", "is in the future"),
        ("labels", "room B12", "is not written as name = value"),
        ("description", "x" * 100_000, "at most 20000 are allowed"),
    ],
)
async def test_what_is_wrong_in_a_report_is_named_beside_its_field(
    ana: Visitor, field: str, typed: str, words: str
) -> None:
    fields = {"title": "Wiki crashed", "description": "still here", field: typed}
    answer = await ana.sends("/report", "/report", **fields)
    assert answer.status_code == 422
    [told] = re.findall(rf'id="report-{field}-error">([^<]*)<', answer.text)
    assert words in told
    assert typed in answer.text
    assert (field == "description") or "still here" in answer.text


async def test_a_reporter_who_names_another_reports_in_their_own_name(api: Api, desk: Desk) -> None:
    async with visiting(api, Role.REPORTER, "rita") as rita:
        answer = await rita.sends(
            "/report", "/report", title="Wiki crashed", reporter="ralf", channel="monitor"
        )
    ticket = desk.ticket(answer.headers["location"].split("/")[2].partition("?")[0])
    report = (await ticket.view()).report
    assert (report.reporter, report.channel) == ("rita", "portal")
