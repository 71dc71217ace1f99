"""What `make migration` runs: writes a migration for a change of `tables.py`."""

import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine

from standfast.records.migrations import running
from standfast.records.tables import metadata


def main() -> int:
    """Compare the tables with those that the migrations make; exit 2 for wrong usage."""
    words = " ".join(sys.argv[1:]).strip()
    if not words:
        print('say what changes: make migration WORDS="Incidents have a colour"', file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        engine = create_engine(f"sqlite:///{Path(directory) / 'records.db'}")
        with engine.begin() as connection:
            running.upgrade(connection)
            path = running.write(connection, metadata, words)
        engine.dispose()
    print(f"{path}: read it, and set LATEST_MIGRATION in standfast/records/tables/base.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
