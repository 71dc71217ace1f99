"""The board: what it shows, and the address of a narrowed one."""

import base64
import html
import re
import uuid
from datetime import UTC, datetime

import pytest

from standfast.api.incidents import page_tokens_of
from standfast.console.board import PER_PAGE, Choice
from standfast.console.latest_views import LatestViews
from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.report import Report
from standfast.intake.reporting import report_incident
from standfast.lookup.open_list import MOST_NEW, OpenList
from standfast.lookup.page_tokens import PageTokens
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.api.conftest import Api
from tests.console.conftest import Visitor, on_the_board
from tests.lookup.unpolled import waiting
from tests.records.samples import incident
from tests.stories.desk import Desk, until

CHOICES = [
    (Choice(), {}, "/"),
    (Choice(), {"priority": "P1"}, "/?priority=P1"),
    (Choice(priority="P1"), {"team": "apps"}, "/?priority=P1&team=apps"),
    (Choice(priority="P1", team="apps"), {"priority": ""}, "/?team=apps"),
    (Choice(team="a&b=c"), {}, "/?team=a%26b%3Dc"),
    (Choice(after="x"), {"team": "apps"}, "/?team=apps"),
    (Choice(team="apps"), {"after": "x"}, "/?team=apps&after=x"),
    (Choice(status="all"), {"status": "open"}, "/"),
]

DEEP = base64.urlsafe_b64encode(b"[" * 2_900).decode()
"""A place in the list that is nested too deeply to be read."""


@pytest.mark.parametrize(("chosen", "changes", "address"), CHOICES)
def test_an_address_says_what_was_chosen_and_nothing_else(
    chosen: Choice, changes: dict[str, object], address: str
) -> None:
    assert chosen.address(**changes) == address


async def test_the_board_has_what_one_needs_to_choose_what_to_do_next(
    ana: Visitor, desk: Desk
) -> None:
    # The server is shared with other stories, whose incidents are on its board, too.
    ticket = await desk.report("Wiki crashed", service="wiki of the board")
    await ticket.reaches_resolve()
    text = await on_the_board(ana, ticket, "/?service=wiki of the board&stage=resolve")
    row = text[text.index(f"row-{ticket.id}") :].partition("</li>")[0]
    assert ">P4<" in row
    assert "Wiki crashed" in row
    assert "· wiki of the board" in row
    assert "ana" in row
    assert "apps, tier 1" in row
    assert "data-until=" in row
    assert "page ana again" in row
    assert f'href="/incidents/{ticket.id}"' in row
    assert 'id="stage-resolve">Resolve' in text


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/?team=apps", True),
        ("/?priority=p2&stage=resolve", True),
        ("/?priority=P1", False),
        ("/?team=desk", False),
        ("/?category=hardware", False),
        ("/?stage=follow_up", False),
        ("/?status=closed", False),
    ],
)
async def test_a_filter_is_an_address(ana: Visitor, desk: Desk, path: str, there: bool) -> None:
    service = f"shop {uuid.uuid4()}"
    ticket = await desk.report("The shop app shows old prices", service=service, users_affected=90)
    await ticket.reaches_resolve()
    await on_the_board(ana, ticket, f"/?service={service}&priority=P2&stage=resolve")
    assert (ticket.id in await ana.reads(f"{path}&service={service}")) is there


@pytest.mark.parametrize(
    "path",
    [
        "/?status=lost",
        "/?priority=P9",
        '/?team="',
        "/?after=x",
        f"/?after={DEEP}",
        "/?status=closed&after=x",
    ],
)
async def test_a_filter_that_is_none_is_told(ana: Visitor, path: str) -> None:
    assert "<h1>" in await ana.reads(path, status=422)


async def test_a_filter_by_what_nothing_has_says_what_there_is(ana: Visitor) -> None:
    page = await ana.reads("/?team=aps")
    assert "The policy has no team &#39;aps&#39;; did you mean apps?" in page


async def test_what_no_worker_has_picked_up_is_on_the_board(ana: Visitor, desk: Desk) -> None:
    service = f"unpolled {uuid.uuid4()}"
    result = await report_incident(
        desk.client,
        Report(title="Nobody looks", service=service),
        now=datetime.now(UTC),
        policy=desk.policy.current(),
        records=desk.records.incidents,
        task_queue=f"nobody polls {service}",
    )
    text = await on_the_board(ana, desk.ticket(result.incident_id), f"/?service={service}")
    assert 'id="stage-report">Report' in text
    assert "1 open incident<" in text
    assert result.incident_id not in await ana.reads(f"/?service={service}&priority=P4")
    elsewhere = await ana.reads(f"/?service={service}&stage=resolve")
    assert "Report <b>1</b>" in elsewhere
    assert "0 open incidents<" in elsewhere


async def test_that_there_may_be_more_reports_is_on_the_board(ana: Visitor, desk: Desk) -> None:
    service = f"storm {uuid.uuid4()}"
    async with waiting(desk, service, MOST_NEW) as [first, *_]:
        view = incident(first, outcome=None)
        report = view.report.model_copy(update={"service": service})
        view = view.model_copy(update={"report": report})
        desk.records.projections.keep([projection_of(view, "run", 1, view.opened_at)])
        text = await ana.reads(f"/?service={service}")
        resolve = await ana.reads(f"/?service={service}&stage=resolve")
    assert f"{MOST_NEW}+ open incidents" in text
    assert "there may be more" in text
    assert ">1 open incident<" in resolve
    assert "there may be more" not in resolve


async def test_what_was_terminated_is_not(ana: Visitor, api: Api, desk: Desk) -> None:
    service = f"gone {uuid.uuid4()}"
    ticket = await desk.report(service=service)
    await ticket.reaches_resolve()
    await on_the_board(ana, ticket, f"/?service={service}&stage=resolve")
    await ticket.handle.terminate()
    assert desk.records.projections.get(ticket.id)

    async def gone() -> bool:
        # Somebody who comes later; whoever looks at it sees it for up to 15 seconds more.
        api.app.state.latest_views = LatestViews(desk.lookup)
        return ticket.id not in await ana.reads(f"/?service={service}")

    await until("it is not on the board", gone)


async def test_pages_follow_each_other_without_a_gap(ana: Visitor, desk: Desk) -> None:
    service = f"many {uuid.uuid4()}"
    views = (incident(f"INC-{number}", outcome=None) for number in range(2 * PER_PAGE + 1))
    desk.records.projections.keep(
        projection_of(
            view.model_copy(update={"report": view.report.model_copy(update={"service": service})}),
            "run",
            1,
            view.opened_at,
        )
        for view in views
    )
    page = await desk_list(desk).page(IncidentFilter(service=service), "", PER_PAGE)
    seen = [each.incident_id for each in page.incidents]
    assert page.counts == {"resolve": 2 * PER_PAGE + 1}
    while page.next:
        page = await desk_list(desk).page(IncidentFilter(service=service), "", PER_PAGE, page.next)
        seen += [each.incident_id for each in page.incidents]
    assert sorted(seen) == sorted({f"INC-{number}" for number in range(2 * PER_PAGE + 1)})
    text = await ana.reads(f"/?service={service}")
    assert f"{2 * PER_PAGE + 1} open incidents" in text
    following = re.search(r'href="([^"]*)" rel="next"', text)
    assert following
    assert "First page" in await ana.reads(html.unescape(following[1]))


async def test_while_the_record_store_is_away_it_has_the_newest(
    ana: Visitor, api: Api, desk: Desk
) -> None:
    service = f"away {uuid.uuid4()}"
    ticket = await desk.report(service=service)
    await ticket.reaches_resolve()
    nowhere = RecordStore("sqlite:////dev/null/records.db")
    api.app.state.open_list = OpenList(desk.client, nowhere, page_tokens_of(api.backend.settings))
    text = await on_the_board(ana, ticket, f"/?service={service}")
    assert "Only the newest are here" in text


def desk_list(desk: Desk) -> OpenList:
    return OpenList(desk.client, desk.records, PageTokens([b"k" * 32]))
