"""A provider that answers as it should, and a console that trusts it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.console.house import House, open_house
from tests.console.oidc.coming_back import settings_of
from tests.console.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
async def house(tmp_path: Path, provider: Provider) -> AsyncIterator[House]:
    async with open_house(tmp_path, **settings_of(provider)) as house:
        yield house
