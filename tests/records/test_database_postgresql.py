"""What only PostgreSQL does. Everything else of the store is tried on both databases."""

import socket

import psycopg
import pytest

from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore
from tests.records.samples import incident

ID = "INC-AAAAAAAAAA"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_any_way_to_write_its_url_goes_through_psycopg(postgresql: str, scheme: str) -> None:
    store = RecordStore(postgresql.replace("postgresql", scheme, 1))
    store.incidents.save(incident())
    assert store.incidents.get(ID) == incident()
    store.close()


def test_connections_that_the_server_dropped_are_opened_anew(postgresql: str) -> None:
    store = RecordStore(f"{postgresql}&application_name=to-be-dropped")
    store.incidents.save(incident())
    with psycopg.connect(postgresql, autocommit=True) as other:
        dropped = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'to-be-dropped'"
        ).fetchall()
    assert dropped
    assert store.incidents.get(ID) == incident()
    store.close()


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = RecordStore(f"postgresql://sam:hush@127.0.0.1:{port}/records")
    with pytest.raises(RecordsUnavailable) as refused:
        store.incidents.save(incident())
    store.close()
    words = str(refused.value)
    assert words.startswith(f"the PostgreSQL database records at 127.0.0.1:{port} cannot be used: ")
    assert "STANDFAST_DATABASE_URL" in words
    assert "hush" not in repr(refused.value)


def test_a_wrong_password_is_said_and_not_told(postgresql: str) -> None:
    url = psycopg.conninfo.conninfo_to_dict(postgresql)
    store = RecordStore(
        f"postgresql://{url['user']}:hush@{url['host']}:{url.get('port', 5432)}/{url['dbname']}"
    )
    with pytest.raises(RecordsUnavailable) as refused:
        store.incidents.get(ID)
    store.close()
    assert "password authentication failed" in str(refused.value)
    assert "hush" not in repr(refused.value)
