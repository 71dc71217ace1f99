"""Incidents on record, an episode each, and the search for similar ones that were resolved."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, select

from standfast.incidents.assessment import SimilarIncident
from standfast.incidents.measures import Measures
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.review import Review
from standfast.incidents.search_entry import written_readers
from standfast.incidents.search_query import Phrase
from standfast.incidents.search_words import significant_words
from standfast.records.additions import additions_of
from standfast.records.database import Database
from standfast.records.full_text import FullText
from standfast.records.indexing import Indexing
from standfast.records.measures import MeasuredIncidents
from standfast.records.open_incidents import confidential
from standfast.records.projections import drop_recorded
from standfast.records.reviews import Reviews
from standfast.records.tables import erased_incidents, incidents, indexed_incidents
from standfast.records.timelines import whole_timeline
from standfast.time.working_time import Hours

_KEY = ("incident_id", "episode")
_UNCHANGED = (*_KEY, "number")
_WITH_A_RESOLUTION = (Outcome.RESOLVED, Outcome.AUTOMATED)


def _each(words: Sequence[str]) -> list[Phrase]:
    return [Phrase((word,)) for word in words]


def _similar(words: FullText) -> Select[Any]:
    """Of those that `:words` finds. What they are read from is joined last: they are large."""
    c, line = incidents.c, indexed_incidents.c
    ranked = (
        select(words.number.label("number"), words.rank.label("rank"))
        .select_from(words.source)
        .where(words.matches)
        .subquery("ranked")
    )
    its_record = and_(c.incident_id == line.incident_id, c.episode == line.episode)
    return (
        select(c.incident_id, c.episode, c.title, c.resolution, c.closed_at)
        .select_from(ranked)
        .join(indexed_incidents, line.number == ranked.c.number)
        .join(incidents, its_record)
        .where(line.outcome.in_(_WITH_A_RESOLUTION))
        .where(line.closed_at.is_not(None))
        .where(~confidential(line.readers))  # nobody else reads of one
        .order_by(ranked.c.rank.desc(), line.closed_at.desc())
        .limit(bindparam("most", type_=Integer))
    )


class ClosedIncidents:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database, measures: MeasuredIncidents, reviews: Reviews) -> None:
        self._database = database
        self._measures = measures
        self._reviews = reviews
        insert = database.insert(incidents)
        self._save = insert.on_conflict_do_update(
            index_elements=_KEY,
            set_={c.key: insert.excluded[c.key] for c in incidents.c if c.key not in _UNCHANGED},
        )
        self._similar = _similar(database.full_text)
        self._indexing = Indexing(database)

    def save(self, view: IncidentView) -> None:
        """Keep an episode, in place of what was kept of it before."""
        with self._database.writing() as connection:
            self._keep(connection, view)

    def close(
        self, view: IncidentView, hours: Hours | None, review: Review | None = None
    ) -> Measures | None:
        """Keep an episode that has closed, and what is measured of it; None if it was before.

        hours: the working hours of its team, None for all time. review: one that is to begin.
        """
        with self._database.writing() as connection:
            self._keep(connection, view)
            if review:
                self._reviews.put(connection, review)
            return self._measures.put(connection, view, whole_timeline(connection, view), hours)

    def _keep(self, connection: Connection, view: IncidentView) -> None:
        columns = {
            "incident_id": view.incident_id,
            "episode": view.episode,
            "title": view.title,
            "service": view.report.service,
            "category": view.category,
            "priority": view.priority,
            "outcome": view.outcome,
            "resolution": view.resolution.summary if view.resolution else "",
            "opened_at": view.opened_at,
            "closed_at": view.closed_at,
            "document": view.model_dump_json(exclude={"additions"}),
            "readers": written_readers(view),
        }
        connection.execute(self._save, columns)
        self._indexing.put(connection, view)
        drop_recorded(connection, view.incident_id, view.episode)

    def get(self, incident_id: str, episode: int | None = None) -> IncidentView | None:
        """An episode, the latest unless one is named, with its whole timeline in order, and with
        what was added to its record.
        """
        wanted = select(incidents.c.document).where(incidents.c.incident_id == incident_id)
        if episode is not None:
            wanted = wanted.where(incidents.c.episode == episode)
        with self._database.reading() as connection:
            document = connection.execute(wanted.order_by(incidents.c.episode.desc())).scalar()
            if document is None:
                return None
            view = IncidentView.model_validate_json(document)
            whole = whole_timeline(connection, view)
            added = additions_of(connection, view.incident_id, view.episode)
        missing = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        found = {"timeline": whole, "timeline_archived": missing, "additions": added}
        return view.model_copy(update=found)

    def episodes(self, incident_id: str) -> int:
        """The highest episode that is on record, or was until it was erased; 0 if there is none."""
        highest = (
            select(func.max(table.c.episode)).where(table.c.incident_id == incident_id)
            for table in (incidents, erased_incidents)
        )
        with self._database.reading() as connection:
            return max(connection.execute(each).scalar() or 0 for each in highest)

    def similar(self, text: str, limit: int) -> list[SimilarIncident]:
        """At most `limit` resolved incidents that share words with `text`, the best fit first."""
        words = significant_words(text)
        if not words:
            return []
        wanted = {"words": self._database.full_text.any_of(_each(words)), "most": limit}
        with self._database.reading() as connection:
            rows = connection.execute(self._similar, wanted).mappings().all()
        return [SimilarIncident.model_validate(dict(row)) for row in rows]
