"""Which episodes of incidents somebody does not find, for what names them in another place."""

from collections.abc import Collection

from sqlalchemy import BindParameter, bindparam, select

from standfast.incidents.confidentiality import Reader
from standfast.records.database import Database
from standfast.records.readers import found_by
from standfast.records.tables import indexed_incidents

_AT_ONCE = 500
"""Ids in one statement: databases take so many parameters and not many more."""

_line = indexed_incidents.c
_THESE: BindParameter[list[str]] = bindparam("these", expanding=True)


class HiddenEpisodes:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, incident_ids: Collection[str], reader: Reader) -> set[tuple[str, int]]:
        """The episodes of these incidents that the reader does not find."""
        wanted = select(_line.incident_id, _line.episode).where(
            _line.incident_id.in_(_THESE), ~found_by(reader, _line.readers, _line.team)
        )
        ids = sorted(set(incident_ids))
        found: set[tuple[str, int]] = set()
        with self._database.reading() as connection:
            for first in range(0, len(ids), _AT_ONCE):
                rows = connection.execute(wanted, {"these": ids[first : first + _AT_ONCE]})
                found |= {(row.incident_id, row.episode) for row in rows}
        return found
