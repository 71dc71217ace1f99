"""`standfast audit`: what it lists, and what it says of a log that somebody has touched."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.empty_records import empty_records

Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `audit …` on a log with two entries."""
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    records = RecordStore(empty_records(tmp_path / "records.db"))
    records.audit.record(
        AuditEvent(AuditKind.SIGNED_IN, by="ana", origin="10.1.2.3"),
        AuditEvent(AuditKind.ACTED_FOR, by="olga", behalf="george", subject="resolve INC-1"),
    )
    records.close()

    def run(*arguments: str) -> Ended:
        code = run_command(("audit", *arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def changed(tmp_path: Path, statement: str) -> None:
    with sqlite3.connect(tmp_path / "records.db") as database:
        database.execute(statement)


def test_the_list_reads_like_sentences(run: Run) -> None:
    newest, oldest = run("list").out.splitlines()
    assert newest.endswith("acted_for olga for george: resolve INC-1")
    assert oldest.endswith("signed_in ana from 10.1.2.3")
    assert [entry["number"] for entry in run("list", "--by", "george", "--json").json] == [2]
    assert run("list", "--kind", "erased").err == "no entry of the audit log matches\n"


def test_a_log_that_was_touched_is_told(run: Run, tmp_path: Path) -> None:
    first = run("verify", "--json").json
    assert (first["ok"], first["entries"]) == (True, 2)
    assert run("verify", "--head", first["head"]).code == 0
    changed(tmp_path, "UPDATE audit SET by = 'nobody' WHERE number = 2")
    touched = run("verify")
    assert (touched.code, touched.out) == (1, "")
    assert touched.err == (
        "the audit log is not as it was written: entry 2 is not as it was written\n"
    )
    assert run("verify", "--json").document["ok"] is False


def test_the_newest_entries_cannot_vanish_from_one_who_kept_the_digest(
    run: Run, tmp_path: Path
) -> None:
    head = run("verify", "--json").json["head"]
    changed(tmp_path, "DELETE FROM audit WHERE number = 2")
    assert run("verify").code == 0
    missed = run("verify", "--head", head)
    assert (missed.code, "is missing" in missed.err) == (1, True)


def test_an_export_is_verified_without_the_record_store(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    assert run("export", str(file)).out == f"3 entries are in {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text().splitlines()
    assert json.loads(lines[-1])["kind"] == "exported"
    assert run("verify", str(file), "--json").json["entries"] == 3
    file.write_text("\n".join([lines[0], lines[2]]))
    assert "entries are missing between 1 and 3" in run("verify", str(file)).err
    file.write_text("no entry")
    assert "line 1: this is no entry" in run("verify", str(file)).err
    assert "cannot be written" in run("export", str(file)).err
    assert run("verify", str(tmp_path / "nowhere")).code == 2
