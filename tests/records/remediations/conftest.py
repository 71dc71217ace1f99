"""Two workers on one database, and what was on record there before them."""

from collections.abc import Iterator

import pytest

from standfast.records.remediations import Remediations
from standfast.records.store import RecordStore
from tests.records.remediations.admission import Hindsight


@pytest.fixture
def one(store: RecordStore) -> Remediations:
    """The first worker."""
    return store.remediations


@pytest.fixture
def other(url: str) -> Iterator[Remediations]:
    """A second worker on the same database."""
    store = RecordStore(url)
    yield store.remediations
    store.close()


@pytest.fixture
def hindsight(url: str) -> Iterator[Hindsight]:
    hindsight = Hindsight(url)
    yield hindsight
    hindsight.database.close()
