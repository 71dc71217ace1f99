"""Looks at a page as axe-core and a ruler do."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.console.conftest import Reader


async def nothing_serious(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    serious = [
        (each["id"], each["nodes"][0]["target"], each["nodes"][0].get("failureSummary"))
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], page.url


async def too_wide(page: Page) -> list[str]:
    """What makes a page wider than its window, if it is."""
    found: list[str] = await page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
        [...document.querySelectorAll('body *')]
            .filter((it) => it.getBoundingClientRect().right > window.innerWidth)
            .map((it) => `${it.tagName}.${it.className} ${it.getBoundingClientRect().right}`)"""
    )
    return found


async def unfold(reader: Reader) -> None:
    """Open whatever is folded, to see that, too."""
    await reader.page.evaluate(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
