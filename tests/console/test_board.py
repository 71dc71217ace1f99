"""The board: what it shows, and the address of a narrowed one."""

import uuid

import pytest

from standfast.console.board import Choice
from tests.console.conftest import Visitor, on_the_board
from tests.stories.desk import Desk

CHOICES = [
    (Choice(), {}, "/"),
    (Choice(), {"priority": "P1"}, "/?priority=P1"),
    (Choice(priority="P1"), {"team": "apps"}, "/?priority=P1&team=apps"),
    (Choice(priority="P1", team="apps"), {"priority": ""}, "/?team=apps"),
    (Choice(team="a&b=c"), {}, "/?team=a%26b%3Dc"),
    (Choice(page=3), {"team": "apps"}, "/?team=apps"),
    (Choice(team="apps"), {"page": 2}, "/?team=apps&page=2"),
    (Choice(status="all"), {"status": "open"}, "/"),
]


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
        ("/?page=9", False),
    ],
)
async def test_a_filter_is_an_address(ana: Visitor, desk: Desk, path: str, there: bool) -> None:
    service = f"shop {uuid.uuid4()}"
    ticket = await desk.report("The shop app shows old prices", service=service, users_affected=90)
    await ticket.reaches_resolve()
    await on_the_board(ana, ticket, f"/?service={service}&priority=P2&stage=resolve")
    assert (ticket.id in await ana.reads(f"{path}&service={service}")) is there


@pytest.mark.parametrize("path", ["/?status=lost", "/?priority=P9", '/?team="', "/?page=0"])
async def test_a_filter_that_is_none_is_told(ana: Visitor, path: str) -> None:
    assert "<h1>" in await ana.reads(path, status=422)
