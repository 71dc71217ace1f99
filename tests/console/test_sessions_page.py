"""The page of sessions: one's own and their end; administrators see and end everybody's."""

import re
from datetime import UTC, datetime, timedelta

from standfast.incidents.roles import Role
from tests.console.house import Browser, House


async def test_everybody_ends_their_own_and_nobody_elses(house: House, browser: Browser) -> None:
    await browser.sign_in(house.token().secret)
    async with house.browser() as phone, house.browser() as mallory:
        await phone.sign_in(house.token().secret)
        await mallory.sign_in(house.token(name="mallory").secret)
        page = await mallory.get("/sessions")
        assert ("ana" in page.text, "this browser" in page.text) == (False, True)
        for whose in ({"id": _of("ana", house)[0]}, {"name": "ana"}):
            refused = await mallory.send(page, "/sessions/end", **whose)
            assert refused.status_code in (403, 404)

        page = await browser.get("/sessions")
        assert page.text.count("<tr id=") == 2
        [other] = [
            each
            for each in _of("ana", house)
            if not re.search(rf'id="{each}".*?this browser.*?</tr>', _row(page.text, each), re.S)
        ]
        assert (await browser.send(page, "/sessions/end", id=other)).status_code == 303
        assert (await phone.get("/inside")).status_code == 303
        assert (await browser.get("/inside")).status_code == 200
        assert (await mallory.get("/inside")).status_code == 200


async def test_an_administrator_ends_all_of_a_person(house: House, browser: Browser) -> None:
    await browser.sign_in(house.token(Role.ADMINISTRATOR, "root").secret)
    async with house.browser() as ana, house.browser() as phone:
        for each in (ana, phone):
            await each.sign_in(house.token().secret)
        page = await browser.get("/sessions")
        assert "End all sessions of" in page.text
        assert (await browser.send(page, "/sessions/end", name="ana")).status_code == 303
        for each in (ana, phone):
            assert (await each.get("/inside")).status_code == 303
    assert (await browser.get("/inside")).status_code == 200


def _of(name: str, house: House) -> list[str]:
    found = house.records.sessions.valid(datetime.now(UTC), timedelta(hours=1))
    return [each.id for each in found if each.name == name]


def _row(text: str, identity: str) -> str:
    return text[text.index(f'<tr id="{identity}"') :].partition("</tr>")[0] + "</tr>"
