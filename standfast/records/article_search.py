"""Articles as somebody reads them: found by words, with how often each fixed an incident.

What somebody may not see is left out by the query itself. Responders find an article as they find
the incident it was written from; reporters find what is published for them. What was used in an
incident counts for those who find that incident.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
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

from standfast.decisions.article_review import Terms, standing
from standfast.decisions.fix_rate import Opened, Use, rate_of
from standfast.incidents.article import (
    CHANGED_BY_PEOPLE,
    Article,
    ArticleState,
    ArticleText,
    ArticleVersion,
    FixRate,
    KnownFix,
    ShownArticle,
)
from standfast.incidents.confidentiality import Reader
from standfast.incidents.roles import Role
from standfast.incidents.search_query import Phrase, SearchQuery
from standfast.records.article_uses import shown_uses, use_of, uses_seen_by
from standfast.records.database import Database
from standfast.records.readers import confidential, found_by
from standfast.records.search import Searcher
from standfast.records.tables import (
    article_uses,
    article_versions,
    articles,
    articles_helped,
    indexed_incidents,
)
from standfast.records.word_query import WordQuery

EVERY_RESPONDER = Searcher("", Role.RESPONDER, Reader(()))
"""Who finds what every responder finds, and so nothing confidential."""

NARROWED_BY = ("service", "category", "team")
"""Fields of a query that articles have."""

REPORTERS_NARROW_BY = ("service",)
"""Those that reporters see. By another they find nothing, so that nobody learns it by asking."""

_a, _v, _u = articles.c, article_versions.c, article_uses.c
_origin = indexed_incidents.alias("origin")
_o = _origin.c
_FROM_IT = and_(_o.incident_id == _a.incident_id, _o.episode == _a.episode)


class Wanted(StrEnum):
    """Which articles are asked for; `review` are those that wait for a reviewer."""

    ANY = "any"
    OFFERED = "offered"
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"
    REVIEW = "review"


class ArticlePlace(NamedTuple):
    """A place among what was found: the best first, then the newest."""

    score: float
    number: int


class ArticlesFound(NamedTuple):
    """Some of what was found, in its order; next: from where on the rest is, None on the last."""

    articles: tuple[Article, ...]
    next: ArticlePlace | None


class ArticleSearch:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used. `terms` are what the policy says
    of articles now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._text = database.article_text

    def page(
        self,
        query: SearchQuery,
        searcher: Searcher,
        wanted: Wanted,
        terms: Terms,
        limit: int,
        after: ArticlePlace | None = None,
    ) -> ArticlesFound:
        """At most `limit` articles, from behind a place on: what fits best, else the newest."""
        reported = not searcher.role.may(Role.RESPONDER)
        score: ColumnElement[float] = literal(0.0, Float)
        found = _readable(searcher, terms)
        words = WordQuery((query.wanted,), query.unwanted, reported=reported)
        if query.wanted:
            score = self._text.rank(words)
            found = found.join(self._text.source, self._text.number == _a.number)
            found = found.where(self._text.matches(words))
        elif query.unwanted:
            found = found.where(self._text.lacks(_a.number, query.unwanted, reported=reported))
        for each in query.conditions:
            if reported and each.field not in REPORTERS_NARROW_BY:
                found = found.where(false())
            column = _a.team if each.field == "team" else _v[each.field]
            is_one: ColumnElement[bool] = column.in_(each.values)
            found = found.where(~is_one if each.excluded else is_one)
        ranked = found.where(_is(wanted, terms)).add_columns(score.label("score")).subquery()
        r = ranked.c
        page = select(ranked).order_by(r.score.desc(), r.number.desc()).limit(limit + 1)
        with self._database.reading() as connection:
            if after:
                now = None
                if query.wanted:
                    now = self._text.rank_now(connection, words, after.number)
                reached = literal(after.score if now is None else now, Float)
                page = page.where(tuple_(r.score, r.number) < tuple_(reached, after.number))
            rows = connection.execute(page).all()
            shown = rows[:limit]
            made = _articles(connection, shown, searcher, terms)
        last = shown[-1] if len(rows) > limit else None
        return ArticlesFound(tuple(made), ArticlePlace(last.score, last.number) if last else None)

    def fitting(
        self, words: Sequence[str], searcher: Searcher, terms: Terms, limit: int
    ) -> list[Article]:
        """At most `limit` published articles with any of these words, what fits best first."""
        if not words:
            return []
        reported = not searcher.role.may(Role.RESPONDER)
        asked = WordQuery(tuple((Phrase((word,)),) for word in words), reported=reported)
        found = (
            _readable(searcher, terms)
            .join(self._text.source, self._text.number == _a.number)
            .where(self._text.matches(asked), _is(Wanted.PUBLISHED, terms))
            .order_by(self._text.rank(asked).desc(), _a.number.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(found).all()
            return _articles(connection, rows, searcher, terms)

    def get(
        self,
        article_id: str,
        searcher: Searcher,
        terms: Terms,
        version: int | None = None,
    ) -> ShownArticle | None:
        """One article, as it is read or in this version; None where it does not exist for them."""
        its_own = _readable(searcher, terms, version).where(_a.article_id == article_id)
        with self._database.reading() as connection:
            row = connection.execute(its_own).first()
            if row is None:
                return None
            (article,) = _articles(connection, [row], searcher, terms)
            if not searcher.role.may(Role.RESPONDER):
                return ShownArticle(**dict(article))
            return ShownArticle(
                **dict(article),
                versions=tuple(_versions(connection, row.number)),
                uses=tuple(shown_uses(connection, row.number, searcher.reader, terms.window)),
            )

    def of_episode(
        self, incident_id: str, episode: int, searcher: Searcher, terms: Terms
    ) -> list[Article]:
        """The articles that were written from an episode or used in it, the best rate first."""
        used = select(_u.number).where(_u.incident_id == incident_id, _u.episode == episode)
        from_it = and_(_a.incident_id == incident_id, _a.episode == episode)
        found = _readable(searcher, terms).where(or_(_a.number.in_(used), from_it))
        with self._database.reading() as connection:
            rows = connection.execute(found.order_by(_a.number)).all()
            made = _articles(connection, rows, searcher, terms)
        return sorted(made, key=lambda each: -each.rate.worked)

    def hidden(self, article_ids: Collection[str], reader: Reader) -> set[str]:
        """Those of these articles that a responder does not find, or nobody any more."""
        known = (
            select(_a.article_id)
            .outerjoin(_origin, _FROM_IT)
            .where(_a.article_id.in_(article_ids), _finds(reader))
        )
        with self._database.reading() as connection:
            return set(article_ids) - set(connection.execute(known).scalars())

    def fixes(
        self, episodes: Iterable[tuple[str, int]], terms: Terms, again: Opened | None = None
    ) -> dict[tuple[str, int], KnownFix]:
        """The published article that was used in each of these episodes, of several the one that
        worked most often; for every responder, so none from what is confidential.

        again: what has just been opened, and may be on record already or not: either way it came
        back, if it had closed before.
        """
        asked = list(episodes)
        if not asked:
            return {}
        used = select(_u.number, _u.incident_id, _u.episode)
        used = used.where(tuple_(_u.incident_id, _u.episode).in_(asked))
        with self._database.reading() as connection:
            uses = connection.execute(used).all()
            if not uses:  # as in a storm of what has never happened before
                return {}
            numbers = {use.number for use in uses}
            found = _readable(EVERY_RESPONDER, terms).where(_a.number.in_(numbers))
            rows = connection.execute(found.where(_is(Wanted.PUBLISHED, terms))).all()
            made = _articles(connection, rows, EVERY_RESPONDER, terms, again)
        articles = {row.number: article for row, article in zip(rows, made, strict=True)}
        fixes: dict[tuple[str, int], KnownFix] = {}
        for use in uses:
            article = articles.get(use.number)
            known = fixes.get((use.incident_id, use.episode))
            if article and (known is None or article.rate.worked > known.rate.worked):
                fixes[use.incident_id, use.episode] = KnownFix(
                    article_id=article.article_id, title=article.text.title, rate=article.rate
                )
        return fixes


def _readable(searcher: Searcher, terms: Terms, version: int | None = None) -> Select[Any]:
    """What this person may read: each article in the version that is read, or in this one."""
    shown: Any = func.coalesce(_a.published, _a.latest)
    if not searcher.role.may(Role.RESPONDER):
        shown = _a.published
    elif version is not None:
        shown = literal(version)
    return (
        select(articles, *(_v[name] for name in ("version", "at", "by", *CHANGED_BY_PEOPLE)))
        .select_from(articles)
        .join(article_versions, and_(_v.number == _a.number, _v.version == shown))
        .outerjoin(_origin, _FROM_IT)
        .where(_may_read(searcher, terms))
    )


def _may_read(searcher: Searcher, terms: Terms) -> ColumnElement[bool]:
    if searcher.role.may(Role.RESPONDER):
        return _finds(searcher.reader)
    for_all = or_(_FROM_NOTHING, and_(_IS_KNOWN, ~confidential(_o.readers)))
    return and_(for_all, _v.for_reporters, _is(Wanted.PUBLISHED, terms))


_FROM_NOTHING, _IS_KNOWN = _a.incident_id == "", _o.number.is_not(None)


def _finds(reader: Reader | None) -> ColumnElement[bool]:
    """Whether a responder finds an article: as the incident that it was written from."""
    if reader is None:
        return true()
    own = true() if reader.teams is None else _a.team.in_(["", *reader.teams])
    return or_(and_(_FROM_NOTHING, own), and_(_IS_KNOWN, found_by(reader, _o.readers, _o.team)))


def _is(wanted: Wanted, terms: Terms) -> ColumnElement[bool]:
    """As `decisions.article_review.standing` says it."""
    by_hand = _a.retired_at.is_not(None)
    retired = or_(by_hand, and_(_a.published.is_not(None), _before(terms.retired)))
    match wanted:
        case Wanted.ANY:
            return true()
        case Wanted.OFFERED:
            return ~retired
        case Wanted.DRAFT:
            return and_(~by_hand, _a.published.is_(None))
        case Wanted.PUBLISHED:
            return and_(~retired, _a.published.is_not(None))
        case Wanted.RETIRED:
            return retired
        case Wanted.REVIEW:
            changed = _a.latest != func.coalesce(_a.published, 0)
            return and_(~by_hand, or_(changed, _before(terms.due), _before(terms.retired)))


def _before(moment: datetime | None) -> ColumnElement[bool]:
    return false() if moment is None else func.coalesce(_a.reviewed_at < moment, false())


def _articles(
    connection: Connection,
    rows: Sequence[Row[Any]],
    searcher: Searcher,
    terms: Terms,
    again: Opened | None = None,
) -> list[Article]:
    """The articles of these rows; for responders with their rates. again: as in `fixes`."""
    rates: dict[int, FixRate] = {}
    helped: dict[int, int] = {}
    if rows and searcher.role.may(Role.RESPONDER):
        numbers = {row.number for row in rows}
        uses: dict[int, list[Use]] = defaultdict(list)
        for used in connection.execute(uses_seen_by(searcher.reader).where(_u.number.in_(numbers))):
            uses[used.number].append(use_of(used, again))
        rates = {number: rate_of(its_own, terms.window) for number, its_own in uses.items()}
        h = articles_helped.c
        counts = select(h.number, func.count().label("times")).where(h.number.in_(numbers))
        helped = {row.number: row.times for row in connection.execute(counts.group_by(h.number))}
    made = []
    for row in rows:
        state, due = standing(row.published, row.reviewed_at, row.retired_at, terms)
        because = row.retired_because
        if state is ArticleState.RETIRED and row.retired_at is None:
            because = "nobody has reviewed it for longer than the policy allows"
        made.append(
            Article(
                article_id=row.article_id,
                state=state,
                text=_text(row),
                version=row.version,
                latest=row.latest,
                published=row.published,
                written_by=row.by,
                written_at=row.at,
                team=row.team,
                incident_id=row.incident_id,
                episode=row.episode,
                reviewed_by=row.reviewed_by,
                reviewed_at=row.reviewed_at,
                review_due=due,
                retired_by=row.retired_by,
                retired_at=row.retired_at,
                retired_because=because,
                rate=rates.get(row.number, FixRate()),
                helped=helped.get(row.number, 0),
            )
        )
    return made


def _versions(connection: Connection, number: int) -> list[ArticleVersion]:
    wanted = select(_v.version, _v.at, _v.by).where(_v.number == number)
    rows = connection.execute(wanted.order_by(_v.version.desc()))
    return [ArticleVersion(number=row.version, at=row.at, by=row.by) for row in rows]


def _text(row: Row[Any]) -> ArticleText:
    return ArticleText.model_construct(**{name: getattr(row, name) for name in CHANGED_BY_PEOPLE})
