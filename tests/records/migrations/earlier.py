"""Databases of earlier versions, with data that their own code wrote."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import make_url

VERSIONS = (1, 2, 3, 4, 5)
"""Every version of the tables that there was before the migrations."""

_DATABASES = Path(__file__).parent / "databases"


def load(version: int, url: str) -> None:
    """Fill an empty database as that version left it, a moment ago."""
    kind = make_url(url).get_backend_name()
    # Read as bytes: what is in the data must not be changed by the reading.
    dump = (_DATABASES / f"version_{version}.{kind}.sql").read_bytes().decode()
    execute(url, dump)
    if version >= 4:
        # Of a request it is known for a day only what was answered.
        execute(url, "UPDATE idempotency SET at = CURRENT_TIMESTAMP")


def execute(url: str, script: str) -> None:
    """What somebody else does to the database, in SQL."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(script.encode())
        return
    file = Path(make_url(url).database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)


def tables(url: str) -> str:
    """Every table, column and index, as the database itself tells them."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            told = connection.execute(
                "SELECT name, sql FROM sqlite_master ORDER BY name"
            ).fetchall()
    else:
        with psycopg.connect(url) as connection:
            told = [
                *connection.execute(
                    "SELECT table_name, column_name, data_type, is_nullable, column_default, "
                    "character_maximum_length FROM information_schema.columns "
                    "WHERE table_schema = current_schema() ORDER BY table_name, column_name"
                ),
                *connection.execute(
                    "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes "
                    "WHERE schemaname = current_schema() ORDER BY indexname"
                ),
            ]
    return "\n".join(" ".join(f"{part}".split()) for row in told for part in row)
