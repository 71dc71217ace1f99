"""A record store with the keys of incidents, and what to encrypt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.records.store import RecordStore
from tests.empty_records import empty_records

INCIDENT, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(empty_records(tmp_path / "records.db"))
    yield store
    store.close()
