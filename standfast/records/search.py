"""Full-text search over closed incidents: SQLite's FTS5, PostgreSQL's tsvector."""

import re
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, Float, Integer, String, Subquery, bindparam, text

MOST_WORDS = 24
"""How many words of a text are looked for; the first ones say what it is about."""

LONGEST_WORD = 64
LONGEST_TEXT = 60_000
"""Characters of an incident that are indexed; a tsvector may hold one megabyte."""

_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset(
    """
    about after all also and any are because been before but can cannot could did does doing for
    from get gets getting had has have having her here him his how into its just more most not
    now off once only other our out over own please same she should since some such than that
    the their them then there these they this those through too under until very was were what
    when where which while who why will with would you your
    """.split()  # noqa: SIM905
)
"""Words that say nothing about what is broken. Shorter ones are left out by their length."""


def significant_words(text: str) -> list[str]:
    """The first words of a text that say what it is about, lower case, each once.

    Letters and digits only: whatever else a reporter types is no operator of a search.

    >>> significant_words('The "disk" is FULL -- disk_full OR (web-1)')
    ['disk', 'full', 'web']
    """
    words: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = match.group().lower()
        if len(words) == MOST_WORDS:
            break
        if word in _COMMON or len(word) > LONGEST_WORD or (len(word) < 3 and word.isascii()):
            continue
        words[word] = None
    return list(words)


class Search(Protocol):
    """The words of incidents by the number of their row, in one database's own way.

    Its table `incident_words` is made by a migration.
    """

    def put(self, connection: Connection, number: int, title: str, body: str) -> None:
        """Index an incident's words in place of those it had."""

    def remove(self, connection: Connection, number: int) -> None:
        """Forget an incident's words."""

    ranked: Subquery
    """Rows (number, rank) of the incidents that a `:query` finds; the best rank is the highest."""

    def any_of(self, words: Sequence[str]) -> str:
        """The query that finds incidents with any of the words."""


def _ranked(statement: str) -> Subquery:
    return (
        text(statement)
        .bindparams(bindparam("query", type_=String))
        .columns(number=Integer, rank=Float)
        .subquery("ranked")
    )


_DELETE_WORDS = text("DELETE FROM incident_words WHERE rowid = :number")
_INSERT_WORDS = text(
    "INSERT INTO incident_words (rowid, title, body) VALUES (:number, :title, :body)"
)


class SqliteSearch:
    """FTS5, ranked by bm25; a word finds its other endings too (Porter)."""

    ranked = _ranked(
        "SELECT rowid AS number, -bm25(incident_words, 4.0, 1.0) AS rank "
        "FROM incident_words WHERE incident_words MATCH :query"
    )

    def put(self, connection: Connection, number: int, title: str, body: str) -> None:
        connection.execute(_DELETE_WORDS, {"number": number})
        connection.execute(
            _INSERT_WORDS, {"number": number, "title": title, "body": body[:LONGEST_TEXT]}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE_WORDS, {"number": number})

    def any_of(self, words: Sequence[str]) -> str:
        return " OR ".join(f'"{word}"' for word in words)


_PUT_VECTOR = text(
    "INSERT INTO incident_words (number, words) VALUES (:number, "
    "setweight(to_tsvector('english', :title), 'A') || "
    "setweight(to_tsvector('english', :body), 'D')) "
    "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
)

_DELETE_VECTOR = text("DELETE FROM incident_words WHERE number = :number")


class PostgresqlSearch:
    """A tsvector with English stems, ranked by ts_rank; the title weighs more."""

    ranked = _ranked(
        "SELECT number, ts_rank(words, to_tsquery('english', :query)) AS rank "
        "FROM incident_words WHERE words @@ to_tsquery('english', :query)"
    )

    def put(self, connection: Connection, number: int, title: str, body: str) -> None:
        connection.execute(
            _PUT_VECTOR, {"number": number, "title": title, "body": body[:LONGEST_TEXT]}
        )

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(_DELETE_VECTOR, {"number": number})

    def any_of(self, words: Sequence[str]) -> str:
        return " | ".join(f"'{word}'" for word in words)
