"""The databases that the record store is tried on."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
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


class PreparedSchemas:
    """Schemas with every table and no row: who needs one gets it, and hands it on emptied.

    Emptying one takes a hundredth of the time of the migrations.
    """

    def __init__(self) -> None:
        self._free: list[str] = []
        self._made = ExitStack()

    @contextmanager
    def one(self) -> Iterator[str]:
        """Its URL."""
        url = self._free.pop() if self._free else self._new()
        yield url
        _delete_all_rows(url)
        self._free.append(url)

    def _new(self) -> str:
        url = self._made.enter_context(empty_schema())
        store = RecordStore(url)
        store.prepare()
        store.close()
        return url

    def close(self) -> None:
        """Drop them all."""
        self._made.close()


def _delete_all_rows(url: str) -> None:
    """Leave a schema as the migrations left it."""
    with psycopg.connect(url) as connection:
        connection.execute("SET lock_timeout = '10s'")
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall()
        for (name,) in names:
            if name not in ("standfast_migrations", "standfast_schema"):
                connection.execute(SQL("DELETE FROM {}").format(Identifier(name)))
        connection.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
            " FROM pg_sequences WHERE schemaname = current_schema()"
        )


@pytest.fixture(scope="session")
def prepared_schemas() -> Iterator[PreparedSchemas]:
    """Of this process."""
    schemas = PreparedSchemas()
    yield schemas
    schemas.close()


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
    with _of_kind(request, tmp_path_factory.mktemp("shared")) as url:
        store = RecordStore(url)
        yield store
        store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of each kind, with every table and no row."""
    with _of_kind(request, tmp_path / "data") as url:
        yield url


def _of_kind(request: pytest.FixtureRequest, place: Path) -> AbstractContextManager[str]:
    if request.param == "sqlite":
        return nullcontext(empty_records(place / "records.db"))
    schemas: PreparedSchemas = request.getfixturevalue("prepared_schemas")
    return schemas.one()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind: who uses it first makes the tables."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path}/data/records.db"


@pytest.fixture
def store(url: str) -> Iterator[RecordStore]:
    store = RecordStore(url)
    yield store
    store.close()
