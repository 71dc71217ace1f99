"""A record store in a file, with every table there already."""

import functools
import tempfile
from pathlib import Path

from standfast.records.store import RecordStore


def empty_records(file: Path) -> str:
    """The URL of that SQLite file, with all tables and no row in them unless it is there already.

    A process runs the migrations for the first such file; the others are copies of it.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "records.db"
        store = RecordStore(f"sqlite:///{file}")
        store.prepare()
        store.close()
        return file.read_bytes()
