"""What the installed console does by itself is said of the pages that there are."""

import re

from standfast.console.rendering import HERE, STATIC


def test_each_page_of_the_menu_says_so_when_the_server_cannot_be_reached() -> None:
    script = (STATIC / "service_worker.js").read_text()
    (listed,) = re.findall(r"const PAGES = new Set\(\[(.*?)\]\);", script, re.S)
    pages = set(re.findall('"([^"]*)"', listed))
    menu = re.findall(r'\("/([^"/]*)", "', (HERE / "templates" / "base.html").read_text())
    assert len(menu) >= 10
    assert set(menu) <= pages
