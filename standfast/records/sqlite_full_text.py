"""The words of incidents in SQLite: a table of FTS5."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    String,
    literal,
    literal_column,
    select,
    table,
    text,
)

from standfast.incidents.search_query import Phrase
from standfast.records.tables import indexed_incidents
from standfast.records.word_query import WordQuery, stems

_DELETE = text("DELETE FROM incident_text WHERE rowid = :number")
_DELETE_OLDER = text("DELETE FROM incident_words WHERE rowid = :number")
_INSERT = text(
    "INSERT INTO incident_text (rowid, title, reported, rest) "
    "VALUES (:number, :title, :reported, :rest)"
)
_TABLE = table("incident_text")
_TEXT: ColumnElement[str] = literal_column("incident_text", String)
_NUMBER: ColumnElement[int] = literal_column("incident_text.rowid", Integer)
_RANK: ColumnElement[float] = literal_column("round(-bm25(incident_text, 4.0, 1.0, 1.0), 9)", Float)


class SqliteFullText:
    """FTS5, ranked by bm25; a word finds its other endings too (Porter)."""

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        title, reported, rest = parts
        connection.execute(_DELETE, {"number": number})
        connection.execute(
            _INSERT, {"number": number, "title": title, "reported": reported, "rest": rest}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE, {"number": number})

    def remove_older(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE_OLDER, {"number": number})

    def optimize(self, connection: Connection) -> None:
        for name in ("incident_text", "incident_words"):
            connection.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))  # noqa: S608

    def newest(
        self, words: WordQuery, where: Iterable[ColumnElement[bool]], most: int
    ) -> Select[Any]:
        its_line = indexed_incidents.c.number == _NUMBER
        return (
            select(*indexed_incidents.c, _RANK.label("score"))
            .select_from(_TABLE.join(indexed_incidents, its_line))
            .where(_match(_expression(words)), *where)
            .order_by(_NUMBER.desc())
            .limit(most)
        )

    def checked(
        self, words: WordQuery, where: Sequence[ColumnElement[bool]]
    ) -> tuple[Select[Any], int] | None:
        """None: FTS5 knows where each word stands."""

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        having = select(_NUMBER).select_from(_TABLE)
        return number.not_in(having.where(_match(_within(_any(unwanted), reported))))


def _match(expression: str) -> ColumnElement[bool]:
    return _TEXT.op("MATCH", is_comparison=True)(literal(expression, String))


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
    whole = f'"{" ".join(phrase.words)}"'
    if not phrase.is_prefix:
        return whole
    *before, last = phrase.words
    others = (f'"{" ".join((*before, stem))}"' for stem in stems(last))
    return f"({' OR '.join((f'{whole} *', *others))})"
