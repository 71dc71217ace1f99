"""Incidents on record, an episode each, and the search for similar ones that were resolved."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, select

from standfast.incidents.assessment import SimilarIncident
from standfast.incidents.measures import Measures
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.review import Review
from standfast.incidents.search_entry import written_readers
from standfast.incidents.search_query import Phrase
from standfast.incidents.search_words import significant_words
from standfast.records.additions import additions_of, with_additions
from standfast.records.database import Database
from standfast.records.full_text import IncidentText
from standfast.records.indexing import Indexing
from standfast.records.measures import MeasuredIncidents
from standfast.records.projections import drop_recorded
from standfast.records.readers import confidential
from standfast.records.reviews import Reviews
from standfast.records.tables import erased_incidents, incidents, indexed_incidents
from standfast.records.timelines import whole_timeline
from standfast.records.word_query import MOST_RANKED, WordQuery
from standfast.time.working_time import Hours

_KEY = ("incident_id", "episode")
_UNCHANGED = (*_KEY, "number")
_WITH_A_RESOLUTION = (Outcome.RESOLVED, Outcome.AUTOMATED)

_OF_A_TITLE, _TWO = 6, 2
"""Words of a title that are looked for, and how many of them make an incident similar."""


def _ways(title: Sequence[str], words: Sequence[str]) -> Iterator[tuple[tuple[Phrase, ...], ...]]:
    """What similar incidents have of these words, those first that have most in common.

    All words of the title, or two of them, or any word.
    """
    if len(title) > 1:
        yield (_each(title),)
    if len(title) > _TWO:
        yield tuple(_each(pair) for pair in combinations(title, _TWO))
    yield tuple(_each([word]) for word in words)


def _each(words: Sequence[str]) -> tuple[Phrase, ...]:
    return tuple(Phrase((word,)) for word in words)


def _similar(full_text: IncidentText, words: WordQuery) -> Select[Any]:
    """The newest of those with the words, in order. What they are read from is joined last: they
    are large.
    """
    c, line = incidents.c, indexed_incidents.c
    can_teach = (
        line.outcome.in_(_WITH_A_RESOLUTION),
        line.closed_at.is_not(None),
        ~confidential(line.readers),  # nobody else reads of one
    )
    newest = full_text.newest(words, can_teach, MOST_RANKED).subquery("newest")
    best = select(newest).order_by(newest.c.score.desc(), newest.c.closed_at.desc())
    found = best.limit(bindparam("most", type_=Integer)).subquery("best").c
    its_record = and_(c.incident_id == found.incident_id, c.episode == found.episode)
    return (
        select(c.incident_id, c.episode, c.title, c.resolution, c.closed_at)
        .where(its_record)
        .order_by(found.score.desc(), found.closed_at.desc())
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
        # Nobody adds to it from here on: the row is ours until this is kept.
        if additions_of(connection, view.incident_id, view.episode):
            self._indexing.refresh(connection, view.incident_id, view.episode)
        else:
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
            view = with_additions(connection, IncidentView.model_validate_json(document))
            whole = whole_timeline(connection, view)
        missing = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        return view.model_copy(update={"timeline": whole, "timeline_archived": missing})

    def episodes(self, incident_id: str) -> int:
        """The highest episode that is on record, or was until it was erased; 0 if there is none."""
        highest = (
            select(func.max(table.c.episode)).where(table.c.incident_id == incident_id)
            for table in (incidents, erased_incidents)
        )
        with self._database.reading() as connection:
            return max(connection.execute(each).scalar() or 0 for each in highest)

    def similar(self, text: str, limit: int) -> list[SimilarIncident]:
        """At most `limit` resolved incidents that share words with `text`, the best fit first.

        Its first line is its title: incidents with all words of it come before others, and those
        with two of them before those with any word. Of each kind the newest are looked at.
        """
        words = significant_words(text)
        title = [word for word in significant_words(text.partition("\n")[0]) if word in words]
        found: dict[tuple[str, int], SimilarIncident] = {}
        with self._database.reading() as connection:
            for ways in _ways(title[:_OF_A_TITLE], words) if words else ():
                asked = _similar(self._database.full_text, WordQuery(ways, ranked_by=_each(words)))
                for row in connection.execute(asked, {"most": limit}).mappings():
                    each = SimilarIncident.model_validate(dict(row))
                    found.setdefault((each.incident_id, each.episode), each)
                if len(found) >= limit:
                    break
        return list(found.values())[:limit]
