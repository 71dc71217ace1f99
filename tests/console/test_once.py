"""A form that is sent twice is done once, whichever form it is and whoever sends it."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from standfast.console.rendering import HERE
from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.console.conftest import Console, Visitor, reading, visiting
from tests.stories.desk import Desk

OF_NO_SESSION = {"confirm.html", "page_link.html"}
"""Their forms ask for what is so already when it comes again."""


async def test_two_clicks_are_one_comment_and_other_words_are_another(
    api: Api, ana: Visitor, desk: Desk
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    both = await asyncio.gather(
        *(ana.sends(f"{here}/comment", here, text="restarted it", once="one") for _ in range(3))
    )
    assert [each.status_code for each in both] == [303] * 3
    assert {each.headers["location"] for each in both} == {f"{here}?did=comment"}
    await ana.sends(f"{here}/comment", here, text="restarted it again", once="one")
    await ana.sends(f"{here}/comment", here, text="restarted it", once="another page")
    async with visiting(api, Role.RESPONDER, "kofi") as kofi:  # a key is nobody else's
        await kofi.sends(f"{here}/comment", here, text="restarted it", once="one")
    said = [(entry.actor, entry.detail) for entry in await ticket.entries("comment")]
    assert said == [
        ("ana", "restarted it"),
        ("ana", "restarted it again"),
        ("ana", "restarted it"),
        ("kofi", "restarted it"),
    ]


async def test_what_was_refused_can_be_sent_again(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    too_early = await ana.sends(f"{here}/resume", here, once="one")
    assert (too_early.status_code, 'name="once" value="one"' in too_early.text) == (409, True)
    await ana.sends(f"{here}/hold", here, reason="vendor", once="two")
    assert (await ana.sends(f"{here}/resume", here, once="one")).status_code == 303


@pytest.mark.parametrize(
    "name",
    sorted(path.name for path in (HERE / "templates").glob("*.html")),
)
def test_every_form_of_a_page_has_the_fields_of_all_forms(name: str) -> None:
    text = (HERE / "templates" / name).read_text()
    begun = re.findall(r'<form [^>]*method="post"[^>]*>\s*(.{0,16})', text)
    assert name in OF_NO_SESSION or all("csrf_field" in each for each in begun)


@pytest.mark.long
async def test_a_double_click_adds_one_comment_also_without_scripts(
    console: Console, chromium: Browser
) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    for scripts in (False, True):
        text = f"double-clicked, scripts: {scripts}"
        async with reading(chromium, console, Role.RESPONDER, "ana", scripts=scripts) as ana:
            await ana.opens(f"/incidents/{ticket.id}")
            await ana.page.locator("#act-comment > summary").click()
            await ana.page.get_by_label("Text").fill(text)
            button = ana.page.locator("#form-comment button")
            await button.scroll_into_view_if_needed()
            place = await button.bounding_box()
            assert place
            async with ana.page.expect_request("**/comment"):
                await ana.page.mouse.click(place["x"] + 5, place["y"] + 5)
            await ana.page.mouse.click(place["x"] + 5, place["y"] + 5)
            await expect(ana.page.get_by_role("status")).to_contain_text("Comment: done")
        written = [entry.detail for entry in await ticket.entries("comment")]
        assert written.count(text) == 1


@pytest.mark.long
async def test_an_open_page_keeps_its_key_and_the_forms_that_have_not_changed(
    console: Console, chromium: Browser
) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        await ana.opens(f"/incidents/{ticket.id}")
        await ana.page.evaluate("document.getElementById('form-comment').marked = true")
        await ticket.act("comment", by="ben", text="On my way")
        await expect(ana.page.locator("#timeline")).to_contain_text("On my way")
        assert await ana.page.evaluate("document.getElementById('form-comment').marked === true")
        keys = "new Set([...document.querySelectorAll('input[name=once]')].map((it) => it.value))"
        assert await ana.page.evaluate(f"{keys}.size") == 1
