"""The backup that docs/production.md describes where the records are in PostgreSQL."""

import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from standfast.commands.app import run as run_command
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.programs_needed import needs_program
from tests.records.samples import incident


def test_records_are_dumped_after_the_backup_and_restored_before_it(
    postgresql: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dump, restore = needs_program("pg_dump"), needs_program("pg_restore")
    monkeypatch.setenv("STANDFAST_DATABASE_URL", postgresql)
    data, place, file = tmp_path / "data", tmp_path / "place", tmp_path / "one.tar"
    data.mkdir()
    (data / "signing.key").write_text("s" * 64)
    with closing(RecordStore(postgresql)) as records:
        records.incidents.save(incident(title="Cloud printer is on fire"))

    typed = _typing(monkeypatch, capsys)
    assert "run pg_dump --format=custom now, after this command" in typed(data, "backup", file)
    dumped = tmp_path / "records.dump"
    schema = postgresql.rpartition("%3D")[2]  # the test's own part of the database
    _run(
        dump, "--format=custom", "--no-owner", f"--schema={schema}", f"--file={dumped}", postgresql
    )
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))

    assert "restore them first, with pg_restore" in typed(place, "restore", file, code=1)
    assert not place.exists()
    _run(restore, "--no-owner", "--single-transaction", f"--dbname={postgresql}", str(dumped))
    typed(place, "restore", file)
    assert (place / "signing.key").read_text() == "s" * 64
    with closing(RecordStore(postgresql)) as records:
        [found] = records.incidents.similar("printer", 2)
        assert found.title == "Cloud printer is on fire"
        kinds = [entry.kind for entry in records.audit.newest(2)]
        assert kinds == [AuditKind.RESTORED, AuditKind.BACKED_UP]
        assert not records.audit.verify().wrong


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True, timeout=60)


def _typing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    def typed(data: Path, *arguments: object, code: int = 0) -> str:
        """Type a command; what it says on standard error."""
        monkeypatch.setenv("STANDFAST_DATA_DIR", str(data))
        assert run_command(tuple(map(str, arguments))) == code
        return capsys.readouterr().err

    return typed
