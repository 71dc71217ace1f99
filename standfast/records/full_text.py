"""The words of incidents: SQLite's FTS5, PostgreSQL's tsvector.

Of each incident there are three parts: the title, what its reporter may read, and the rest. Its
table `incident_text` is made by a migration.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select

from standfast.incidents.search_query import Phrase
from standfast.records.postgresql_full_text import PostgresqlFullText
from standfast.records.sqlite_full_text import SqliteFullText
from standfast.records.word_query import WordQuery


class FullText(Protocol):
    """The words of incidents by their number, in one database's own way.

    Its words are those of `search_words.words_of`, so no query of it can be misread.
    """

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        """Index an incident's words in place of those it had."""

    def remove(self, connection: Connection, number: int) -> None:
        """Forget an incident's words."""

    def remove_older(self, connection: Connection, number: int) -> None:
        """Forget what a build from before migration 0016 has written of a record by its number."""

    def optimize(self, connection: Connection) -> None:
        """Have what was removed be in no file any more."""

    def newest(
        self, words: WordQuery, where: Iterable[ColumnElement[bool]], most: int
    ) -> Select[Any]:
        """At most so many rows of `indexed_incidents` that have the words, the newest first.

        where: what else holds of them. Each has a `score` too: how well it fits, the higher the
        better; rounded, so that it can be compared.
        """

    def checked(
        self, words: WordQuery, where: Sequence[ColumnElement[bool]]
    ) -> tuple[Select[Any], int] | None:
        """How to count the rows that `newest` may look at one by one, and at how many at most.

        None where the index tells all, so that it looks at none.
        """

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        """Whether the incident with that number has none of these phrases.

        reported: where the reporter may read.
        """


def full_text_of(dialect: str) -> FullText:
    """That of a database."""
    made: Callable[[], FullText] = SqliteFullText if dialect == "sqlite" else PostgresqlFullText
    return made()
