"""Makes a backup, of an instance that runs or does not."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, NamedTuple

from standfast.backup.archive import Writer, writing
from standfast.backup.contents import of_data_directory, of_policy
from standfast.backup.databases import at_one_moment, copy, ring_keys
from standfast.backup.errors import BackupFailed
from standfast.backup.manifest import DATA, FORMAT, POLICY, RECORDS, TEMPORAL, Manifest
from standfast.hosting import data_directory
from standfast.hosting.encryption import key_ring
from standfast.hosting.errors import HostingError
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings
from standfast.policy_file.errors import PolicyError
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.audit import AuditEvent
from standfast.records.tables import LATEST_MIGRATION


class Backup(NamedTuple):
    """A backup that was made.

    notes: what is not in it though one might think so, a line each.
    """

    file: Path
    manifest: Manifest
    notes: tuple[str, ...]


def make_backup(settings: Settings, file: Path, event: AuditEvent) -> Backup:
    """Write all that the instance of these settings needs elsewhere into a new file.

    event: is put on record before, and so is in the backup too.

    Raises:
        BackupFailed: why, and nothing is left of it.
        RecordsUnavailable: the record store cannot be used.
        OSError: a file cannot be read or written.
    """
    file, data = file.absolute(), settings.data_dir
    records = records_file(settings)
    if records and not records.exists():
        raise BackupFailed(
            f"no instance has run here, there is no {records}: name its place in STANDFAST_DATA_DIR"
        )
    if (data / data_directory.RESTORING).exists():
        raise BackupFailed(data_directory.unfinished_restore(data))
    if file.resolve().is_relative_to(data.resolve()):
        raise BackupFailed(f"{file} is in the data directory itself: write it to another disk")
    with _new(file) as (archive, scratch), writing(archive) as writer:
        migration = _on_record(settings, event)
        taken_at, needed = _with_databases(settings, writer, scratch)
        notes = [
            *_of_old_records(migration),
            *_with_files(settings.data_dir, writer),
            *_of_missing_keys(settings, needed),
            *_with_policy(settings.policy, writer),
        ]
        manifest = Manifest(
            format=FORMAT,
            version=version("standfast"),
            migration=migration,
            taken_at=taken_at,
            host=socket.gethostname(),
            data_dir=str(data),
            policy_file="" if settings.policy == SHIPPED_POLICY else str(settings.policy),
            members=tuple(writer.members),
        )
        writer.finish(manifest)
    return Backup(file, manifest, tuple(notes))


def records_file(settings: Settings) -> Path | None:
    """The records' SQLite file; None where they are in PostgreSQL."""
    if settings.records_elsewhere:
        return None
    from sqlalchemy import make_url

    return Path(make_url(settings.records_url).database or "").absolute()


def _on_record(settings: Settings, event: AuditEvent) -> str:
    """Put it on record, and return the migration at which the records are.

    Not where that would upgrade the records: a backup comes before an upgrade.
    """
    with closing(open_records(settings)) as store:
        found = store.migration()
        if found == LATEST_MIGRATION:
            store.audit.record(event)
        return found


def _of_old_records(migration: str) -> Iterator[str]:
    if migration != LATEST_MIGRATION:
        was = f"at migration {migration}" if migration else "of a version without migrations"
        yield f"the records are {was} and were left so: this backup is not in their audit log"


def _with_databases(
    settings: Settings, writer: Writer, scratch: Path
) -> tuple[datetime, frozenset[str]]:
    """Add the databases as they are at one moment; that, and the keys of the ring they need."""
    names = {settings.data_dir / TEMPORAL: TEMPORAL}
    if records := records_file(settings):
        names[records] = RECORDS
    there = {file: name for file, name in names.items() if file.exists()}
    with at_one_moment([*there], hold=records if records in there else None) as pinned:
        taken_at = datetime.now(UTC)
        needed = ring_keys(pinned[records]) if records and records in pinned else frozenset()
        for database, connection in pinned.items():
            copy(connection, database, scratch)
            writer.add(f"{DATA}/{there[database]}", scratch)
            scratch.unlink()
    return taken_at, needed


def _of_missing_keys(settings: Settings, needed: frozenset[str]) -> Iterator[str]:
    """Of keys that the records need and the ring, which was copied after them, does not have.

    So it is when the ring is changed while a backup is made.
    """
    try:
        missing = needed - set(key_ring(settings, make=False).ids)
    except HostingError as broken:
        yield f"what Temporal stores may not be readable where this is restored: {broken}"
        return
    if missing:
        yield (
            f"encryption key {', '.join(sorted(missing))} is not in it and not set, and incidents "
            "need it: keep it beside this file, or put it back and make another backup"
        )


def _with_files(data: Path, writer: Writer) -> list[str]:
    """Add the other files. What an incident refers to was there before it, and is there now."""
    if not data.is_dir():
        return []
    found = of_data_directory(data)
    for name, path in found.files.items():
        with suppress(FileNotFoundError):  # it was erased meanwhile
            writer.add(f"{DATA}/{name}", path)
    return [
        f"{str(path)!a} is not in it: it is a link, or has a name that is no text"
        for path in found.not_taken
    ]


def _with_policy(policy: Path, writer: Writer) -> list[str]:
    try:
        for name, path in of_policy(policy).files.items():
            writer.add(f"{POLICY}/{name}", path)
    except (PolicyError, OSError) as broken:
        first = str(broken).splitlines()[0]
        return [f"the policy is not in it, because it cannot be read: {first}"]
    return []


@contextmanager
def _new(file: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Something to write to that becomes the file, whole, when all went well; and a scratch file.

    The lock on it ends with this process, so what a killed one left behind is used again.
    """
    _refuse_another(file)
    part, scratch = file.with_name(f"{file.name}.part"), file.with_name(f"{file.name}.part.db")
    with _locked(part) as written:
        _refuse_another(file)
        try:
            for left in (scratch, *_beside(scratch)):
                left.unlink(missing_ok=True)
            written.truncate(0)
            yield written, scratch
            written.flush()
            os.fsync(written.fileno())
            part.rename(file)
        except BaseException:
            for left in (part, scratch, *_beside(scratch)):
                left.unlink(missing_ok=True)
            raise
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _beside(database: Path) -> tuple[Path, ...]:
    """What SQLite may leave beside a database."""
    return tuple(Path(f"{database}{end}") for end in ("-wal", "-shm", "-journal"))


@contextmanager
def _locked(part: Path) -> Iterator[IO[bytes]]:
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(f"another backup is being written to {part}") from None
        if not part.exists() or part.stat().st_ino != os.fstat(descriptor).st_ino:
            raise BackupFailed(f"another backup has just been written to {part}")
        os.fchmod(descriptor, 0o600)
        yield opened


def _refuse_another(file: Path) -> None:
    if file.exists():
        raise BackupFailed(f"{file} exists, and is not overwritten: name a new file")
    if not file.parent.is_dir():
        raise BackupFailed(f"there is no directory {file.parent}: make it, or name another file")
