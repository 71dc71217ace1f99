"""The size of an SQLite database in use, without its write-ahead log."""

import sqlite3
from contextlib import closing
from pathlib import Path


def bytes_in_use(database: Path) -> int:
    """Bytes of the pages that hold something; 0 where there is no such file.

    What is in the write-ahead log counts where it belongs, and the log's own file, whose size says
    nothing, does not.
    """
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        pages, free, size = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size
