"""The encryption that the settings name, and the file of its key."""

import asyncio
import errno
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from standfast.encryption.incident_keys import IncidentKeys
from standfast.encryption.key_ring import KeyRing, parse_keys
from standfast.encryption.local_copies import LocalCopies
from standfast.encryption.payload_codec import PayloadEncryption
from standfast.hosting import key_file
from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.records import open_records
from standfast.hosting.settings import Encryption, Settings, variable

if TYPE_CHECKING:
    from standfast.records.incident_keys import IncidentKeys as StoredKeys
    from standfast.records.store import RecordStore

Answer = TypeVar("Answer")

Records = Callable[[], "RecordStore"]
"""The record store of this process, which may be opened only when it is asked for."""

KEY_FILE = "encryption.key"
_COPIES = "incident-keys"


def payload_encryption(
    settings: Settings, *, configured: bool, records: "Records | None" = None
) -> PayloadEncryption:
    """How this process reads and writes payloads.

    configured: whether the Temporal server is another than the embedded one.
    records: the process's record store; without it, one is opened for each question.

    Raises:
        BadSetting: a key in the settings is none.
        HostingError: the file in the data directory cannot be made or read.
    """
    wanted = settings.encryption is Encryption.ON
    ring = key_ring(settings, make=wanted and not configured)
    copies = LocalCopies(settings.data_dir / _COPIES) if settings.records_elsewhere else None
    access = SharedStore(records) if records else _OpenedForEach(settings)
    return PayloadEncryption(
        ring, IncidentKeys(ring, access, copies), encrypts=wanted and bool(ring.ids)
    )


def key_ring(settings: Settings, *, make: bool) -> KeyRing:
    """The keys of the settings, then that of the data directory.

    make: make a key in the data directory if there is none anywhere.

    Raises:
        BadSetting, HostingError: as for `payload_encryption`.
    """
    keys: list[bytes] = []
    if settings.encryption_key is not None:
        try:
            keys += parse_keys(settings.encryption_key.get_secret_value())
        except ValueError as wrong:
            raise BadSetting(f"{variable('encryption_key')}: {wrong}") from None
    keys += _of_data_directory(settings.data_dir / KEY_FILE, make=make and not keys)
    return KeyRing(tuple(dict.fromkeys(keys)))


def in_words(
    settings: Settings, wrapped_by: Mapping[str, int], *, configured: bool
) -> tuple[str, str]:
    """Whether it is on and by which key, for people; what to do where something is wrong, or "".

    wrapped_by: how many keys of incidents each key of the ring wraps.

    Raises:
        BadSetting, HostingError: as for `payload_encryption`.
    """
    encryption = payload_encryption(settings, configured=configured)
    ring = encryption.ring
    lost = {key: count for key, count in wrapped_by.items() if key not in ring.ids}
    if lost:
        told = ", ".join(f"{key} ({count} incidents)" for key, count in sorted(lost.items()))
        return f"missing key: {told}", (
            f"add it to {variable('encryption_key')} behind the current one, or put `{KEY_FILE}` "
            "back into the data directory"
        )
    if not encryption.encrypts:
        # Which may be meant so: it is said, and is no fault.
        off = variable("encryption") if ring.ids else f"without {variable('encryption_key')}"
        return f"off, {off}: Temporal stores incidents in clear, see docs/encryption.md", ""
    older = [key for key in wrapped_by if key != ring.current]
    rest = f"; still in use: {', '.join(older)}" if older else ""
    return f"on, the current key is {ring.current}{rest}", ""


def _of_data_directory(file: Path, *, make: bool) -> tuple[bytes, ...]:
    try:
        if not make and not file.exists():
            return ()
        written = key_file.read_or_make(
            file,
            use="encrypts incidents",
            foreign="put back the copy of it that was kept",
            loose="whoever did, and has a copy of the databases, can read incidents; "
            "docs/encryption.md says how to change it",
        ).decode(errors="replace")
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise HostingError(f"{file}, which encrypts incidents: {why}") from None
    try:
        keys = parse_keys(written)
    except ValueError as wrong:
        raise HostingError(f"{file}: {wrong}") from None
    if not keys:
        raise HostingError(
            f"{file} holds no key: put back the copy of it that was kept; without it, what is in "
            "Temporal cannot be read"
        )
    return keys


class SharedStore:
    """The keys in the record store of this process."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def read(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        return await asyncio.to_thread(lambda: work(self._records().incident_keys))

    async def write(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        # Together with whatever else is written at the moment: one wait for the disk.
        records = self._records()
        return await records.run(work, records.incident_keys)


class _OpenedForEach:
    """The keys in a record store that is opened for each question, by those who ask few."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def read(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        return await asyncio.to_thread(self._opened, work)

    write = read

    def _opened(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        with closing(open_records(self._settings)) as records:
            return work(records.incident_keys)
