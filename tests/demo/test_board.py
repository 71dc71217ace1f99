"""What the people of the demo see of an incident."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from standfast.demo.board import Board
from tests.patience import PATIENCE
from tests.stories.desk import Desk
from tests.stories.paths import PATHS


@pytest.fixture
async def board(desk: Desk) -> AsyncIterator[Board]:
    """A board that is kept fresh."""
    board = Board(desk)
    looking = asyncio.create_task(board.keep_fresh())
    yield board
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_one_that_was_seen_closed_is_not_waited_for_any_longer(
    desk: Desk, board: Board
) -> None:
    """Whoever closed it by what they said looks at it after the board did."""
    ticket = await PATHS["withdrawn"](desk)
    await ticket.closes()
    board.follow(ticket.id)
    await board.until(ticket.id, "close", lambda view: view.status == "closed")
    async with asyncio.timeout(PATIENCE):
        assert (await board.seen_anew(ticket.id)).status == "closed"
