"""The words of incidents: SQLite's FTS5, PostgreSQL's tsvector.

Of each incident there are three parts: the title, what its reporter may read, and the rest. Its
table `incident_text` is made by a migration.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Numeric,
    String,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)

from standfast.incidents.search_query import Phrase

_SHORTEST_STEM, _LONGEST_ENDING = 4, 5
"""A stem is what is indexed of `certificates`: it may be shorter than the beginning that is looked
for, by so many letters."""


class FullText(Protocol):
    """The words of incidents by their number, in one database's own way.

    Its words are those of `search_words.words_of`, so no query of it can be misread.
    """

    source: FromClause
    """What to select from."""

    number: ColumnElement[int]
    """The incident's, in a row of `source`."""

    matches: ColumnElement[bool]
    """Whether a row of `source` is found by the query `:words`."""

    rank: ColumnElement[float]
    """How well a row fits it, the higher the better; rounded, so that it can be compared."""

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        """Index an incident's words in place of those it had."""

    def remove(self, connection: Connection, number: int) -> None:
        """Forget an incident's words."""

    def remove_older(self, connection: Connection, number: int) -> None:
        """Forget what a build from before migration 0016 has written of a record by its number."""

    def optimize(self, connection: Connection) -> None:
        """Have what was removed be in no file any more."""

    def lacks(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether the query `:words` does not find the incident with that number."""

    def any_of(self, wanted: Sequence[Phrase], *, reported: bool = False) -> str:
        """The query that finds incidents with any of the phrases.

        reported: look only where the reporter may read.
        """

    def all_of(
        self, wanted: Sequence[Phrase], unwanted: Sequence[Phrase] = (), *, reported: bool = False
    ) -> str:
        """The query that finds incidents with all that is wanted and nothing that is unwanted.

        Neither may be asked for nothing at all.
        """


def _stems(word: str) -> list[str]:
    """What is indexed of words that begin so may be shorter: those that are looked for as well."""
    shortest = max(_SHORTEST_STEM, len(word) - _LONGEST_ENDING)
    return [word[:length] for length in range(len(word) - 1, shortest - 1, -1)]


_DELETE = text("DELETE FROM incident_text WHERE rowid = :number")
_DELETE_OLDER = text("DELETE FROM incident_words WHERE rowid = :number")
_INSERT = text(
    "INSERT INTO incident_text (rowid, title, reported, rest) "
    "VALUES (:number, :title, :reported, :rest)"
)


class SqliteFullText:
    """FTS5, ranked by bm25; a word finds its other endings too (Porter)."""

    source: FromClause = table("incident_text")
    number: ColumnElement[int] = literal_column("incident_text.rowid", Integer)
    matches: ColumnElement[bool] = literal_column("incident_text").op("MATCH", is_comparison=True)(
        bindparam("words", type_=String)
    )
    rank: ColumnElement[float] = literal_column(
        "round(-bm25(incident_text, 4.0, 1.0, 1.0), 4)", Float
    )

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

    def lacks(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        return number.not_in(select(self.number).select_from(self.source).where(self.matches))

    def any_of(self, wanted: Sequence[Phrase], *, reported: bool = False) -> str:
        found = " OR ".join(map(self._phrase, wanted))
        return f"{{title reported}} : ({found})" if reported else found

    def all_of(
        self, wanted: Sequence[Phrase], unwanted: Sequence[Phrase] = (), *, reported: bool = False
    ) -> str:
        found = " AND ".join(map(self._phrase, wanted))
        if unwanted:
            found = f"({found}) NOT ({' OR '.join(map(self._phrase, unwanted))})"
        return f"{{title reported}} : ({found})" if reported else found

    def _phrase(self, phrase: Phrase) -> str:
        whole = f'"{" ".join(phrase.words)}"'
        if not phrase.is_prefix:
            return whole
        *before, last = phrase.words
        others = (f'"{" ".join((*before, stem))}"' for stem in _stems(last))
        return f"({' OR '.join((f'{whole} *', *others))})"


_PUT_VECTOR = text(
    "INSERT INTO incident_text (number, words) VALUES (:number, "
    "setweight(to_tsvector('english', :title), 'A') || "
    "setweight(to_tsvector('english', :reported), 'B') || "
    "setweight(to_tsvector('english', :rest), 'D')) "
    "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
)
_DELETE_VECTOR = text("DELETE FROM incident_text WHERE number = :number")
_DELETE_OLDER_VECTOR = text("DELETE FROM incident_words WHERE number = :number")
_QUERY = func.to_tsquery(literal_column("'english'"), bindparam("words", type_=String))
_WORDS: ColumnElement[str] = literal_column("incident_text.words", String)


class PostgresqlFullText:
    """A tsvector with English stems, ranked by ts_rank; the title weighs more.

    The weights A and B are the title and what the reporter may read.
    """

    source: FromClause = table("incident_text")
    number: ColumnElement[int] = literal_column("incident_text.number", Integer)
    matches: ColumnElement[bool] = _WORDS.op("@@", is_comparison=True)(_QUERY)
    rank: ColumnElement[float] = cast(
        func.round(
            cast(func.ts_rank(literal_column("'{0.25, 0.25, 0.25, 1}'"), _WORDS, _QUERY), Numeric)
            * 100,
            4,
        ),
        Float,
    )

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        title, reported, rest = parts
        connection.execute(
            _PUT_VECTOR, {"number": number, "title": title, "reported": reported, "rest": rest}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE_VECTOR, {"number": number})

    def remove_older(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE_OLDER_VECTOR, {"number": number})

    def optimize(self, connection: Connection) -> None:
        """Nothing to do: PostgreSQL vacuums by itself."""

    def lacks(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        its_own = self.number == number
        return ~select(literal(1)).select_from(self.source).where(its_own, self.matches).exists()

    def any_of(self, wanted: Sequence[Phrase], *, reported: bool = False) -> str:
        return " | ".join(_vector_phrase(each, reported) for each in wanted)

    def all_of(
        self, wanted: Sequence[Phrase], unwanted: Sequence[Phrase] = (), *, reported: bool = False
    ) -> str:
        found = [_vector_phrase(each, reported) for each in wanted]
        found += [f"!{_vector_phrase(each, reported)}" for each in unwanted]
        return " & ".join(found)


def _vector_phrase(phrase: Phrase, reported: bool) -> str:
    where = "AB" if reported else ""
    *before, last = phrase.words
    weighed = f":{where}" if where else ""
    whole = [(last, f":*{where}" if phrase.is_prefix else weighed)]
    shorter = [(stem, weighed) for stem in _stems(last)] if phrase.is_prefix else []
    leading = "".join(f"'{each}'{weighed} <-> " for each in before)
    return f"({' | '.join(_joined(leading, word, mark) for word, mark in whole + shorter)})"


def _joined(leading: str, word: str, mark: str) -> str:
    return f"({leading}'{word}'{mark})"


def full_text_of(dialect: str) -> FullText:
    """That of a database."""
    made: Callable[[], FullText] = SqliteFullText if dialect == "sqlite" else PostgresqlFullText
    return made()
