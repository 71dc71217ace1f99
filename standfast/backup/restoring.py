"""Restores a backup into an empty place: all of it, or nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from standfast.backup.archive import unpack
from standfast.backup.errors import NotRestored
from standfast.backup.manifest import DATA, POLICY, POLICY_FOLDER, RECORDS, Manifest
from standfast.hosting import data_directory
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings, variable
from standfast.records.audit import AuditEvent

_SPARE = 50_000_000
"""Bytes that must be left on the disk."""


class Restored(NamedTuple):
    """What was restored. policy: the folder with the policy, if there was one."""

    data_dir: Path
    manifest: Manifest
    policy: Path | None
    sessions_ended: int


def restore_backup(settings: Settings, file: Path, event: AuditEvent) -> Restored:
    """Put everything of a backup into the data directory, which must be empty or missing.

    event: is put on record in the restored records. Sessions of the console are ended there: some
    may have been ended since by whoever they belong to.

    Raises:
        NotRestored: why, and the data directory is as it was.
        RecordsUnavailable, UpgradeFailed: the same; the records cannot be used.
        OSError: the backup cannot be read, or its content cannot be written.
    """
    file = file.absolute()
    if not file.is_file():
        raise NotRestored(f"there is no file {file}")
    with _emptied_if_it_fails(settings.data_dir) as staging:

        def check(manifest: Manifest) -> None:
            _refuse_what_does_not_fit(manifest, settings)
            _refuse_without_space(manifest, settings.data_dir)

        manifest = unpack(file, staging, check)
        ended = _on_record(settings, staging / DATA / RECORDS, event)
        policy = _put_in_place(staging, settings.data_dir)
    return Restored(settings.data_dir, manifest, policy, ended)


def _refuse_what_does_not_fit(manifest: Manifest, settings: Settings) -> None:
    """Raises NotRestored for a newer version's, and where the records would be elsewhere."""
    from standfast.records.migrations import running

    ours = version("standfast")
    migrations = running.known()
    if _numbers(manifest.version) > _numbers(ours) or (
        manifest.migration and manifest.migration not in migrations
    ):
        raise NotRestored(
            f"Standfast {manifest.version} made this backup, with records at migration "
            f"{manifest.migration or 'none'}; this is {ours}, which knows up to {migrations[0]}: "
            "install that version, and restore it there"
        )
    where = variable("database_url")
    if manifest.has_records:
        if settings.database_url:
            raise NotRestored(
                f"the records are in this backup, and belong into the data directory: unset {where}"
            )
    elif not settings.records_elsewhere:
        raise NotRestored(
            f"the records of this backup are in PostgreSQL: restore them there, and set {where}"
        )


def _refuse_without_space(manifest: Manifest, place: Path) -> None:
    free = shutil.disk_usage(place).free
    if manifest.size + _SPARE > free:
        raise NotRestored(
            f"{place} has {free / 1e9:.1f} GB free, and the backup needs {manifest.size / 1e9:.1f} "
            "GB: free some, or set STANDFAST_DATA_DIR to another place"
        )


def _on_record(settings: Settings, restored: Path, event: AuditEvent) -> int:
    """Put it on record, which upgrades records of an older version; how many sessions ended."""
    in_it = restored.exists()
    if in_it:
        settings = settings.model_copy(update={"database_url": f"sqlite:///{restored}"})
    with closing(open_records(settings)) as records:
        if not in_it and not records.migration():
            raise NotRestored(
                "the records of this backup are in PostgreSQL, and there are none yet at "
                f"{variable('database_url')}: restore them first, with pg_restore"
            )
        ended = records.sessions.end_all(datetime.now(UTC))
        records.audit.record(event)
    return ended


def _put_in_place(staging: Path, directory: Path) -> Path | None:
    """Move what was unpacked to where it belongs; within one disk, so nothing is copied."""
    for each in sorted((staging / DATA).iterdir()):
        each.rename(directory / each.name)
    if not (staging / POLICY).exists():
        return None
    return (staging / POLICY).rename(directory / POLICY_FOLDER)


@contextmanager
def _emptied_if_it_fails(directory: Path) -> Iterator[Path]:
    """A directory to unpack in, inside the data directory; nothing is left of it in the end.

    While it is there, and so also after a `kill -9`, nothing starts on the data directory.
    """
    made = not directory.exists()
    _refuse_unless_empty(directory)
    data_directory.create(directory)
    staging = directory / data_directory.RESTORING
    try:
        staging.mkdir(mode=0o700)
    except FileExistsError:
        raise NotRestored(data_directory.unfinished_restore(directory)) from None
    if _names(directory) != [staging.name]:  # of a process that has just started here
        staging.rmdir()
        _refuse_unless_empty(directory)
    try:
        yield staging
        shutil.rmtree(staging)
        _to_disk(directory)
    except BaseException:
        _empty(directory)
        if made:
            directory.rmdir()
        raise


def _empty(directory: Path) -> None:
    for name in _names(directory):
        if (directory / name).is_dir():
            shutil.rmtree(directory / name)
        else:
            (directory / name).unlink()


def _refuse_unless_empty(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise NotRestored(f"{directory} is a file: set STANDFAST_DATA_DIR to an empty directory")
    found = _names(directory)
    if data_directory.RESTORING in found:
        raise NotRestored(data_directory.unfinished_restore(directory))
    if found:
        raise NotRestored(
            f"{directory} is not empty (it holds {found[0]}): set STANDFAST_DATA_DIR to an empty "
            "or new directory, or move away what is there"
        )


def _names(directory: Path) -> list[str]:
    """What is in it, without what an empty file system has."""
    return sorted(name for name in os.listdir(directory) if name != "lost+found")


def _to_disk(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbers(written: str) -> tuple[int, ...]:
    """A version to compare: of 1.10.2 the numbers (1, 10, 2)."""
    return tuple(int(part) for part in written.split("+")[0].split(".") if part.isdigit())
