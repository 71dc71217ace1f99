"""The words of incidents and articles in PostgreSQL: a tsvector each, and a GIN index.

Both are written out here, without PostgreSQL's own parser and dictionaries: these part `6e8ae9aa`
as if it were a number, and know nothing of `down`.

The index knows which incidents have a word, and not where in them. So a phrase is looked up in each
incident that has its words, and so is what only counts where the reporter may read.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Numeric,
    Select,
    String,
    Subquery,
    TextClause,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.selectable import LateralFromClause

from standfast.incidents.search_query import Phrase
from standfast.records.tables import indexed_incidents
from standfast.records.word_query import (
    WordQuery,
    indexed_texts,
    shorter_stems,
    stems_of_phrase,
)

MOST_CHECKED = 10_000
"""Incidents that one search looks at one by one: the newest of those that have the words."""


_MOST_PLACES, _LAST_PLACE = 255, 16_383
"""What a tsvector keeps: so many places of a word, and none behind this one."""


class PostgresqlFullText:
    """A tsvector, ranked by ts_rank; the title weighs more.

    The weights A and B are the title and what the reporter may read.
    """

    def __init__(self, name: str, older: str = "") -> None:
        """`name` is the table; `older` the one that builds from before migration 0016 write to."""
        self.source: FromClause = table(name)
        self.number: ColumnElement[int] = literal_column(f"{name}.number", Integer)
        self._words: ColumnElement[str] = literal_column(f"{name}.words", String)
        self._delete = _deletion(name)
        self._delete_older = _deletion(older) if older else None
        self._put = text(
            f"INSERT INTO {name} (number, words) "  # noqa: S608 - our own table
            "VALUES (:number, CAST(:words AS tsvector)) "
            "ON CONFLICT (number) DO UPDATE SET words = excluded.words"
        )

    def put(self, connection: Connection, number: int, parts: tuple[str, str, str]) -> None:
        connection.execute(self._put, {"number": number, "words": _tsvector(parts)})

    def remove(self, connection: Connection, number: int) -> None:
        connection.execute(self._delete, {"number": number})

    def remove_older(self, connection: Connection, number: int) -> None:
        if self._delete_older is not None:
            connection.execute(self._delete_older, {"number": number})

    def optimize(self, connection: Connection) -> None:
        """Nothing to do: PostgreSQL vacuums by itself."""

    def matches(self, words: WordQuery) -> ColumnElement[bool]:
        return _match(self._words, _expression(words))

    def rank(self, words: WordQuery) -> ColumnElement[float]:
        return _rank(self._words, words)

    def rank_now(self, connection: Connection, words: WordQuery, number: int) -> float | None:  # noqa: ARG002
        return None  # it depends on nothing but the row itself

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        its_own = select(literal(1)).select_from(self.source).where(number == self.number)
        return ~its_own.where(_match(self._words, _any(unwanted, reported))).exists()


class PostgresqlIncidentText(PostgresqlFullText):
    """Goes by the index wherever that can tell."""

    def __init__(self) -> None:
        super().__init__("incident_text", older="incident_words")

    def newest(
        self, words: WordQuery, where: Iterable[ColumnElement[bool]], most: int
    ) -> Select[Any]:
        exact = _expression(words)
        if exact == _as_indexed(words):
            some = _numbers(words, where, most).subquery()
            found = self._ranked(some, words, most).subquery()
            its_line = _line_of(found.c.number)
            every = literal(None, Integer).label("among")
            return select(*its_line.c, every, found.c.score).join_from(found, its_line, true())
        candidates = _numbers(words, where, MOST_CHECKED).cte()
        in_order = select(candidates.c.number).order_by(candidates.c.number.desc()).subquery()
        found = self._ranked(in_order, words, most, exact).subquery()
        its_line = _line_of(found.c.number)
        count = func.count()
        among = case((count >= MOST_CHECKED, MOST_CHECKED)).label("among")
        counted = select(among).select_from(candidates).subquery()
        lines = found.join(its_line, true())
        return select(*its_line.c, counted.c.among, found.c.score).select_from(
            counted.outerjoin(lines, true())
        )

    def _ranked(
        self, newest: Subquery, words: WordQuery, most: int, exact: str = ""
    ) -> Select[Any]:
        """So many of these, which are in order: it looks at the words of no more than it takes."""
        number = newest.c.number
        its_words = select(self._words.label("words")).select_from(self.source)
        its_text = _looked_up(its_words.where(self.number == number))
        score = _rank(its_text.c.words, words).label("score")
        found = select(number, score).join_from(newest, its_text, true())
        if exact:
            found = found.where(_match(its_text.c.words, exact))
        return found.order_by(number.desc()).limit(most)

    def lacks(
        self, number: ColumnElement[int], unwanted: Sequence[Phrase], *, reported: bool = False
    ) -> ColumnElement[bool]:
        told = [] if reported else [each for each in unwanted if len(each.words) == 1]
        others = [each for each in unwanted if each not in told]
        holds: list[ColumnElement[bool]] = []
        if told:
            having = _having(_any(told))
            holds.append(number.not_in(select(having.c.number)))
        if others:
            holds.append(super().lacks(number, others, reported=reported))
        return and_(*holds)


def _deletion(name: str) -> TextClause:
    return text(f"DELETE FROM {name} WHERE number = :number")  # noqa: S608 - our own table


def _numbers(words: WordQuery, where: Iterable[ColumnElement[bool]], most: int) -> Select[Any]:
    """The newest that may have the words: what the index finds.

    Without the index for a reporter: what somebody reported is less than what has a word.
    """
    number: ColumnElement[int] = indexed_incidents.c.number
    narrowed = [each for each in where if each is not true()]
    found = select(number).where(*narrowed)
    if not words.reported:
        having = _having(_as_indexed(words))
        if narrowed:
            found = found.join(having, having.c.number == number)
        else:
            number = having.c.number
            found = select(number)
    return found.order_by(number.desc()).limit(most)


def _line_of(number: ColumnElement[int]) -> LateralFromClause:
    line = indexed_incidents.c
    return _looked_up(select(*line).where(line.number == number))


def _looked_up(one: Select[Any]) -> LateralFromClause:
    """A row by its number, for each: OFFSET 0, or all of them would be read to find a few."""
    return one.offset(literal_column("0")).lateral()


def _having(expression: str) -> Subquery:
    """Numbers by the index: a function of migration 0023, since PostgreSQL by itself would rather
    read all incidents. It does not count that their words have to be unpacked.
    """
    number = func.incidents_with_words(_query(expression), type_=Integer).column_valued("number")
    return select(number).subquery("having_words")


def _tsvector(parts: tuple[str, str, str]) -> str:
    """Each word with its places, and the weight of each; between two texts one is left out."""
    places: dict[str, list[str]] = {}
    at = 0
    for part, weight in zip(parts, ("A", "B", ""), strict=True):
        for words in indexed_texts(part):
            for word in words:
                at = min(at + 1, _LAST_PLACE)
                places.setdefault(word, []).append(f"{at}{weight}")
            at = min(at + 1, _LAST_PLACE)
    return " ".join(f"'{word}':{','.join(its[:_MOST_PLACES])}" for word, its in places.items())


def _query(expression: str) -> ColumnElement[Any]:
    return cast(literal(expression, String), TSQUERY)


def _match(words: ColumnElement[Any], expression: str) -> ColumnElement[bool]:
    return words.op("@@", is_comparison=True)(_query(expression))


def _rank(its_words: ColumnElement[Any], words: WordQuery) -> ColumnElement[float]:
    fits = _expression(words._replace(unwanted=()))
    if words.ranked_by:
        fits = _any(dict.fromkeys(each for way in (*words.ways, words.ranked_by) for each in way))
    rest = 0 if words.reported else 0.25
    weights: ColumnElement[Any] = literal_column(f"'{{{rest}, 0.25, 0.25, 1}}'")
    rank = func.ts_rank(weights, its_words, _query(fits))
    return cast(func.round(cast(rank, Numeric) * 100, 4), Float)


def _expression(words: WordQuery) -> str:
    ways = " | ".join(f"({_all(way, words.reported)})" for way in words.ways)
    unwanted = (f"!{_phrase(each, words.reported)}" for each in words.unwanted)
    return " & ".join((f"({ways})", *unwanted))


def _as_indexed(words: WordQuery) -> str:
    """What finds the same, and more where the index does not tell all."""
    ways = tuple(tuple(part for each in way for part in _parts(each)) for way in words.ways)
    return _expression(WordQuery(ways, tuple(e for e in words.unwanted if len(e.words) == 1)))


def _parts(phrase: Phrase) -> Iterable[Phrase]:
    *before, last = phrase.words
    yield from (Phrase((word,)) for word in before)
    yield Phrase((last,), phrase.is_prefix)


def _all(phrases: Iterable[Phrase], reported: bool = False) -> str:
    return " & ".join(_phrase(each, reported) for each in phrases)


def _any(phrases: Iterable[Phrase], reported: bool = False) -> str:
    return " | ".join(_phrase(each, reported) for each in phrases)


def _phrase(phrase: Phrase, reported: bool = False) -> str:
    where = "AB" if reported else ""
    weighed = f":{where}" if where else ""
    *before, last = stems_of_phrase(phrase)
    leading = "".join(f"'{each}'{weighed} <-> " for each in before)
    beginning = f":*{where}" if phrase.is_prefix else weighed
    shorter = shorter_stems(last) if phrase.is_prefix else []
    ways = [f"({leading}'{last}'{beginning})"]
    ways += [f"({leading}'{stem}'{weighed})" for stem in shorter]
    return f"({' | '.join(ways)})"
