"""The link in Chromium, by a reporter who never signed in: with scripts, and without them."""

import pytest
from playwright.async_api import Browser, expect

from standfast.incidents.flowchart import Box
from standfast.incidents.resolution import Verdict
from tests.api.conftest import Api
from tests.console.confirm.asking import PUBLIC, asked, heard, resolved
from tests.console.conftest import served
from tests.http_sink import HttpSink
from tests.stories.desk import Desk


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_one_click_and_it_is_on_record(
    desk: Desk, api: Api, sink: HttpSink, chromium: Browser, scripts: bool
) -> None:
    ticket = await resolved(desk)
    [(fixed, not_fixed)] = asked(sink)
    context = await chromium.new_context(java_script_enabled=scripts)
    try:
        async with served(api) as console:
            page = await context.new_page()
            await page.goto(fixed.replace(PUBLIC, console.address))
            await expect(page.get_by_role("button")).to_have_text(["Fixed", "Not fixed"])
            await page.goto(not_fixed.replace(PUBLIC, console.address))
            await expect(page.get_by_role("button")).to_have_text(["Not fixed", "Fixed"])
            assert (await ticket.view()).stage is Box.ISSUE_RESOLVED
            await page.get_by_role("button", name="Fixed", exact=True).click()
            await expect(page.get_by_role("status")).to_contain_text("We have recorded")
            await ticket.closes()
            await page.reload()
            await expect(page.get_by_role("status")).to_contain_text("you said that it is fixed")
    finally:
        await context.close()
    assert await heard(ticket) == [Verdict.RESOLVED]
