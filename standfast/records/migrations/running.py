"""Runs Alembic over a connection, without a file of settings."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

_ALONE = threading.Lock()
"""Alembic's `op` belongs to the whole process: one migration at a time."""


def known() -> list[str]:
    """The ids of all migrations, the latest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()]


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations that the database has not had, in the connection's open transaction."""
    with _ALONE:
        command.upgrade(_config(connection), to)


def write(connection: Connection, metadata: MetaData, words: str) -> Path:
    """Write a migration from what the database has to the tables of `metadata`; its path."""
    number = f"{int(known()[0]) + 1:04}"
    with _ALONE:
        command.revision(_config(connection, metadata), words, autogenerate=True, rev_id=number)
    [path] = (Path(__file__).parent / "versions").glob(f"m{number}_*.py")
    return path


def _config(connection: Connection | None = None, metadata: MetaData | None = None) -> Config:
    settings = Config(attributes={"connection": connection, "metadata": metadata})
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    return settings
