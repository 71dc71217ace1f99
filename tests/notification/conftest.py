"""What the tests of notification share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_sink import HttpSink
from tests.notification.office import Office
from tests.records.conftest import prepared_schemas, url

__all__ = ["prepared_schemas", "url"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.records.close()


@pytest.fixture
def phone() -> Iterator[HttpSink]:
    with HttpSink() as phone:
        yield phone
