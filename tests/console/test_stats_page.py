"""The page *Numbers*: what it shows, to whom, and what it answers to what cannot be read."""

from codecs import BOM_UTF8
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from standfast.incidents.assessment import Priority
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from tests.console.house import open_house
from tests.records.samples import entry, incident


def closed(number: int, **changed: Any) -> IncidentView:
    """An incident that closed an hour ago: opened, acknowledged after 10 minutes."""
    opened = datetime.now(UTC) - timedelta(hours=2)
    acknowledged = entry(2, "acknowledged").model_copy(
        update={"at": opened + timedelta(minutes=10)}
    )
    fields: dict[str, Any] = {
        "team": "network",
        "opened_at": opened,
        "closed_at": opened + timedelta(hours=1),
        "timeline": (entry(1, "reported"), acknowledged),
    }
    return incident(f"INC-{number:A>10}", **(fields | changed))


async def test_numbers_as_charts_and_tables(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        house.records.incidents.close(closed(1), None)
        house.records.incidents.close(closed(2, team="<b>desk</b>"), None)
        await browser.sign_in(house.token().secret)
        page = await browser.get("/stats?by=team&since=1d")
        assert page.status_code == 200
        assert "2 incidents closed" in page.text
        assert page.text.count('<svg class="chart"') == 3
        assert "10 min / 10 min" in page.text
        assert "<b>desk</b>" not in page.text
        assert "Until somebody acknowledged it for the first time." in page.text
        table = await browser.get("/stats.csv?by=team&since=1d")
        assert table.headers["content-type"].startswith("text/csv")
        assert table.content.decode("utf-8-sig").startswith("team,incidents,")
        assert table.content.startswith(BOM_UTF8)  # else Excel reads `Müller` as `MÃ¼ller`
        people = await browser.get("/stats.csv?people=1&since=1d")
        assert people.text.splitlines()[1].startswith("ana,2,")


async def test_more_groups_than_a_chart_has_room_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        for number in range(21):
            house.records.incidents.close(closed(number, team=f"team {number}"), None)
        await browser.sign_in(house.token().secret)
        page = (await browser.get("/stats?by=team&since=1d")).text
        assert page.count("The chart has the first 20 of 21, the table has all.") == 2
        assert page.count(">team 20</th>") == 2


async def test_priorities_stand_in_their_order(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        for number, priority in enumerate((Priority.P3, Priority.P3, Priority.P1)):
            house.records.incidents.close(closed(number, priority=priority), None)
        await browser.sign_in(house.token().secret)
        page = (await browser.get("/stats?by=priority&since=1d")).text
        assert page.index(">P1</th>") < page.index(">P3</th>")


async def test_what_is_not_measured_is_not_said_to_have_not_closed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        house.records.incidents.save(closed(1))
        await browser.sign_in(house.token().secret)
        page = (await browser.get("/stats?since=1d")).text
        assert "None of the incidents that closed in this time is measured." in page


async def test_a_team_that_the_policy_does_not_have_any_more(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        house.records.incidents.close(closed(1, team="old network"), None)
        house.records.incidents.close(closed(2), None)
        await browser.sign_in(house.token().secret)
        page = (await browser.get("/stats?since=1d&team=old+network")).text
        assert "1 incident closed" in page
        assert "<option selected>old network</option>" in page


async def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        await browser.sign_in(house.token().secret)
        for query, words in (
            ("since=soon", "&#39;soon&#39; is not a date; write 2026"),
            ("by=weather", "By: must be &#39;team&#39;, &#39;service&#39;"),
        ):
            answer = await browser.get(f"/stats?{query}")
            assert (answer.status_code, words in answer.text) == (422, True)
        nothing = await browser.get("/stats?since=1d&time=nonsense")
        assert "No incident that you may see closed in this time." in nothing.text


async def test_only_what_somebody_finds_counts(tmp_path: Path) -> None:
    secret = closed(1, confidential=Confidential(by="ana", people=("hana",)))
    async with open_house(tmp_path) as house:
        house.records.incidents.close(secret, None)
        for name, role, counts in (
            ("hana", Role.RESPONDER, True),
            ("omar", Role.OPERATOR, False),
            ("root", Role.ADMINISTRATOR, True),
        ):
            async with house.browser() as browser:
                await browser.sign_in(house.token(role, name).secret)
                page = await browser.get("/stats?since=1d")
                assert ("1 incident closed" in page.text) is counts, name
