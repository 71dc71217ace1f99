"""A console without Temporal behind it, and somebody's browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sign_in.house import Browser, House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A console, on this machine alone."""
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    """A browser that was never there."""
    async with house.browser() as browser:
        yield browser
