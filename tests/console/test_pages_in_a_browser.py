"""Debian's Chromium, as a reporter and a responder use it: what is shown, and what must not be."""

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from standfast.incidents.article import ArticleText
from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from standfast.incidents.roles import Role
from tests.console.conftest import Console, reading
from tests.console.looking import nothing_serious, too_wide
from tests.stories.desk import Ticket

pytestmark = pytest.mark.long

SCRIPT = "<script>alert(document.domain)</script>"
SVG = "<svg onload=alert(1)><a href='javascript:alert(2)'>x</a></svg>"
MARKDOWN = "[click](javascript:alert(3)) ![i](http://203.0.113.7/x.png) **bold**"
ONE_WORD = "W" * 100_000
RIGHT_TO_LEFT = "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u202eevil\u202c"
EMOJI = "\U0001f525\U0001f468\u200d\U0001f469\u200d\U0001f467" * 30

WIDTHS = (360, 1280)


async def test_report_acknowledge_resolve_confirm_and_closed(
    console: Console, chromium: Browser
) -> None:
    async with (
        reading(chromium, console, Role.REPORTER, "rita", width=360) as rita,
        reading(chromium, console, Role.RESPONDER, "ana") as ana,
    ):
        await rita.opens("/report")
        await rita.page.get_by_label("Title").fill("Wiki crashed")
        await rita.page.get_by_label("Description").fill("Error 500 since this morning")
        # The server is shared with other stories, whose incidents are on its board, too.
        await rita.page.get_by_label("Service").fill("wiki of the browser")
        await rita.page.get_by_role("button", name="Report").click()
        await rita.page.wait_for_url(re.compile("/incidents/INC-"))
        incident = rita.page.url.split("/")[-1].partition("?")[0]
        ticket = console.desk.ticket(incident)
        await ticket.reaches_resolve()

        await ana.opens("/?service=wiki of the browser")
        await ana.page.get_by_role("link", name="Wiki crashed").click()
        await ana.page.get_by_role("button", name="Acknowledge", exact=True).click()
        await expect(ana.page.get_by_role("status")).to_contain_text("it is assigned to you")

        await ana.page.get_by_label("What was done").fill("cleared the cache")
        await ana.page.get_by_label("Steps").fill("looked at the log\ncleared the cache")
        await ana.page.get_by_role("button", name="Resolve", exact=True).click()
        await expect(ana.page.get_by_role("status")).to_contain_text("Now it is verified")
        await ticket.told("confirm_sent")

        # Rita has touched nothing: her page has followed by itself.
        await rita.page.get_by_label("Yes, it is resolved").check()
        await rita.page.get_by_role("button", name="Confirm").click()
        await expect(rita.page.get_by_role("status")).to_contain_text("Thank you")

        assert (await ticket.closes()).outcome is Outcome.RESOLVED
        closed = ana.page.get_by_text("Closed: resolved", exact=True)
        await expect(closed).to_be_visible()
        assert await ana.page.locator("g.ended").get_attribute("data-box") == "close"
        assert await rita.is_as_wide_as_the_window()
        assert rita.complaints == ana.complaints == []


async def test_the_open_page_follows_what_others_do_and_keeps_what_is_typed(
    console: Console, chromium: Browser
) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        await ana.opens(f"/incidents/{ticket.id}")
        await mark(ana.page)
        await ana.page.locator("#act-comment > summary").click()
        comment = ana.page.get_by_label("Text")
        await comment.fill("half a sent")
        # The page whose fields are in use keeps its forms; the rest of it follows.
        await acknowledges_by_api(console, ticket, "ben")
        facts = ana.page.locator("#facts")
        await expect(facts).to_contain_text("by ben")
        await expect(comment).to_have_value("half a sent")
        await expect(comment).to_be_focused()
        await ana.page.keyboard.type("ence")
        await ana.page.get_by_role("button", name="Comment").click()
        await expect(ana.page.locator("#timeline")).to_contain_text("half a sentence")
        assert ana.complaints == []


async def test_the_open_page_follows_without_being_loaded_anew(
    console: Console, chromium: Browser
) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        await ana.opens(f"/incidents/{ticket.id}")
        await expect(ana.page.get_by_role("button", name="Acknowledge")).to_be_visible()
        await mark(ana.page)
        await acknowledges_by_api(console, ticket, "ben")
        await expect(ana.page.locator("#timeline")).to_contain_text("Acknowledged")
        await expect(ana.page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        assert await is_marked(ana.page)
        assert ana.complaints == []


async def test_the_board_follows_too(console: Console, chromium: Browser) -> None:
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        # The server has incidents of other stories too, for which no worker speaks any more.
        await ana.opens("/?service=shop of the browser")
        await mark(ana.page)
        ticket = await console.desk.report(
            "The shop app shows old prices", service="shop of the browser"
        )
        row = ana.page.locator(f"li[id^=row-{ticket.id}]")
        await expect(row).to_be_visible()
        await expect(row).to_contain_text("ana")
        assert await is_marked(ana.page)


async def test_a_refused_action_is_told_and_heard(console: Console, chromium: Browser) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        await ana.opens(f"/incidents/{ticket.id}")
        await ana.page.locator("#act-hold > summary").click()
        await ana.page.locator("#form-hold textarea").fill("a part is on its way")
        await ticket.act("hold", by="ben", reason="vendor")
        await ana.page.get_by_role("button", name="Put on hold").click()
        refused = ana.page.get_by_role("alert")
        await expect(refused).to_contain_text("It is on hold already, for vendor.")
        await expect(refused).to_contain_text("a part is on its way")
        await expect(refused).to_be_focused()


async def test_it_all_works_without_scripts(console: Console, chromium: Browser) -> None:
    async with reading(chromium, console, Role.RESPONDER, "ana", scripts=False, width=360) as ana:
        await ana.opens("/report")
        await ana.page.get_by_label("Title").fill("Wiki crashed")
        await ana.page.get_by_label("Service").fill("wiki")
        await ana.page.get_by_role("button", name="Report").click()
        await ana.page.wait_for_url(re.compile("/incidents/INC-"))
        ticket = console.desk.ticket(ana.page.url.split("/")[-1].partition("?")[0])
        await ticket.reaches_resolve()
        await ana.opens(f"/incidents/{ticket.id}")
        assert re.fullmatch(
            r"2 h 59 min|3 h", await ana.page.locator(".remaining").first.text_content() or ""
        )
        # On a phone the button is on the first screen, and the picture below.
        button = ana.page.get_by_role("button", name="Acknowledge", exact=True)
        await expect(button).to_be_in_viewport()
        assert await top_of(button) < await top_of(ana.page.locator("#picture"))
        await ana.page.locator("#act-escalate > summary").click()
        await ana.page.locator("#form-escalate textarea").fill("needs an administrator")
        await ana.page.locator("#form-escalate button").click()
        await ticket.reaches(Box.RESOLVE, tier=2)


async def test_by_keyboard_alone(console: Console, chromium: Browser) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(chromium, console, Role.RESPONDER, "ana") as ana:
        await ana.opens(f"/incidents/{ticket.id}")
        await ana.page.keyboard.press("Tab")
        await expect(ana.page.get_by_text("To the content")).to_be_focused()
        await ana.page.keyboard.press("Enter")
        button = ana.page.get_by_role("button", name="Acknowledge")
        for _ in range(12):
            await ana.page.keyboard.press("Tab")
            if await button.evaluate("it => it === document.activeElement"):
                break
        await ana.page.keyboard.press("Enter")
        await expect(ana.page.get_by_role("status")).to_contain_text("assigned to you")


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("script", {"title": SCRIPT, "description": SCRIPT + SVG, "error_message": SCRIPT}),
    ("svg", {"title": SVG, "labels": {SVG[:100]: SCRIPT}, "impact_statement": SVG}),
    ("markdown", {"title": MARKDOWN, "description": MARKDOWN * 20}),
    ("one word", {"title": ONE_WORD[:300], "description": ONE_WORD[:20_000]}),
    ("right to left", {"title": RIGHT_TO_LEFT * 5, "description": RIGHT_TO_LEFT * 50}),
    ("emoji", {"title": EMOJI[:300], "description": EMOJI, "labels": {EMOJI[:100]: EMOJI[:500]}}),
]


async def test_no_text_of_a_ticket_breaks_a_page(console: Console, chromium: Browser) -> None:
    tickets = []
    for _, fields in HOSTILE:
        who = {"reporter": str(fields["title"])[:200], "service": "hostile"}
        ticket = await console.desk.report(**{**who, **fields})
        await ticket.reaches_resolve()
        await ticket.act("comment", by=str(fields["title"])[:200], text=ONE_WORD[:9_000] + SCRIPT)
        await ticket.act("resolve", by="ana", summary=SVG + SCRIPT, steps=[ONE_WORD[:1_000]])
        tickets.append(ticket)
    for width in WIDTHS:
        async with reading(chromium, console, Role.OPERATOR, SCRIPT[:60], width=width) as reader:
            for path in (
                "/?status=all&service=hostile",
                "/search?q=service:hostile",
                *(f"/incidents/{ticket.id}" for ticket in tickets),
            ):
                await reader.opens(path)
                await reader.page.wait_for_timeout(50)
                assert await too_wide(reader.page) == [], (width, path)
                assert reader.complaints == [], (width, path)
                assert await reader.page.locator("main script, main [onload]").count() == 0


@pytest.mark.parametrize("text", [ONE_WORD, SCRIPT * 200, "x" * 4_000, RIGHT_TO_LEFT * 300])
async def test_no_text_in_a_form_breaks_the_page_that_gives_it_back(
    console: Console, chromium: Browser, text: str
) -> None:
    for width in WIDTHS:
        async with reading(chromium, console, Role.REPORTER, "rita", width=width) as rita:
            await rita.opens("/report")
            await rita.page.get_by_label("Title").fill(text)
            await rita.page.get_by_label("Description").fill(text)
            await rita.page.get_by_role("button", name="Report").click()
            await expect(rita.page.get_by_role("alert")).to_contain_text("at most 300 are allowed")
            await expect(rita.page.get_by_label("Description")).to_have_value(text)
            assert await rita.is_as_wide_as_the_window()
            assert rita.complaints == []


async def test_known_fixes_come_while_one_types(console: Console, chromium: Browser) -> None:
    articles = console.desk.records.articles
    text = ArticleText(title="Zeppelin lost its mooring", symptom="Zeppelin drifts", fix="Rope")
    article = articles.write(text.model_copy(update={"for_reporters": True}), "ana")
    articles.publish(article, 1, "ana")
    async with reading(chromium, console, Role.REPORTER, "rita") as rita:
        await rita.opens("/report")
        look = rita.page.get_by_role("button", name="Look for known fixes first")
        await expect(look).to_be_hidden()
        await rita.page.get_by_label("Title").press_sequentially("zeppelin drifts away")
        await expect(rita.page.get_by_role("status").get_by_text("1 known fix")).to_be_visible()
        await rita.page.get_by_text("Zeppelin lost its mooring").click()
        await nothing_serious(rita.page)
        await rita.page.get_by_role("button", name="This helped").click()
        await expect(rita.page.get_by_text("nothing was reported")).to_be_visible()
        assert rita.complaints == []


async def top_of(part: Locator) -> float:
    box = await part.bounding_box()
    assert box, part
    return box["y"]


async def acknowledges_by_api(console: Console, ticket: Ticket, name: str) -> None:
    """Somebody else, who has no browser."""
    async with httpx.AsyncClient(base_url=console.address) as http:
        answer = await http.post(
            f"/api/incidents/{ticket.id}/acknowledge",
            json={},
            headers=console.api.headers(Role.RESPONDER, name),
        )
    assert answer.status_code == 200, answer.text


async def mark(page: Page) -> None:
    """So that a page which was loaded anew can be told from this one."""
    await page.evaluate("window.sameAsBefore = true")


async def is_marked(page: Page) -> bool:
    return bool(await page.evaluate("window.sameAsBefore === true"))
