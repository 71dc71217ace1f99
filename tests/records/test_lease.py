"""Leases, by clocks that jump."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select

from standfast.records.lease import is_free, is_held
from standfast.records.tables import Moment
from tests.records.samples import CLOSED as AT

LEASE = timedelta(seconds=20)
LEASES = [
    (None, False),
    (timedelta(hours=-1), False),
    (timedelta(0), False),
    (timedelta(microseconds=1), True),
    (LEASE, True),
    (LEASE + timedelta(microseconds=1), False),
    (timedelta(hours=1), False),
]


@pytest.fixture
def leases() -> Iterator[Table]:
    """A table of them."""
    table = Table("leases", MetaData(), Column("until", Moment))
    engine = create_engine("sqlite://")
    table.metadata.create_all(engine)
    table.metadata.info["engine"] = engine
    yield table
    engine.dispose()


@pytest.mark.parametrize(("ends", "held"), LEASES)
def test_one_that_ends_later_than_one_of_now_was_given_by_a_clock_that_was_ahead(
    leases: Table, ends: timedelta | None, held: bool
) -> None:
    until: datetime | None = None if ends is None else AT + ends
    assert is_held(until, AT, LEASE) is held
    with leases.metadata.info["engine"].begin() as connection:
        connection.execute(insert(leases).values(until=until))
        found = connection.execute(
            select(leases.c.until).where(is_free(leases.c.until, AT, LEASE))
        ).all()
    assert bool(found) is not held
