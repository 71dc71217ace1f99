"""The words of incidents, and of articles: SQLite's FTS5, PostgreSQL's tsvector.

Of each there are three parts: the title, what reporters may read, and the rest. The tables,
`incident_text` and `article_text`, are made by migrations.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Numeric,
    String,
    TextClause,
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
    """The words of incidents, or of articles, by their number, in one database's own way.

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


def _deletion(name: str, number: str) -> TextClause:
    return text(f"DELETE FROM {name} WHERE {number} = :number")  # noqa: S608 - our own table


class SqliteFullText:
    """FTS5, ranked by bm25; a word finds its other endings too (Porter)."""

    def __init__(self, name: str, older: str = "") -> None:
        """`name` is the table; `older` the one that builds from before migration 0016 write to."""
        self._names = [each for each in (name, older) if each]
        self.source: FromClause = table(name)
        self.number: ColumnElement[int] = literal_column(f"{name}.rowid", Integer)
        self.matches: ColumnElement[bool] = literal_column(name).op("MATCH", is_comparison=True)(
            bindparam("words", type_=String)
        )
        self.rank: ColumnElement[float] = literal_column(
            f"round(-bm25({name}, 4.0, 1.0, 1.0), 4)", Float
        )
        self._delete = _deletion(name, "rowid")
        self._delete_older = _deletion(older, "rowid") if older else None
        self._insert = text(
            f"INSERT INTO {name} (rowid, title, reported, rest) "  # noqa: S608 - our own table
            "VALUES (:number, :title, :reported, :rest)"
        )

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        title, reported, rest = parts
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


class PostgresqlFullText:
    """A tsvector with English stems, ranked by ts_rank; the title weighs more.

    The weights A and B are the title and what the reporter may read.
    """

    def __init__(self, name: str, older: str = "") -> None:
        """As `SqliteFullText`."""
        query = func.to_tsquery(literal_column("'english'"), bindparam("words", type_=String))
        words: ColumnElement[str] = literal_column(f"{name}.words", String)
        fits = func.ts_rank(literal_column("'{0.25, 0.25, 0.25, 1}'"), words, query)
        self.source: FromClause = table(name)
        self.number: ColumnElement[int] = literal_column(f"{name}.number", Integer)
        self.matches: ColumnElement[bool] = words.op("@@", is_comparison=True)(query)
        self.rank: ColumnElement[float] = cast(func.round(cast(fits, Numeric) * 100, 4), Float)
        self._delete = _deletion(name, "number")
        self._delete_older = _deletion(older, "number") if older else None
        self._put = text(
            f"INSERT INTO {name} (number, words) VALUES (:number, "  # noqa: S608 - our own table
            "setweight(to_tsvector('english', :title), 'A') || "
            "setweight(to_tsvector('english', :reported), 'B') || "
            "setweight(to_tsvector('english', :rest), 'D')) "
            "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
        )

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        title, reported, rest = parts
        connection.execute(
            self._put, {"number": number, "title": title, "reported": reported, "rest": rest}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(self._delete, {"number": number})

    def remove_older(self, connection: Connection, number: int) -> None:
        if self._delete_older is not None:
            connection.execute(self._delete_older, {"number": number})

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


def full_text_of(dialect: str, name: str, older: str = "") -> FullText:
    """That in a table of a database; the other arguments are those of `SqliteFullText`."""
    if dialect == "sqlite":
        return SqliteFullText(name, older)
    return PostgresqlFullText(name, older)
