"""Copies of incidents' keys in the data directory, for when the record store is elsewhere and away.

They are wrapped as in the record store. Where that is a file in the data directory itself, there
are none.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from standfast.records.stored_key import StoredKey


class LocalCopies:
    """A file for each key. A copy that cannot be written is left out: it only saves a wait."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, key: StoredKey) -> None:
        """Keep a copy, in place of an older one."""
        if key.wrapped is None:
            return
        file = self._file(key.incident_id, key.key_id)
        new = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_text(f"{key.ring_key} {key.wrapped.hex()}\n")
            new.chmod(0o600)
            new.replace(file)

    def get(self, incident_id: str, key_id: str) -> StoredKey | None:
        """The copy of a key, if there is one."""
        try:
            ring_key, wrapped = self._file(incident_id, key_id).read_text().split()
            return StoredKey(incident_id, key_id, ring_key, bytes.fromhex(wrapped))
        except (OSError, ValueError):
            return None

    def drop(self, incident_id: str, key_id: str) -> None:
        """Forget the copy of a key that was thrown away."""
        self._file(incident_id, key_id).unlink(missing_ok=True)

    def _file(self, incident_id: str, key_id: str) -> Path:
        return self._directory / f"{incident_id}.{key_id}"
