"""The list of open incidents: what has just been reported, and places that nobody wrote."""

import base64
import json
import uuid

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter
from standfast.intake.errors import Refused
from standfast.lookup.open_list import MOST_NEW, OpenList
from standfast.lookup.page_tokens import PageTokens
from standfast.records.projections import projection_of
from tests.lookup.unpolled import waiting
from tests.records.samples import incident
from tests.stories.desk import Desk

TOKENS = PageTokens([b"k" * 32])


def lists(desk: Desk, service: str, *incident_ids: str, stage: Box = Box.RESOLVE) -> None:
    """Have a projection of these, and so a line in the list."""
    views = (incident(each, outcome=None, stage=stage) for each in incident_ids)
    desk.records.projections.keep(
        projection_of(
            view.model_copy(update={"report": view.report.model_copy(update={"service": service})}),
            "run",
            1,
            view.opened_at,
        )
        for view in views
    )


async def test_that_there_may_be_more_reports_is_told_when_some_of_the_newest_are_listed(
    desk: Desk,
) -> None:
    service = f"storm {uuid.uuid4()}"
    open_list, wanted = OpenList(desk.client, desk.records, TOKENS), IncidentFilter(service=service)
    async with waiting(desk, service, MOST_NEW) as ids:
        lists(desk, service, ids[0], stage=Box.TRIAGE)
        page = await open_list.page(wanted, "", MOST_NEW)
    assert page.counts == {Box.REPORT: MOST_NEW - 1, Box.TRIAGE: 1}
    assert page.unseen


async def test_what_has_just_been_reported_counts_for_every_stage_and_page(desk: Desk) -> None:
    service = f"counted {uuid.uuid4()}"
    open_list, wanted = OpenList(desk.client, desk.records, TOKENS), IncidentFilter(service=service)
    async with waiting(desk, service, 2) as ids:
        lists(desk, service, "INC-1", "INC-2")
        first = await open_list.page(wanted, "", 1)
        second = await open_list.page(wanted, "", 1, first.next)
        resolve = await open_list.page(wanted, Box.RESOLVE, 2)
        report = await open_list.page(wanted, Box.REPORT, 2)
    assert [page.counts for page in (first, second, resolve, report)] == [
        {Box.REPORT: 2, Box.RESOLVE: 2}
    ] * 4
    assert not first.unseen
    shown = [[each.incident_id for each in page.incidents] for page in (first, second, resolve)]
    assert sorted(shown[0]) == sorted([*ids, "INC-1"])
    assert shown[1:] == [["INC-2"], ["INC-1", "INC-2"]]
    assert sorted(each.incident_id for each in report.incidents) == sorted(ids)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[" * 2_900,
        json.dumps(["resolve", "P1", "2026-11-29T18:00:00+00:00"]),
        json.dumps(["nowhere", "P1", "2026-11-29T18:00:00+00:00", "INC-1"]),
        json.dumps(["resolve", "P1", "yesterday", "INC-1"]),
        json.dumps(["resolve", "P1", "2026-11-29T18:00:00+00:00", "INC-\0"]),
        json.dumps(["resolve", "P1", "2026-11-29T18:00:00+00:00", "INC-\ud800"]),
        json.dumps(["resolve", "\udc00", "2026-11-29T18:00:00+00:00", "INC-1"]),
    ],
)
async def test_a_place_that_is_none_is_refused(desk: Desk, text: str) -> None:
    after = base64.urlsafe_b64encode(text.encode()).decode()
    with pytest.raises(Refused, match="after"):
        await OpenList(desk.client, desk.records, TOKENS).page(IncidentFilter(), "", 1, after)
