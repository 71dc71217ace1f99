"""The databases that the record store is tried on."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from standfast.records.store import RecordStore
from tests.empty_records import empty_records

POSTGRESQL = "STANDFAST_TEST_POSTGRESQL"


@contextmanager
def empty_schema() -> Iterator[str]:
    """The URL of an empty schema in the PostgreSQL database that the environment names."""
    url = os.environ.get(POSTGRESQL)
    if not url:
        words = f"{POSTGRESQL} names no database, such as postgresql://user:word@127.0.0.1/name"
        if os.environ.get("STANDFAST_TEST_STRICT") == "1":
            pytest.fail(words)
        pytest.skip(words)
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))


@pytest.fixture
def postgresql() -> Iterator[str]:
    """As `empty_schema`."""
    with empty_schema() as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordStore]:
    """One for all tests of a file that only read, in a database of each kind."""
    made: AbstractContextManager[str] = empty_schema()
    if request.param == "sqlite":
        made = nullcontext(f"sqlite:///{tmp_path_factory.mktemp('shared')}/records.db")
    with made as url:
        store = RecordStore(url)
        yield store
        store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path}/data/records.db"


@pytest.fixture
def store_as_it_was(url: str) -> Iterator[RecordStore]:
    """A store that makes or upgrades what is there by its first use, not before."""
    store = RecordStore(url)
    yield store
    store.close()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[RecordStore]:
    if url.startswith("sqlite:"):
        empty_records(tmp_path / "data" / "records.db")
    store = RecordStore(url)
    yield store
    store.close()
