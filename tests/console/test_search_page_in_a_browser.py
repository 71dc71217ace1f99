"""Debian's Chromium: somebody searches, names a view, and acts on several incidents, on a phone and
without scripts.
"""

import re

from playwright.async_api import Browser, Page, expect

from standfast.incidents.roles import Role
from tests.console.conftest import Console, reading
from tests.console.looking import nothing_serious, unfold
from tests.stories.desk import until

SERVICE = "aviary of the browser"


async def clean_in_the_dark(page: Page) -> None:
    await page.emulate_media(color_scheme="dark")
    await nothing_serious(page)
    await page.emulate_media(color_scheme="light")


async def test_search_name_choose_and_act_on_several(console: Console, chromium: Browser) -> None:
    desk = console.desk
    tickets = [await desk.report(f"Parrot {number}", service=SERVICE) for number in range(2)]
    for ticket in tickets:
        await ticket.reaches_resolve()
    query = f'service:"{SERVICE}" parrot'

    async def both_are_indexed() -> bool:
        headers = console.api.headers(Role.RESPONDER, "ana")
        answer = await console.api.http.get("/api/search", params={"q": query}, headers=headers)
        return len(answer.json()["incidents"]) == 2

    await until("both are found", both_are_indexed)
    async with reading(chromium, console, Role.RESPONDER, "ana", width=360) as ana:
        page = ana.page
        await ana.opens("/search")
        await page.get_by_role("searchbox").fill(f"servise:x {query}")
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator("mark")).to_have_text("servise:x")
        await clean_in_the_dark(page)
        await page.get_by_role("searchbox").fill(query)
        await page.get_by_role("button", name="Search").click()
        await expect(page.locator("li[id^=row-]")).to_have_count(2)

        await page.get_by_text("Name this view").click()
        await page.get_by_label("Name", exact=True).fill("Birds")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("link", name="Birds").first).to_have_attribute(
            "aria-current", "true"
        )
        await tickets[1].act("acknowledge", by="ben")
        await page.get_by_role("link", name="Choose all of this page").click()
        await unfold(ana)
        await nothing_serious(page)
        assert await ana.is_as_wide_as_the_window()
        await page.get_by_label("With those that you choose").select_option("acknowledge")
        await page.get_by_role("button", name="Go on").click()

        await expect(page.get_by_text("nothing has been done yet")).to_be_visible()
        assert await ana.is_as_wide_as_the_window()
        await nothing_serious(page)
        await page.get_by_role("button", name="Acknowledge: 2 incidents").click()
        heading = page.get_by_role("heading", name="Acknowledge: 1 done, 1 not")
        await expect(heading).to_be_visible()
        refused = page.locator(f"[id='became-{tickets[1].id}']")
        await expect(refused).to_contain_text("ben has acknowledged it already")
        assert await ana.is_as_wide_as_the_window()
        await clean_in_the_dark(page)
        await page.reload()  # sends the form again
        await expect(heading).to_be_visible()
        [once] = await tickets[0].entries("acknowledged")
        assert once.actor == "ana"
        assert ana.complaints == []
    async with reading(chromium, console, Role.RESPONDER, "ana", scripts=False) as ana:
        page = ana.page
        await ana.opens("/search")
        await page.get_by_role("link", name="Birds").first.click()
        await page.get_by_label(f"Choose {tickets[0].id}").check()
        await page.get_by_label("With those that you choose").select_option("comment")
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_label("Text").fill(" ")
        await page.get_by_role("button", name=re.compile("1 incident")).click()
        await expect(page.get_by_text("is missing")).to_be_visible()
        await page.get_by_label("Text").fill("They eat the cables")
        await page.get_by_role("button", name=re.compile("1 incident")).click()
        await expect(page.get_by_role("heading", name="Comment: 1 done")).to_be_visible()
    assert len(await tickets[0].told("comment")) == 1
