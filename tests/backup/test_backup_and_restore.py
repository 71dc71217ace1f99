"""`standfast backup` and `restore`: what comes back, and all that is refused before anything is."""

import json
import os
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.backup import restoring
from standfast.backup.databases import at_one_moment, copy
from standfast.hosting import data_directory
from standfast.hosting.errors import HostingError
from standfast.records.audit import AuditKind
from standfast.records.sessions import SignedInBy
from standfast.records.store import RecordStore
from standfast.records.stored_key import StoredKey
from standfast.records.tables import LATEST_MIGRATION
from tests.backup.conftest import TOKEN, Run
from tests.records.migrations.earlier import load, tables


def content(directory: Path) -> dict[str, str]:
    """Every file in it but the databases, with what it holds."""
    return {
        file.relative_to(directory).as_posix(): file.read_text()
        for file in directory.rglob("*")
        if file.is_file() and file.suffix != ".db"
    }


def records_in(directory: Path) -> RecordStore:
    return RecordStore(f"sqlite:///{directory}/records.db")


def test_what_an_instance_needs_comes_back_and_nothing_else(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    with closing(records_in(instance)) as records:
        secret = records.sessions.begin(SignedInBy(name="olga"), datetime.now(UTC))
    file, place = tmp_path / "one.tar", tmp_path / "new" / "place"

    made = run("backup", file)
    assert made.code == 0
    assert made.out.startswith(f"{file}: ")
    assert "keep it as a secret" in made.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(tmp_path) if "part" in name] == []

    put_back = run("restore", file, at=place)
    assert put_back.code == 0
    assert f"is in {place}/restored-policy" in put_back.err
    assert content(place) == {
        "signing.key": "s" * 64,
        "encryption.key": "e" * 64,
        "attachments/INC-1/screen.png": "a picture",
        "restored-policy/ours.yaml": "extends: base/all.yaml\norganisation: Ours\n",
        "restored-policy/base/all.yaml": (tmp_path / "rules/base/all.yaml").read_text(),
    }
    assert {file.stat().st_mode & 0o077 for file in (place, *place.rglob("*"))} == {0}
    with closing(sqlite3.connect(place / "temporal.db")) as temporal:
        assert temporal.execute("SELECT id FROM runs").fetchall() == [("INC-1",)]
    with closing(records_in(place)) as records:
        assert [token.name for token in records.tokens.all()] == [TOKEN]
        assert [entry.kind for entry in records.audit.newest(2)] == [
            AuditKind.RESTORED,
            AuditKind.BACKED_UP,
        ]
        assert not records.audit.verify().wrong
        now, idle = datetime.now(UTC), timedelta(hours=1)
        assert records.sessions.of(secret, now, idle) is None, "everybody signs in again"


def test_what_was_restored_can_be_backed_up_and_restored_again(run: Run, tmp_path: Path) -> None:
    at = {"at": tmp_path / "first"}
    run("backup", tmp_path / "one.tar")
    run("restore", tmp_path / "one.tar", **at)
    policy = tmp_path / "first" / "restored-policy" / "ours.yaml"
    assert run("backup", tmp_path / "two.tar", **at, STANDFAST_POLICY=str(policy)).code == 0
    assert run("restore", tmp_path / "two.tar", at=tmp_path / "second").code == 0
    assert content(tmp_path / "second") == content(tmp_path / "first")


def test_both_databases_are_as_they_were_at_one_moment(instance: Path, tmp_path: Path) -> None:
    temporal, records = instance / "temporal.db", instance / "records.db"
    with at_one_moment([temporal, records], hold=records) as pinned:
        # Neither holds up who writes, and nothing of that is in the copies.
        with closing(sqlite3.connect(temporal, timeout=0)) as other:
            other.execute("INSERT INTO runs VALUES ('INC-2')")
            other.commit()
        with closing(records_in(instance)) as store:
            before = len(store.audit.newest(10))
            store.sessions.begin(SignedInBy(name="olga"), datetime.now(UTC))
        for file in pinned:
            copy(pinned[file], file, tmp_path / file.name)
    with closing(sqlite3.connect(tmp_path / "temporal.db")) as copied:
        assert copied.execute("SELECT id FROM runs").fetchall() == [("INC-1",)]
    with closing(records_in(tmp_path)) as store:
        assert len(store.audit.newest(10)) == before
        assert store.sessions.valid(datetime.now(UTC), timedelta(hours=1)) == []


def test_records_are_held_only_while_both_begin_to_be_read(instance: Path) -> None:
    temporal, records = instance / "temporal.db", instance / "records.db"
    held = []

    class Looks(list[Path]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield temporal
            with closing(sqlite3.connect(records, timeout=0)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as locked:
                    held.append(str(locked))
            yield records

    with at_one_moment(Looks(), hold=records):
        pass
    assert held == ["database is locked"]


def test_a_backup_overwrites_nothing_and_is_never_in_the_data_directory(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.tar"
    there.write_text("mine")
    assert run("backup", there).err == f"{there} exists, and is not overwritten: name a new file\n"
    assert there.read_text() == "mine"
    inside = instance / "attachments" / "one.tar"
    assert "is in the data directory itself" in run("backup", inside).err
    assert "there is no directory" in run("backup", tmp_path / "no" / "one.tar").err
    assert (
        "no instance has run here" in run("backup", tmp_path / "one.tar", at=tmp_path / "none").err
    )
    assert "server's machine only" in run("backup", there, STANDFAST_URL="http://127.0.0.1:1").err
    assert not (tmp_path / "none").exists()


def test_links_and_names_that_no_restore_takes_are_left_out_and_told(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    (instance / "secrets").symlink_to("/etc")
    (instance / "back\\slash").write_text("")
    Path(os.fsdecode(os.fsencode(instance) + b"/\xff")).write_text("")
    os.mkfifo(instance / "socket")
    said = run("backup", tmp_path / "one.tar").err
    told = [line for line in said.splitlines() if "is not in it" in line]
    assert ["secrets" in told[1], "slash" in told[0], "udcff" in told[2]] == [True] * 3
    assert run("restore", tmp_path / "one.tar", at=tmp_path / "place").code == 0


@pytest.mark.parametrize(
    ("failure", "ended"),
    [
        (OSError(28, "No space left on device"), (1, "", "No space left on device\n")),
        (KeyboardInterrupt(), (130, "", "")),
    ],
    ids=["disk full", "Ctrl-C"],
)
def test_a_backup_that_fails_leaves_nothing(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    ended: tuple[int, str, str],
) -> None:
    def fails(*_: object) -> None:
        raise failure

    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr("standfast.backup.making.os.fsync", fails)
    assert run("backup", tmp_path / "one.tar") == ended
    assert sorted(os.listdir(tmp_path)) == before


def test_of_two_at_once_one_is_refused_and_what_a_killed_one_left_is_used(
    run: Run, tmp_path: Path
) -> None:
    import fcntl

    part = tmp_path / "one.tar.part"
    (tmp_path / "one.tar.part.db").write_text("half a copy")
    with part.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "another backup is being written" in run("backup", tmp_path / "one.tar").err
    assert run("backup", tmp_path / "one.tar").code == 0
    assert not part.exists()
    assert not (tmp_path / "one.tar.part.db").exists()


def test_records_of_an_older_version_are_backed_up_as_they_are_and_restored_upgraded(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    records, place = instance / "records.db", tmp_path / "place"
    records.unlink()
    load(5, url := f"sqlite:///{records}")
    before = tables(url)
    made = run("backup", tmp_path / "one.tar")
    assert made.code == 0
    assert "of a version without migrations and were left so" in made.err
    assert tables(url) == before

    assert run("restore", tmp_path / "one.tar", at=place).code == 0
    with closing(records_in(place)) as upgraded:
        assert upgraded.migration() == LATEST_MIGRATION
        assert [entry.kind for entry in upgraded.audit.newest(2)] == [AuditKind.RESTORED]


def test_what_is_elsewhere_is_said_with_what_to_use(
    run: Run, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    said = run("backup", tmp_path / "one.tar", STANDFAST_SIGNING_KEY="k" * 64).err
    assert "back up its database by its own means, before the records" in said
    assert "STANDFAST_SIGNING_KEY: keep what you set there" in said
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    (instance / "temporal.db").unlink()
    assert "no embedded Temporal has run on" in run("backup", tmp_path / "two.tar").err


def test_a_key_of_the_ring_that_is_needed_and_not_in_it_is_said(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    """As where the ring is changed while a backup is made: the databases are copied first."""
    with closing(records_in(instance)) as records:
        records.incident_keys.current_or(StoredKey("INC-AAAAAAAAAA", "k1", "0ld0ld0l", b"sealed"))
    said = run("backup", tmp_path / "one.tar").err
    assert "encryption key 0ld0ld0l is not in it and not set, and incidents need it" in said
    with closing(records_in(instance)) as records:
        records.incident_keys.retire(["INC-AAAAAAAAAA"])
        records.incident_keys.throw_away(["INC-AAAAAAAAAA"])
    assert "is not in it and not set" not in run("backup", tmp_path / "two.tar").err


def test_only_an_empty_place_is_restored_to(run: Run, instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.tar"
    run("backup", file)
    before = content(instance)
    refused = run("restore", file)
    assert "is not empty" in refused.err
    assert content(instance) == before

    half = tmp_path / "half"
    (half / data_directory.RESTORING).mkdir(parents=True)
    assert "was killed before it was done" in run("restore", file, at=half).err
    with pytest.raises(HostingError, match="was killed before it was done"):
        data_directory.create(half)

    volume = tmp_path / "volume"
    (volume / "lost+found").mkdir(parents=True)
    assert run("restore", file, at=volume).code == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("format", 2, "a newer Standfast"),
        ("version", "99.0.0", "Standfast 99.0.0 made this backup"),
        ("migration", "9999", "with records at migration 9999"),
    ],
)
def test_a_newer_version_s_backup_is_refused(
    run: Run, tmp_path: Path, field: str, value: object, words: str
) -> None:
    run("backup", tmp_path / "one.tar")
    with tarfile.open(tmp_path / "one.tar") as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    manifest = tmp_path / "unpacked" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
    with tarfile.open(tmp_path / "two.tar", "w") as tar:
        for each in sorted((tmp_path / "unpacked").rglob("*")):
            if each.is_file():
                tar.add(each, each.relative_to(tmp_path / "unpacked").as_posix())
    refused = run("restore", tmp_path / "two.tar", at=tmp_path / "place")
    assert refused.code == 1
    assert words in refused.err
    assert not (tmp_path / "place").exists()


def test_a_restore_that_fails_leaves_the_place_as_it_was(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, there = tmp_path / "one.tar", tmp_path / "there"
    there.mkdir()
    run("backup", file)
    monkeypatch.setattr(restoring, "_SPARE", 10**18)
    assert "free some" in run("restore", file, at=there).err
    monkeypatch.undo()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring, "_put_in_place", full)
    assert run("restore", file, at=there).code == 1
    assert run("restore", file, at=tmp_path / "new").code == 1
    assert os.listdir(there) == []
    assert not (tmp_path / "new").exists()


def test_records_are_restored_only_to_where_they_are_used(run: Run, tmp_path: Path) -> None:
    file, place = tmp_path / "one.tar", tmp_path / "place"
    run("backup", file)
    refused = run("restore", file, at=place, STANDFAST_DATABASE_URL="postgresql://db/standfast")
    assert "unset STANDFAST_DATABASE_URL" in refused.err
    assert not place.exists()
