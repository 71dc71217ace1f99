"""What the sections of reviews say, with every version."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from standfast.incidents.review import DRAFTED_BY, TextVersion
from standfast.records.database import Database
from standfast.records.tables import review_texts, reviews

_WRITING = 0x52657669
"""PostgreSQL's advisory lock for numbering a version ("Revi")."""


class ReviewTexts:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._draft = database.insert(review_texts).on_conflict_do_nothing()

    def draft(self, incident_id: str, episode: int, texts: Mapping[str, str]) -> None:
        """The first version of each section, by name. What is there already stays."""
        with self._database.writing() as connection:
            if not _is_reviewed(connection, incident_id, episode):
                return
            now = self._database.now(connection)
            rows = [
                {
                    "incident_id": incident_id,
                    "episode": episode,
                    "section": section,
                    "version": 1,
                    "text": text,
                    "not_applicable": False,
                    "by": DRAFTED_BY,
                    "at": now,
                }
                for section, text in texts.items()
            ]
            if rows:
                connection.execute(self._draft, rows)

    def write(
        self,
        incident_id: str,
        episode: int,
        section: str,
        *,
        by: str,
        text: str = "",
        not_applicable: bool = False,
        instead_of: int | None = None,
    ) -> TextVersion | None:
        """A new version of a section.

        instead_of: the version that its writer saw; None where they do not say. None is answered
        where there is a newer one, or no review (any more).
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _WRITING)
            if not _is_reviewed(connection, incident_id, episode):
                return None
            c = review_texts.c
            latest = connection.execute(
                select(func.max(c.version)).where(
                    c.incident_id == incident_id, c.episode == episode, c.section == section
                )
            ).scalar()
            if instead_of is not None and instead_of != (latest or 0):
                return None
            written = TextVersion(
                section=section,
                version=(latest or 0) + 1,
                text=text,
                not_applicable=not_applicable,
                by=by,
                at=self._database.now(connection),
            )
            key = {"incident_id": incident_id, "episode": episode}
            connection.execute(review_texts.insert(), {**key, **dict(written)})
            return written

    def versions(self, incident_id: str, episode: int) -> dict[str, list[TextVersion]]:
        """Every version by section, the latest first."""
        c = review_texts.c
        wanted = select(review_texts).where(c.incident_id == incident_id, c.episode == episode)
        wanted = wanted.order_by(c.section, c.version.desc())
        found: dict[str, list[TextVersion]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(wanted).mappings():
                found.setdefault(row["section"], []).append(_version(dict(row)))
        return found


def _version(row: dict[str, Any]) -> TextVersion:
    return TextVersion.model_validate(row)


def _is_reviewed(connection: Connection, incident_id: str, episode: int) -> bool:
    c = reviews.c
    wanted = select(c.episode).where(c.incident_id == incident_id, c.episode == episode)
    return connection.execute(wanted).first() is not None
