"""Where a runbook is run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runbooks.remediation.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.records.close()
    left = list(place.workplaces.iterdir()) if place.workplaces.exists() else []
    assert left == [], "every run's own directory is gone"
