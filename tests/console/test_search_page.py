"""The search page: an address is a view; errors at their place; who finds what."""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.console import search_page
from standfast.console.board import Choice
from standfast.console.search_page import search_address
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.incidents.search_grammar import GRAMMAR
from standfast.incidents.search_query import parse
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.console.house import Browser, House, open_house
from tests.records.samples import incident

LAST_YEAR = datetime(2025, 3, 1, tzinfo=UTC)
ROW = re.compile(r'<li id="row-(INC-\w+)-\d+">')


def wombat(number: int) -> str:
    """The id of one: ids have no 0 and no 1."""
    return f"INC-WOMBAT{''.join('ABCDEFGHIJ'[int(digit)] for digit in f'{number:04}')}"


def fill(records: RecordStore, many: int) -> None:
    """Closed incidents of last year, the first reported by mia."""
    for number in range(many):
        view = incident(
            wombat(number),
            title=f"Wombat {number}",
            team="desk",
            opened_at=LAST_YEAR + timedelta(hours=number),
        )
        report = Report(title=view.title, service="zoo", reporter="mia" if number == 0 else "leo")
        records.incidents.save(view.model_copy(update={"report": report}))


async def finds(browser: Browser, query: str) -> list[str]:
    answer = await browser.get(search_address(query))
    assert answer.status_code == 200, answer.text
    return ROW.findall(answer.text)


async def test_pages_follow_each_other_and_each_finds_what_they_may_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_page, "PER_PAGE", 2)
    async with open_house(tmp_path) as house:
        fill(house.records, 3)
        async with house.browser() as ana:
            await ana.sign_in(house.token().secret)
            first = await ana.get(search_address("is:closed service:zoo"))
            assert "the newest first" in first.text
            assert f'href="/incidents/{wombat(2)}?episode=1"' in first.text
            following = re.search(r'href="([^"]*)" rel="next"', first.text)
            assert following
            last = await ana.get(html.unescape(following[1]))
            seen = ROW.findall(first.text) + ROW.findall(last.text)
            assert seen == [wombat(number) for number in (2, 1, 0)]
            assert "First page" in last.text
            other = await ana.get(html.unescape(following[1]).replace("zoo", "park"))
            assert other.status_code == 422
            assert "There is no such page" in other.text
            assert "the best fit first" in (await ana.get(search_address("wombat"))).text
            nothing = await ana.get(search_address("is:open quokka"))
            assert "Nothing was found. Try fewer words" in nothing.text
            assert "With fewer fields more is found." in nothing.text
        async with house.browser() as mia:
            await mia.sign_in(house.token(Role.REPORTER, "mia").secret)
            assert await finds(mia, "wombat") == await finds(mia, "") == [wombat(0)]
            by_team = (await mia.get(search_address("team:desk"))).text
            assert "What you reported is not found by team: leave that out." in by_team
            page = (await mia.get("/search")).text
            assert "You find what you reported." in page
            assert "person:ana" not in page
            assert "is:open" in page


async def test_what_is_wrong_is_marked_at_its_place(house: House, browser: Browser) -> None:
    await browser.sign_in(house.token().secret)
    for query, marked in (
        ("disk servise:zoo full", "disk <mark>servise:zoo</mark> full"),
        ('disk "no <b>', "disk <mark>&#34;no &lt;b&gt;</mark>"),
        ("since:soon", "<mark>since:soon</mark>"),
        ("is", "<mark>is</mark>"),
    ):
        answer = await browser.get(search_address(query))
        assert answer.status_code == 422
        assert marked in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert '<details class="grammar" open>' in answer.text


async def test_an_operator_removes_what_somebody_who_has_left_shares(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        async with house.browser() as ana, house.browser() as omar:
            await ana.sign_in(house.token().secret)
            await omar.sign_in(house.token(Role.OPERATOR, "omar").secret)
            page = await ana.get(search_address("service:zoo"))
            for name, team in (("Zoo", "service-desk"), ("Mine", "")):
                await ana.send(page, "/search/views", name=name, team=team)
            shown = await omar.get("/search")
            assert "by ana, shared with service-desk" in shown.text
            assert "Mine" not in shown.text
            assert "by ana, shared with" not in (await ana.get("/search")).text
            gone = await omar.send(shown, "/search/views/remove")
            assert gone.status_code == 303
            assert "Zoo" not in (await omar.get("/search")).text
            mine = await ana.get("/search")
            stolen = await ana.send(mine, "/search/views/remove", owner="ben")
            assert (stolen.status_code, "only operators" in stolen.text) == (403, True)
        [entry] = house.records.audit.newest(9, kind=AuditKind.ACTED_FOR)
        assert (entry.by, entry.behalf) == ("omar", "ana")


async def test_a_view_has_a_name_and_a_team_and_each_finds_what_they_may_see(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        fill(house.records, 2)
        async with house.browser() as ana, house.browser() as ben, house.browser() as mia:
            await ana.sign_in(house.token().secret)
            await ben.sign_in(house.token(name="ben").secret)
            await mia.sign_in(house.token(Role.REPORTER, "mia").secret)
            query = 'wombat service:"zoo"'
            page = await ana.get(search_address(query))
            assert 'value="service-desk"' in page.text
            assert 'value="data"' not in page.text, "ana is not in that team"
            for _ in range(2):  # pressed twice
                named = {"name": "The <b>zoo</b>", "team": "service-desk"}
                saved = await ana.send(page, "/search/views", **named)
                assert saved.headers["location"] == search_address(query)
            wrong = await ana.send(page, "/search/views", name="x" * 61)
            assert (wrong.status_code, "at most 60 are allowed" in wrong.text) == (422, True)
            other = await ana.send(page, "/search/views", name="Data", team="data")
            assert "ana is not in the team data" in other.text

            shown = await ben.get("/search")
            assert "The &lt;b&gt;zoo&lt;/b&gt;" in shown.text
            assert "by ana" in shown.text
            assert 'action="/search/views/remove"' not in shown.text
            assert len(await finds(ben, query)) == 2
            assert "by ana" not in (await mia.get("/search")).text
            assert await finds(mia, query) == [wombat(0)]

            mine = await ana.get("/search")
            for tab, status in (("one", 303), ("one", 303), ("another", 404)):
                gone = await ana.send(mine, "/search/views/remove", once=tab)
                assert gone.status_code == status
            assert "by ana" not in (await ben.get("/search")).text
            forged = await ana.http.post("/search/views", data={"name": "x", "query": "y"})
            assert forged.status_code == 403


def test_the_docs_have_the_grammar_of_the_page() -> None:
    doc = (Path(__file__).parents[2] / "docs/search.md").read_text(encoding="utf-8")
    section = doc.partition("## What you can type")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    shown = [
        f"| {', '.join(f'`{each}`' for each in line.examples)} | {line.finds} |" for line in GRAMMAR
    ]
    assert [row.split(" | ")[0] for row in rows] == [row.split(" | ")[0] for row in shown]
    assert [row.replace("`", "") for row in rows] == [row.replace("`", "") for row in shown]
    for line in GRAMMAR:
        for example in line.examples:
            assert parse(example, LAST_YEAR)


@pytest.mark.parametrize(
    ("choice", "query"),
    [
        (Choice(), "is:open"),
        (Choice(status="all"), ""),
        (
            Choice("closed", "P1", "service desk", "network", "vpn", "resolve"),
            'is:closed priority:P1 team:"service desk" category:network service:vpn',
        ),
    ],
)
def test_what_the_board_shows_can_be_searched(choice: Choice, query: str) -> None:
    assert choice.query == query
