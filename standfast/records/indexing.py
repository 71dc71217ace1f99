"""Writes the index of episodes: in the transaction that writes what is indexed.

What was on record before there was an index is indexed in batches, see `Indexing.catch_up`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    literal,
    select,
    update,
)

from standfast.incidents.confidentiality import ADMINISTRATORS
from standfast.incidents.record import IncidentView
from standfast.incidents.search_entry import (
    IndexedIncident,
    MoreWords,
    SearchEntry,
    said_in,
    what_changed,
    written_readers,
)
from standfast.records.additions import taught_by, with_additions
from standfast.records.database import Database
from standfast.records.problem_names import keep_for_who_finds
from standfast.records.tables import incident_terms, incidents, indexed_incidents, projections
from standfast.records.timelines import latest_archived

_log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""Records that are indexed in one transaction of `catch_up`: others write in between."""

_ARCHIVED_READ = 500
"""Older entries of a timeline whose words are indexed: the latest of them."""

_COLUMNS = IndexedIncident._fields

_CLOSED = "closed"
"""Stands for the digest of an episode that has closed. Without a digest its words are not indexed:
builds from before migration 0025 indexed others, and write none.
"""


class Episode(NamedTuple):
    """Whose further words are asked for. archived: how many of its entries are not in its view."""

    incident_id: str
    number: int
    reporter: str
    archived: int


Source = Callable[[Connection, Episode], MoreWords]
"""Says what else an episode is found by, from a table of its own."""


def _archived(connection: Connection, episode: Episode) -> MoreWords:
    if not episode.archived:
        return MoreWords()
    entries = latest_archived(connection, episode.incident_id, episode.number, most=_ARCHIVED_READ)
    return said_in(entries, episode.reporter)


SOURCES: tuple[Source, ...] = (_archived,)
"""What is indexed besides the view. A new table with words of an episode goes here, and whoever
writes to it calls `Indexing.refresh` in the same transaction.
"""


class OpenEntry(NamedTuple):
    """An open incident as it is to be indexed, if that projection of it was kept."""

    entry: SearchEntry
    run_id: str
    task: int


class Indexing:
    """Part of the record store. What has a `connection` is done in its transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._full_text = database.full_text
        self._complete = False
        new = database.insert(indexed_incidents)
        c = indexed_incidents.c
        self._put = new.on_conflict_do_update(
            index_elements=["incident_id", "episode"],
            set_={name: new.excluded[name] for name in (*_COLUMNS, "digest")},
        ).returning(c.number)

    def put(self, connection: Connection, view: IncidentView) -> None:
        """Index an episode that is on record now, in place of what was indexed of it before.

        view: with what was added to its record.
        """
        entry = SearchEntry(view)
        entry.line = entry.line._replace(is_open=False)
        self._write(connection, entry, digest=_CLOSED)
        if _is_confidential(entry.line.readers):
            keep_for_who_finds(connection, view.incident_id, view.episode)
        self._drop_open(connection, view.incident_id, view.episode)

    def refresh(self, connection: Connection, incident_id: str, episode: int) -> None:
        """Index an episode on record anew, such as after something was added to it.

        Nothing happens where it is not on record.
        """
        c = incidents.c
        its_row = and_(c.incident_id == incident_id, c.episode == episode)
        document = connection.execute(select(c.document).where(its_row)).scalar()
        if document is not None:
            view = with_additions(connection, IncidentView.model_validate_json(document))
            now = {**taught_by(view), "readers": written_readers(view)}
            connection.execute(update(incidents).where(its_row).values(now))
            self.put(connection, view)

    def put_open(self, connection: Connection, batch: Sequence[OpenEntry]) -> None:
        """Index open incidents whose projections were just kept; what has not changed is left."""
        known = self._known(connection, batch)
        for each in batch:
            line = each.entry.line
            row = known.get((line.incident_id, line.episode))
            if row is None or (row.run_id, row.task) != (each.run_id, each.task):
                continue  # a later projection of it was kept
            if row.number is None:
                self._write(connection, each.entry, digest=each.entry.digest)
                if line.episode > 1:
                    self._drop_open(connection, line.incident_id, line.episode - 1)
            elif row.digest != each.entry.digest:
                self._write(connection, each.entry, digest=each.entry.digest, before=row.digest)
            elif line != IndexedIncident(*(getattr(row, name) for name in _COLUMNS)):
                connection.execute(_CHANGE, {"its_number": row.number, **line._asdict()})
            if _is_confidential(line.readers) and not _is_confidential(row.readers or ""):
                keep_for_who_finds(connection, line.incident_id, line.episode)

    def remove(self, connection: Connection, incident_id: str, *, only_open: bool = False) -> None:
        """Forget all episodes of an incident, or those that are open."""
        c = indexed_incidents.c
        wanted = select(c.number).where(c.incident_id == incident_id)
        if only_open:
            wanted = wanted.where(c.is_open)
        self._remove(connection, connection.execute(wanted).scalars())

    def is_complete(self) -> bool:
        """Whether everything on record is indexed; the first search after an upgrade finds less."""
        if not self._complete:
            newest = _TO_INDEX.order_by(incidents.c.number.desc()).limit(1)
            with self._database.reading() as connection:
                self._complete = connection.execute(newest).first() is None
        return self._complete

    def catch_up(self, most: int = MOST_AT_ONCE) -> Iterator[int]:
        """Index what was kept before there was an index: a batch, of so many at most, a step.

        Each step gives how many it has indexed. It may be stopped and begun anew at any time, and
        several processes may do it at once.
        """
        yield from self._catch_up_open(most)
        after = 0
        while True:
            wanted = _TO_INDEX.where(incidents.c.number > after).order_by(incidents.c.number)
            with self._database.reading() as connection:
                found = connection.execute(wanted.limit(most)).all()
            if not found:
                return
            after = found[-1].number
            with self._database.writing() as connection:
                indexed = sum(self._indexed(connection, row.number) for row in found)
            yield indexed

    def _catch_up_open(self, most: int) -> Iterator[int]:
        after = ""
        while True:
            wanted = _TO_INDEX_OPEN.where(_p.incident_id > after).order_by(_p.incident_id)
            with self._database.reading() as connection:
                found = connection.execute(wanted.limit(most)).all()
            if not found:
                return
            after = found[-1].incident_id
            batch = []
            for row in found:
                view = _read(row.incident_id, row.document)
                if view:
                    batch.append(OpenEntry(SearchEntry(view), row.run_id, row.task))
            with self._database.writing() as connection:
                self.put_open(connection, batch)
            yield len(batch)

    def _indexed(self, connection: Connection, number: int) -> bool:
        c = incidents.c
        wanted = select(c.incident_id, c.document).where(c.number == number)
        found = connection.execute(wanted).first()  # none where it was erased meanwhile
        view = _read(found.incident_id, found.document) if found else None
        if view:
            self.put(connection, with_additions(connection, view))
        return view is not None

    def _write(
        self, connection: Connection, entry: SearchEntry, *, digest: str, before: str = ""
    ) -> None:
        """`before` is the digest of what is indexed: only what has changed is written."""
        words_changed, terms_changed = what_changed(before, digest)
        line = entry.line
        values = {**line._asdict(), "digest": digest}
        number = connection.execute(self._put, values).scalar_one()
        episode = Episode(line.incident_id, line.episode, line.reporter, entry.archived)
        more = MoreWords()
        for source in SOURCES:
            more += source(connection, episode)
        if terms_changed:
            connection.execute(_DELETE_TERMS, {"its_number": number})
            terms = [
                {"number": number, "opened_at": line.opened_at, **term._asdict()}
                for term in entry.terms
            ]
            if terms:
                connection.execute(insert(incident_terms), terms)
        if words_changed:
            self._full_text.put(connection, number, entry.words_with(more))

    def _known(
        self, connection: Connection, batch: Sequence[OpenEntry]
    ) -> dict[tuple[str, int], Row[Any]]:
        """The projections of these incidents as they are kept, and what is indexed of them."""
        ids = [each.entry.line.incident_id for each in batch]
        rows = connection.execute(_KNOWN, {"ids": ids})
        return {(row.projected_id, row.projected_episode): row for row in rows}

    def _drop_open(self, connection: Connection, incident_id: str, episode: int) -> None:
        """Forget episodes up to this one that are still indexed as open: they are over."""
        c = indexed_incidents.c
        over = select(c.number).where(c.incident_id == incident_id, c.is_open)
        self._remove(connection, connection.execute(over.where(c.episode <= episode)).scalars())

    def _remove(self, connection: Connection, numbers: Iterable[int]) -> None:
        for number in list(numbers):
            self._full_text.remove(connection, number)
            connection.execute(_DELETE_TERMS, {"its_number": number})
            connection.execute(_DELETE_LINE, {"its_number": number})


def _is_confidential(readers: str) -> bool:
    return ADMINISTRATORS in readers.split()


_p, _i = projections.c, indexed_incidents.c

_KNOWN = (
    select(
        _p.incident_id.label("projected_id"),
        _p.episode.label("projected_episode"),
        _p.run_id,
        _p.task,
        indexed_incidents,
    )
    .select_from(
        projections.outerjoin(
            indexed_incidents,
            and_(_i.incident_id == _p.incident_id, _i.episode == _p.episode),
        )
    )
    .where(_p.incident_id.in_(bindparam("ids", expanding=True)))
)

_CHANGE = (
    update(indexed_incidents)
    .where(_i.number == bindparam("its_number"))
    .values({name: bindparam(name) for name in _COLUMNS})
)

_DELETE_TERMS = delete(incident_terms).where(incident_terms.c.number == bindparam("its_number"))
_DELETE_LINE = delete(indexed_incidents).where(_i.number == bindparam("its_number"))

_TO_INDEX = select(incidents.c.number, incidents.c.incident_id, incidents.c.episode).where(
    ~select(literal(1))
    .where(
        _i.incident_id == incidents.c.incident_id,
        _i.episode == incidents.c.episode,
        ~_i.is_open,
        _i.digest != "",
    )
    .exists()
)
"""Records that are not indexed as such."""

_TO_INDEX_OPEN = select(_p.incident_id, _p.run_id, _p.task, _p.document).where(
    ~select(literal(1))
    .where(_i.incident_id == _p.incident_id, _i.episode == _p.episode, _i.digest != "")
    .exists()
)
"""Open incidents that are not indexed."""


def _read(incident_id: str, document: str) -> IncidentView | None:
    """The incident; None, which is logged, where this version cannot read it."""
    try:
        return IncidentView.model_validate_json(document)
    except ValidationError:
        _log.warning("%s is not indexed: this version cannot read it", incident_id)
        return None
