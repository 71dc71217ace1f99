"""The one search over incidents, open and closed, and the lists of closed ones.

What somebody may not see is left out by the query itself. As a responder they find what they find
in lists, by all its words; what they reported they find as its reporter: by the words and terms
that a reporter may read, and no others.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from standfast.incidents.confidentiality import Reader
from standfast.incidents.roles import Role
from standfast.incidents.same_person import compared
from standfast.incidents.search_entry import IndexedIncident
from standfast.incidents.search_query import FIELDS, LONGEST_VALUE, Condition, SearchQuery
from standfast.incidents.search_words import same_name
from standfast.records.database import Database
from standfast.records.indexing import Indexing
from standfast.records.readers import found_by
from standfast.records.tables import incident_terms, indexed_incidents
from standfast.records.word_query import MOST_RANKED, WordQuery

SEEN_BY_REPORTERS = frozenset({"id", "service", "priority", "outcome", "label", "reporter"})
"""Fields of which a reporter sees what an incident has; `label` and `reporter` in part."""

_LEADING = ("id", "assignee", "service", "team", "category")
"""Columns with an index, those first that narrow a search most."""


class Searcher(NamedTuple):
    """Who searches.

    name: what they reported they find as its reporter.
    role: with less than a responder's they find nothing else.
    reader: as whom a responder reads lists; None for who finds all.
    """

    name: str
    role: Role
    reader: Reader | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """All that tells them from others, to bind something to them."""
        return (self.name, self.role, *(self.reader.words if self.reader else ()))


class Found(NamedTuple):
    """An episode that was found, the same for `GET /api/search`, lists and the command line.

    incident: as it is indexed; for its reporter without what a reporter does not see.
    as_reporter: whether it is found only because they reported it.
    score: how well its words fit, the higher the better; 0 where none are looked for. Scores of
        different queries do not compare.
    number: of its row.
    """

    incident: IndexedIncident
    as_reporter: bool
    score: float
    number: int

    @property
    def place(self) -> "Place":
        """Where it stands among what was found."""
        return Place(self.score, self.incident.opened_at, self.number)


class Place(NamedTuple):
    """A place in what was found: the best first, then what was reported last."""

    score: float
    opened_at: datetime
    number: int


class FoundPage(NamedTuple):
    """Some of what was found, in its order.

    next: from which place the next page goes on; None on the last.
    is_complete: False after an upgrade, until everything on record is indexed.
    newest: of how many that have the words, the newest ones, this is all; None where it is all.
    """

    found: tuple[Found, ...]
    next: Place | None
    is_complete: bool = True
    newest: int | None = None


class Search:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._full_text = database.full_text
        self.indexing = Indexing(database)

    def page(
        self, query: SearchQuery, searcher: Searcher, limit: int, after: Place | None = None
    ) -> FoundPage:
        """At most `limit` episodes that the query finds for this searcher, from behind a place on.

        With words they come by how well these fit, of the newest `MOST_RANKED` that have them;
        without, the newest first. An incident that is open now and was before is found once for
        each of its episodes.
        """
        found: list[Found] = []
        newest: int | None = None
        with self._database.reading() as connection:
            if after and query.wanted:
                after = self._now(connection, query, searcher, after)
            for wanted in self._views_of(query, searcher):
                statement = self._statement(query, wanted, after).limit(limit + 1)
                rows = connection.execute(statement).all()
                if query.wanted and rows:
                    is_full = rows[0].matched >= MOST_RANKED
                    newest = newest or (MOST_RANKED if is_full else rows[0].among)
                found += [_found(row, wanted) for row in rows if row.number is not None]
        found.sort(key=lambda each: each.place, reverse=True)
        shown = tuple(found[:limit])
        following = shown[-1].place if len(found) > limit else None
        return FoundPage(shown, following, self.indexing.is_complete(), newest)

    def _now(
        self, connection: Connection, query: SearchQuery, searcher: Searcher, place: Place
    ) -> Place:
        """The same place, by the score that its incident has now."""
        for wanted in self._views_of(query, searcher):
            now = self._full_text.rank_now(connection, _words(query, wanted), place.number)
            if now is not None:
                return place._replace(score=now)
        return place

    def of(self, incident_ids: Sequence[str], searcher: Searcher) -> list[Found]:
        """All episodes of these incidents that somebody finds, in no order."""
        c, found = indexed_incidents.c, list[Found]()
        with self._database.reading() as connection:
            for wanted in self._views_of(SearchQuery(), searcher):
                theirs: Select[Any] = select(*c, literal(0.0, Float).label("score")).where(
                    wanted.may, c.incident_id.in_(incident_ids)
                )
                found += [_found(row, wanted) for row in connection.execute(theirs)]
        return found

    def episodes_beside(
        self, incident_id: str, episode: int, searcher: Searcher
    ) -> tuple[int | None, int | None]:
        """The nearest episodes before and after one that this searcher finds; None for none."""
        c = indexed_incidents.c
        may = or_(*(each.may for each in self._views_of(SearchQuery(), searcher)))
        found = select(c.episode).where(c.incident_id == incident_id, may).limit(1)
        before = found.where(c.episode < episode).order_by(c.episode.desc())
        after = found.where(c.episode > episode).order_by(c.episode)
        with self._database.reading() as connection:
            return connection.execute(before).scalar(), connection.execute(after).scalar()

    def _views_of(self, query: SearchQuery, searcher: Searcher) -> Iterator["_AsWhom"]:
        """In which ways they find something."""
        c = indexed_incidents.c
        works = searcher.role.may(Role.RESPONDER)
        if works:
            reader = searcher.reader
            yield _AsWhom(found_by(reader, c.readers, c.team) if reader else true())
        if not searcher.name or (works and searcher.reader is None):
            return
        if {each.field for each in query.conditions} <= SEEN_BY_REPORTERS:
            theirs = self._reported_by(searcher.name)
            if works and searcher.reader:
                theirs = and_(theirs, ~found_by(searcher.reader, c.readers, c.team))
            yield _AsWhom(theirs, reporter=searcher.name)

    def _reported_by(self, name: str) -> ColumnElement[bool]:
        """As `same_person.is_same_person` has it."""
        column: ColumnElement[str] = indexed_incidents.c.reporter
        if "@" in name:
            # Of ASCII only: SQLite's lower() changes nothing else, PostgreSQL's by its locale.
            plain = column if self._database.dialect == "sqlite" else column.collate("C")
            column = func.lower(plain)
        return column == compared(name)

    def _statement(self, query: SearchQuery, wanted: "_AsWhom", after: Place | None) -> Select[Any]:
        """What a page is selected by, in its order."""
        if query.wanted:
            return self._ranked(query, wanted, after)
        return self._listed(query, wanted, after)

    def _ranked(self, query: SearchQuery, wanted: "_AsWhom", after: Place | None) -> Select[Any]:
        where = (wanted.may, *_conditions(query, wanted))
        newest = self._full_text.newest(_words(query, wanted), where, MOST_RANKED).subquery()
        counted = select(newest, func.count().over().label("matched")).subquery()
        found, c = select(counted), counted.c
        if after:
            place = tuple_(
                literal(after.score, Float),
                literal(after.opened_at, indexed_incidents.c.opened_at.type),
                after.number,
            )
            behind = tuple_(c.score, c.opened_at, c.number) < place
            found = found.where(or_(behind, c.number.is_(None)))
        return found.order_by(c.score.desc(), c.opened_at.desc(), c.number.desc())

    def _listed(self, query: SearchQuery, wanted: "_AsWhom", after: Place | None) -> Select[Any]:
        """The newest first: read in order from the index of what narrows it most."""
        c, terms = indexed_incidents.c, incident_terms.c
        conditions = list(query.conditions)
        leading = next((each for each in conditions if _is_term(each) and not each.excluded), None)
        if wanted.as_reporter:
            # Of theirs they find few: what the query asks for comes after that.
            conditions, leading = [wanted.is_theirs, *conditions], wanted.is_theirs
        opened_at, number = c.opened_at, c.number
        found = select(*c, literal(0.0, Float).label("score"))
        if leading:
            conditions.remove(leading)
            opened_at, number = terms.opened_at, terms.number
            found = found.select_from(incident_terms).join(
                indexed_incidents, c.number == terms.number
            )
            found = found.where(terms.name == leading.field, terms.value == leading.values[0])
        left = query._replace(conditions=tuple(conditions))
        found = found.where(
            wanted.may,
            *_conditions(left, wanted, in_order=opened_at, has_index=leading is not None),
        )
        if query.unwanted:
            found = found.where(
                self._full_text.lacks(c.number, query.unwanted, reported=wanted.as_reporter)
            )
        if after:
            place = tuple_(literal(after.opened_at, c.opened_at.type), literal(after.number))
            found = found.where(tuple_(opened_at, number) < place)
        return found.order_by(opened_at.desc(), number.desc())


class _AsWhom(NamedTuple):
    """may: which rows of `indexed_incidents` may be found. reporter: whose these are, where they
    are found only as their reporter.
    """

    may: ColumnElement[bool]
    reporter: str = ""

    @property
    def as_reporter(self) -> bool:
        return self.reporter != ""

    @property
    def is_theirs(self) -> Condition:
        """What is indexed in order of all that they have reported, and perhaps of some more."""
        return Condition("reporter", (same_name(self.reporter)[:LONGEST_VALUE],))


def _words(query: SearchQuery, wanted: _AsWhom) -> WordQuery:
    return WordQuery((query.wanted,), query.unwanted, reported=wanted.as_reporter)


def _is_term(condition: Condition) -> bool:
    return FIELDS[condition.field].several


def _conditions(
    query: SearchQuery,
    wanted: _AsWhom,
    in_order: "ColumnElement[datetime] | None" = None,
    *,
    has_index: bool = False,
) -> Iterator[ColumnElement[bool]]:
    """What rows of `indexed_incidents` must be like.

    in_order: the column of their time by which they are read. has_index: whether the index of
        another condition is read: only the first has one, the databases would have to guess.
    """
    c = indexed_incidents.c
    at: ColumnElement[datetime] = c.opened_at if in_order is None else in_order
    if query.since:
        yield at >= query.since
    if query.before:
        yield at < query.before
    has_index = has_index or wanted.as_reporter
    for condition in sorted(query.conditions, key=_narrowing):
        if _is_term(condition):
            yield _has_term(condition, wanted)
            continue
        column: ColumnElement[str] = c[
            "incident_id" if condition.field == "id" else condition.field
        ]
        values = {each for value in condition.values for each in (value, value.lower())}
        if condition.field == "priority" or condition.field == "outcome":
            values = set(condition.values)
        if condition.excluded:
            yield column.not_in(sorted(values))
            continue
        yield (func.coalesce(column, "") if has_index else column).in_(sorted(values))
        has_index = True
    if query.is_open is not None:
        is_open: ColumnElement[bool] = func.coalesce(c.is_open, false()) if has_index else c.is_open
        yield is_open == (true() if query.is_open else false())


def _narrowing(condition: Condition) -> int:
    leading = condition.field in _LEADING and not condition.excluded
    return _LEADING.index(condition.field) if leading else len(_LEADING)


def _has_term(condition: Condition, wanted: _AsWhom) -> ColumnElement[bool]:
    # By another name: a list may be read from the same table.
    terms, c = incident_terms.alias("also").c, indexed_incidents.c
    has = select(literal(1)).where(
        terms.name == condition.field,
        terms.value == condition.values[0],
        terms.opened_at == c.opened_at,
        terms.number == c.number,
    )
    if wanted.as_reporter:
        has = has.where(terms.reported)
    return ~has.exists() if condition.excluded else has.exists()


def _found(row: Row[Any], wanted: _AsWhom) -> Found:
    line = IndexedIncident(*(getattr(row, name) for name in IndexedIncident._fields))
    if wanted.as_reporter:
        line = line._replace(latest_title="", category="", tier=None, assignee="", readers="")
    return Found(line, wanted.as_reporter, row.score, row.number)
