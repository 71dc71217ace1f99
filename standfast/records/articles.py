"""Articles as they are written: versions, reviews, uses, and what erasing leaves of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from standfast.incidents.article import CHANGED_BY_PEOPLE, ArticleText
from standfast.incidents.ids import article_id as new_article_id
from standfast.incidents.search_words import words_of
from standfast.records.database import Database
from standfast.records.readers import confidential
from standfast.records.tables import (
    article_uses,
    article_versions,
    articles,
    articles_helped,
    indexed_incidents,
)

_a, _v, _u = articles.c, article_versions.c, article_uses.c


class Origin(NamedTuple):
    """The episode that an article is written from; reopened: how often it was sent back."""

    incident_id: str
    episode: int
    team: str
    reopened: int


class Articles:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._text = database.article_text

    def write(self, text: ArticleText, by: str, origin: Origin | None = None) -> str:
        """A new article, a draft; its id. The episode it is written from is its first use."""
        with self._database.writing() as connection:
            at = self._database.now(connection)
            row = {
                "article_id": new_article_id(),
                "incident_id": origin.incident_id if origin else "",
                "episode": origin.episode if origin else None,
                "team": origin.team if origin else "",
                "latest": 0,
                "reviewed_by": "",
                "retired_by": "",
                "retired_because": "",
            }
            added = self._database.insert(articles).on_conflict_do_nothing().returning(_a.number)
            while (number := connection.execute(added, row).scalar()) is None:  # the id is taken
                row["article_id"] = new_article_id()
            self._add_version(connection, number, 1, by, text)
            if origin:
                use = {
                    "number": number,
                    "incident_id": origin.incident_id,
                    "episode": origin.episode,
                    "by": by,
                    "at": at,
                    "reopened": origin.reopened,
                }
                connection.execute(insert(article_uses), use)
        return str(row["article_id"])

    def edit(
        self, article_id: str, changes: Mapping[str, Any], by: str, read: int | None = None
    ) -> bool:
        """A new version, if these fields of its text change anything.

        read: the latest version that its author knew; False where there is a later one, or no such
            article.
        """
        with self._database.writing() as connection:
            row = self._held(connection, article_id)
            if row is None or (read is not None and row.latest != read):
                return False
            before = _text(connection, row.number, row.latest)
            text = before.model_copy(update=dict(changes))
            if text != before:
                self._add_version(connection, row.number, row.latest + 1, by, text)
        return True

    def publish(self, article_id: str, version: int, by: str) -> bool:
        """That version was reviewed and is what others read from now on; False without it."""
        with self._database.writing() as connection:
            row = self._held(connection, article_id)
            its_own = (_v.number == _a.number, _v.version == version)
            exists = select(_v.version).join(articles, and_(*its_own))
            if not connection.execute(exists.where(_a.article_id == article_id)).first():
                return False
            reviewed = {
                "published": version,
                "reviewed_by": by,
                "reviewed_at": self._database.now(connection),
                "retired_by": "",
                "retired_at": None,
                "retired_because": "",
            }
            connection.execute(update(articles).where(_a.number == row.number).values(reviewed))
            self._index(connection, row.number)
        return True

    def retire(self, article_id: str, by: str, reason: str) -> None:
        """It is not offered any more."""
        with self._database.writing() as connection:
            retired = {
                "retired_by": by,
                "retired_at": self._database.now(connection),
                "retired_because": reason,
            }
            connection.execute(update(articles).where(_a.article_id == article_id).values(retired))

    def use(self, article_id: str, incident_id: str, episode: int, by: str, reopened: int) -> None:
        """It was used in this episode, which had been sent back so often; said again, the same."""
        with self._database.writing() as connection:
            row = self._held(connection, article_id)
            if row is None:
                return
            use = {
                "number": row.number,
                "incident_id": incident_id,
                "episode": episode,
                "by": by,
                "at": self._database.now(connection),
                "reopened": reopened,
            }
            added = self._database.insert(article_uses)
            again = added.on_conflict_do_update(
                index_elements=["number", "incident_id", "episode"],
                set_={name: added.excluded[name] for name in ("by", "at", "reopened")},
            )
            connection.execute(again, use)

    def take_back_use(self, article_id: str, incident_id: str, episode: int) -> bool:
        """It was not used there; whether somebody had said so."""
        with self._database.writing() as connection:
            number = select(_a.number).where(_a.article_id == article_id).scalar_subquery()
            its_own = (_u.number == number, _u.incident_id == incident_id, _u.episode == episode)
            return connection.execute(delete(article_uses).where(*its_own)).rowcount > 0

    def helped(self, article_id: str, form: str) -> None:
        """It helped somebody before they reported; counted once for each form."""
        with self._database.writing() as connection:
            row = self._held(connection, article_id)
            if row is not None:
                note = {"number": row.number, "form": form, "at": self._database.now(connection)}
                once = self._database.insert(articles_helped).on_conflict_do_nothing()
                connection.execute(once, note)

    def forget(self, connection: Connection, incident_id: str) -> None:
        """What erasing an incident does to what was written from it.

        A draft goes with it, and so does every article of a confidential incident. What is
        published has been reviewed for others: that version stays, without its tie to the incident.
        """
        stay = set(self._staying(connection, incident_id))
        wanted = select(_a.number, _a.article_id, _a.published)
        for row in connection.execute(wanted.where(_a.incident_id == incident_id)).all():
            if row.article_id not in stay:
                self._remove(connection, row.number)
                continue
            others = and_(_v.number == row.number, _v.version != row.published)
            connection.execute(delete(article_versions).where(others))
            untied = {"incident_id": "", "episode": None, "latest": row.published}
            connection.execute(update(articles).where(_a.number == row.number).values(untied))

    def catch_up(self) -> Iterator[int]:
        """Index those whose words are not indexed, such as after an upgrade; one, a step."""
        indexed = select(self._text.number).select_from(self._text.source)
        without = select(_a.number).where(_a.number.not_in(indexed))
        with self._database.reading() as connection:
            numbers = connection.execute(without.order_by(_a.number)).scalars().all()
        for number in numbers:
            with self._database.writing() as connection:
                self._index(connection, number)
            yield 1

    def staying(self, incident_ids: Collection[str]) -> list[str]:
        """The ids of the articles that stay when these incidents are erased."""
        with self._database.reading() as connection:
            return [found for each in incident_ids for found in self._staying(connection, each)]

    def _staying(self, connection: Connection, incident_id: str) -> list[str]:
        line = indexed_incidents.c
        is_secret = select(confidential(line.readers)).where(line.incident_id == incident_id)
        secret = connection.execute(is_secret).scalars().all()
        if not secret or any(secret):  # what is not indexed yet may be confidential as well
            return []
        its_own = select(_a.article_id).where(_a.incident_id == incident_id)
        return list(connection.execute(its_own.where(_a.published.is_not(None))).scalars())

    def index_again(self, connection: Connection, numbers: Iterable[int]) -> None:
        """Index the words of these articles, whose texts have changed in place."""
        for number in numbers:
            self._index(connection, number)

    def _remove(self, connection: Connection, number: int) -> None:
        self._text.remove(connection, number)
        for table in (articles_helped, article_uses, article_versions, articles):
            connection.execute(delete(table).where(table.c.number == number))

    def _held(self, connection: Connection, article_id: str) -> Any:
        """Its row, which nobody else changes until the transaction is over; None without one."""
        wanted = select(articles).where(_a.article_id == article_id).with_for_update()
        return connection.execute(wanted).first()

    def _add_version(
        self, connection: Connection, number: int, version: int, by: str, text: ArticleText
    ) -> None:
        row = {
            "number": number,
            "version": version,
            "at": self._database.now(connection),
            "by": by,
            **text.model_dump(),
        }
        connection.execute(insert(article_versions), row)
        connection.execute(update(articles).where(_a.number == number).values(latest=version))
        self._index(connection, number)

    def _index(self, connection: Connection, number: int) -> None:
        """What is found is what is read: the published version, else the latest."""
        row = connection.execute(
            select(func.coalesce(_a.published, _a.latest).label("shown")).where(_a.number == number)
        ).first()
        if row is None:
            return
        text = _text(connection, number, row.shown)
        self._text.put(
            connection,
            number,
            (
                _words(text.title),
                _words(text.symptom, text.fix),
                _words(text.cause, text.verified, text.service, text.category),
            ),
        )


def _text(connection: Connection, number: int, version: int) -> ArticleText:
    wanted = select(*(_v[name] for name in CHANGED_BY_PEOPLE)).where(
        _v.number == number, _v.version == version
    )
    return ArticleText.model_construct(**connection.execute(wanted).mappings().one())


def _words(*texts: str) -> str:
    return "\n".join(" ".join(words_of(text)) for text in texts)
