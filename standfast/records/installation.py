"""What is made once for an installation, and is the same for all its processes and machines."""

import secrets

from sqlalchemy import select

from standfast.records.database import Database
from standfast.records.tables import installation

_KEY_SECRET = "deduplication keys"  # noqa: S105 - its name
_BYTES = 32


class Installation:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._secret = b""

    def key_secret(self) -> bytes:
        """The secret by which keys of callers and of mail are sealed (`incidents.dedup_keys`).

        It is read once by a process. It never changes, unlike the keys that sign: another one would
        give every key of a caller another incident.
        """
        if not self._secret:
            self._secret = self._read() or self._made()
        return self._secret

    def _read(self) -> bytes:
        wanted = select(installation.c.value).where(installation.c.name == _KEY_SECRET)
        with self._database.reading() as connection:
            return bytes.fromhex(connection.execute(wanted).scalar() or "")

    def _made(self) -> bytes:
        """What is there after several processes have tried to make one: the first one's."""
        row = {"name": _KEY_SECRET, "value": secrets.token_hex(_BYTES)}
        with self._database.writing() as connection:
            connection.execute(self._database.insert(installation).on_conflict_do_nothing(), row)
        return self._read()
