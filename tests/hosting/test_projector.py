"""The projector writes the latest of each incident, whatever the record store does meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from standfast.hosting.projector import Projector
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Projection
from tests.patience import PATIENCE
from tests.records.samples import incident

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)


class FakeProjections:
    """Keeps what it is given, unless it is away or broken."""

    def __init__(self) -> None:
        self.batches: list[list[Projection]] = []
        self.trouble: Exception | None = None
        self.tried = threading.Event()
        self.kept = threading.Event()

    def keep(self, batch: Iterable[Projection]) -> None:
        batch = list(batch)
        self.tried.set()
        if self.trouble:
            raise self.trouble
        if batch:
            self.batches.append(batch)
            self.kept.set()

    @property
    def tasks(self) -> dict[str, int]:
        """The last task that is kept of each incident."""
        return {each.incident_id: each.task for batch in self.batches for each in batch}


@pytest.fixture
def store() -> FakeProjections:
    return FakeProjections()


@pytest.fixture
def take(store: FakeProjections) -> Callable[[Projector, str, int], None]:
    def take(projector: Projector, name: str, task: int) -> None:
        projector.update(incident(name), "run-1", task, AT + timedelta(seconds=task))

    return take


Take = Callable[[Projector, str, int], None]


def test_only_the_latest_of_each_is_written(store: FakeProjections, take: Take) -> None:
    with Projector(store) as projector:
        for task in range(3, 30):
            take(projector, "INC-A", task)
        take(projector, "INC-B", 3)
    assert store.tasks == {"INC-A": 29, "INC-B": 3}
    assert len(store.batches) <= 2


def test_it_is_written_soon_and_not_only_at_the_end(store: FakeProjections, take: Take) -> None:
    with Projector(store) as projector:
        take(projector, "INC-A", 3)
        assert store.kept.wait(PATIENCE)


def test_what_the_store_did_not_take_is_written_when_it_is_back(
    store: FakeProjections, take: Take, caplog: pytest.LogCaptureFixture
) -> None:
    store.trouble = RecordsUnavailable("the disk is full")
    with Projector(store, after_a_failure=0.01) as projector:
        take(projector, "INC-A", 3)
        take(projector, "INC-B", 3)
        assert store.tried.wait(PATIENCE)
        store.tried.clear()
        take(projector, "INC-A", 9)
        assert store.tried.wait(PATIENCE)
        store.trouble = None
        assert store.kept.wait(PATIENCE)
    assert store.tasks == {"INC-A": 9, "INC-B": 3}
    [told] = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert "the disk is full" in told


def test_what_cannot_be_written_at_all_is_told_and_holds_up_nothing(
    store: FakeProjections, take: Take, caplog: pytest.LogCaptureFixture
) -> None:
    store.trouble = ValueError("no such column")
    with Projector(store) as projector:
        take(projector, "INC-A", 3)
        assert store.tried.wait(PATIENCE)
        store.trouble = None
        take(projector, "INC-B", 3)
        assert store.kept.wait(PATIENCE)
    assert store.tasks["INC-B"] == 3
    assert "INC-A" in caplog.text
