"""The words of incidents, and of articles: SQLite's FTS5, PostgreSQL's tsvector.

Of each there are three parts: the title, what reporters may read, and the rest. The tables,
`incident_text` and `article_text`, are made by migrations.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, FromClause, Select

from standfast.incidents.search_query import Phrase
from standfast.records.postgresql_full_text import PostgresqlFullText, PostgresqlIncidentText
from standfast.records.sqlite_full_text import SqliteFullText, SqliteIncidentText
from standfast.records.word_query import WordQuery


class FullText(Protocol):
    """The words of incidents, or of articles, by their number, in one database's own way.

    Its words are those of `search_words.words_of`, so no query of it can be misread, and their
    stems those of `word_stems`: both databases find the same.
    """

    source: FromClause
    """What to select from."""

    number: ColumnElement[int]
    """The incident's or the article's, in a row of `source`."""

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        """Index an incident's words in place of those it had; `parts` have a text a line."""

    def remove(self, connection: Connection, number: int) -> None:
        """Forget an incident's words."""

    def remove_older(self, connection: Connection, number: int) -> None:
        """Forget what a build from before migration 0016 has written of a record by its number."""

    def optimize(self, connection: Connection) -> None:
        """Have what was removed be in no file any more."""

    def matches(self, words: WordQuery) -> ColumnElement[bool]:
        """Whether a row of `source` has the words."""

    def rank(self, words: WordQuery) -> ColumnElement[float]:
        """How well a row of `source` that has the words fits, the higher the better.

        Rounded, so that it can be compared.
        """

    def rank_now(self, connection: Connection, words: WordQuery, number: int) -> float | None:
        """The rank of a row that others may have changed by changing themselves: a page goes on
        behind it. None where they cannot, or where it does not have the words any more.
        """

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        """Whether what has that number has none of these phrases.

        reported: where the reporter may read.
        """


class IncidentText(FullText, Protocol):
    """The words of a hundred thousand incidents, most of which a query may find."""

    def newest(
        self, words: WordQuery, where: Iterable[ColumnElement[bool]], most: int
    ) -> Select[Any]:
        """At most so many rows of `indexed_incidents` that have the words, the newest first.

        where: what else holds of them. Each has its `rank` too, as `score`, and `among`: among how
        many that may have the words, the newest, they were found; NULL for all. Where there are
        none, a row without a number may say so.
        """


def full_text_of(dialect: str, name: str) -> FullText:
    """That in a table of a database."""
    return SqliteFullText(name) if dialect == "sqlite" else PostgresqlFullText(name)


def incident_text_of(dialect: str) -> IncidentText:
    """That of incidents."""
    return SqliteIncidentText() if dialect == "sqlite" else PostgresqlIncidentText()
