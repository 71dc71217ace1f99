"""The words of incidents and articles in SQLite: tables of FTS5."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    String,
    TextClause,
    literal,
    literal_column,
    select,
    table,
    text,
)

from standfast.incidents.search_query import Phrase
from standfast.records.tables import indexed_incidents
from standfast.records.word_query import (
    WordQuery,
    indexed_texts,
    shorter_stems,
    stems_of_phrase,
)

_END_OF_TEXT = " \ue000 "
"""A word to FTS5, and one that nobody can look for."""


class SqliteFullText:
    """FTS5, ranked by bm25.

    Each row that is written changes the ranks of all: a word counts more the fewer have it.
    """

    def __init__(self, name: str, older: str = "") -> None:
        """`name` is the table; `older` the one that builds from before migration 0016 write to."""
        self._names = [each for each in (name, older) if each]
        self.source: FromClause = table(name)
        self.number: ColumnElement[int] = literal_column(f"{name}.rowid", Integer)
        self._text: ColumnElement[str] = literal_column(name, String)
        self._rank: ColumnElement[float] = literal_column(
            f"round(-bm25({name}, 4.0, 1.0, 1.0), 9)", Float
        )
        self._delete = _deletion(name)
        self._delete_older = _deletion(older) if older else None
        self._insert = text(
            f"INSERT INTO {name} (rowid, title, reported, rest) "  # noqa: S608 - our own table
            "VALUES (:number, :title, :reported, :rest)"
        )

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        title, reported, rest = (
            _END_OF_TEXT.join(map(" ".join, indexed_texts(part))) for part in parts
        )
        connection.execute(self._delete, {"number": number})
        connection.execute(
            self._insert, {"number": number, "title": title, "reported": reported, "rest": rest}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(self._delete, {"number": number})

    def remove_older(self, connection: Connection, number: int) -> None:
        if self._delete_older is not None:
            connection.execute(self._delete_older, {"number": number})

    def optimize(self, connection: Connection) -> None:
        for name in self._names:
            connection.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))  # noqa: S608

    def matches(self, words: WordQuery) -> ColumnElement[bool]:
        return self._match(_expression(words))

    def rank(self, words: WordQuery) -> ColumnElement[float]:  # noqa: ARG002 - it is what `matches` looks for
        return self._rank

    def rank_now(self, connection: Connection, words: WordQuery, number: int) -> float | None:
        its_rank = select(self._rank).select_from(self.source)
        its_rank = its_rank.where(self.matches(words), self.number == number)
        return connection.execute(its_rank).scalar()

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        having = select(self.number).select_from(self.source)
        return number.not_in(having.where(self._match(_within(_any(unwanted), reported))))

    def _match(self, expression: str) -> ColumnElement[bool]:
        return self._text.op("MATCH", is_comparison=True)(literal(expression, String))


class SqliteIncidentText(SqliteFullText):
    """Reads the newest first by itself, and knows where each word stands."""

    def __init__(self) -> None:
        super().__init__("incident_text", older="incident_words")

    def newest(
        self, words: WordQuery, where: Iterable[ColumnElement[bool]], most: int
    ) -> Select[Any]:
        line = indexed_incidents.c
        return (
            select(*line, literal(None, Integer).label("among"), self.rank(words).label("score"))
            .select_from(self.source.join(indexed_incidents, line.number == self.number))
            .where(self.matches(words), *where)
            .order_by(self.number.desc())
            .limit(most)
        )


def _deletion(name: str) -> TextClause:
    return text(f"DELETE FROM {name} WHERE rowid = :number")  # noqa: S608 - our own table


def _expression(words: WordQuery) -> str:
    found = " OR ".join(f"({' AND '.join(map(_phrase, way))})" for way in words.ways)
    if words.ranked_by:  # which is true of all that are found, and so they are ranked by it
        some = dict.fromkeys(phrase for way in (*words.ways, words.ranked_by) for phrase in way)
        found = f"({found}) AND ({_any(some)})"
    if words.unwanted:
        found = f"({found}) NOT ({_any(words.unwanted)})"
    return _within(found, words.reported)


def _within(found: str, reported: bool) -> str:
    return f"{{title reported}} : ({found})" if reported else found


def _any(phrases: Iterable[Phrase]) -> str:
    return " OR ".join(map(_phrase, phrases))


def _phrase(phrase: Phrase) -> str:
    *before, last = stems_of_phrase(phrase)
    whole = f'"{" ".join((*before, last))}"'
    if not phrase.is_prefix:
        return whole
    others = (f'"{" ".join((*before, stem))}"' for stem in shorter_stems(last))
    return f"({' OR '.join((f'{whole} *', *others))})"
