"""Reviews of closed incidents, as their workflows last had them.

A row is written first: with the record of the incident, or when somebody asks for a review. A run
of its workflow is started from it, and from then on writes it; an older run, or one whose incident
was erased, finds that it may not, and ends.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, select, update

from standfast.incidents.confidentiality import Reader
from standfast.incidents.review import ActionItem, ListedReview, Review, ReviewState
from standfast.records.database import Database
from standfast.records.readers import found_by
from standfast.records.tables import incident_keys, indexed_incidents, reviews

_AT_ONCE = 500
"""Ids in one statement: databases take so many parameters and not many more."""

OPEN_STATES = (ReviewState.WANTED, ReviewState.WRITING, ReviewState.ACTING)
"""In which something is still to be done."""


class Reviews:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        c = reviews.c
        self._insert = (
            database.insert(reviews).on_conflict_do_nothing().returning(c.incident_id, c.episode)
        )

    def put(self, connection: Connection, review: Review) -> bool:
        """Have a review begin, in a transaction that writes more; False where there is one."""
        row = {**_row(review), "to_start": True}
        return connection.execute(self._insert, row).first() is not None

    def want(self, review: Review) -> bool:
        """Have a review begin; False where there is one already."""
        with self._database.writing() as connection:
            return self.put(connection, review)

    def to_start(self, most: int) -> list[Review]:
        """Those of which a run is to be started, the oldest first.

        One whose incident has a key that is to be thrown away waits: its run would need that key.
        """
        c, key = reviews.c, incident_keys.c
        going = exists().where(
            key.incident_id == c.incident_id,
            key.retired_at.is_not(None),
            key.thrown_away_at.is_(None),
        )
        wanted = select(c.document).where(c.to_start, ~going).order_by(c.due_at).limit(most)
        with self._database.reading() as connection:
            return _read(connection, wanted)

    def running(self, most: int) -> list[Review]:
        """Those that are not over and whose run has begun, by what is due next."""
        c = reviews.c
        wanted = select(c.document).where(c.state.in_(OPEN_STATES), ~c.to_start)
        ordered = wanted.order_by(c.due_at, c.incident_id, c.episode).limit(most)
        with self._database.reading() as connection:
            return _read(connection, ordered)

    def hidden_from(self, reader: Reader, incident_ids: Collection[str]) -> set[str]:
        """Those of these incidents of which there is a review that the reader does not find."""
        c, of = reviews.c, indexed_incidents.c
        its_line = (of.incident_id == c.incident_id) & (of.episode == c.episode)
        hidden: set[str] = set()
        with self._database.reading() as connection:
            for ids in _portions(incident_ids):
                every = select(c.incident_id, c.episode).where(c.incident_id.in_(ids))
                may = found_by(reader, of.readers, of.team)
                found = every.join(indexed_incidents, its_line).where(may)
                all_, theirs = (set(connection.execute(each).all()) for each in (every, found))
                hidden |= {incident_id for incident_id, _ in all_ - theirs}
        return hidden

    def keep(self, review: Review) -> bool:
        """Write how a run has it. False where that may not: it is older than what is on record, or
        the incident was erased.
        """
        with self._database.writing() as connection:
            kept = connection.execute(
                _of(review, update(reviews))
                .where(reviews.c.revision <= review.revision)
                .values(**_row(review), to_start=False)
            )
            return kept.rowcount > 0

    def begin_again(self, review: Review) -> bool:
        """Have a run start that goes on from this; False where it has changed meanwhile."""
        with self._database.writing() as connection:
            changed = connection.execute(
                _of(review, update(reviews))
                .where(reviews.c.revision < review.revision)
                .values(**_row(review), to_start=True)
            )
            return changed.rowcount > 0

    def begin_all_again(self, incident_ids: Sequence[str]) -> int:
        """Have runs start for the reviews of these incidents that are not over; how many.

        For where their runs were deleted. What such a run still writes is older, and is refused.
        """
        count = 0
        with self._database.writing() as connection:
            for ids in _portions(incident_ids):
                wanted = select(reviews.c.document).where(
                    reviews.c.incident_id.in_(ids), reviews.c.state.in_(OPEN_STATES)
                )
                for review in _read(connection, wanted):
                    newer = review.model_copy(update={"revision": review.revision + 1})
                    values = {**_row(newer), "to_start": True}
                    connection.execute(_of(newer, update(reviews)).values(**values))
                    count += 1
        return count

    def get(self, incident_id: str, episode: int) -> Review | None:
        """The review of an episode."""
        c = reviews.c
        wanted = select(c.document).where(c.incident_id == incident_id, c.episode == episode)
        with self._database.reading() as connection:
            return next(iter(_read(connection, wanted)), None)

    def episodes(self, incident_id: str) -> list[int]:
        """Of which episodes there is a review, the latest first."""
        c = reviews.c
        wanted = select(c.episode).where(c.incident_id == incident_id).order_by(c.episode.desc())
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def open_actions(
        self, incident_ids: Collection[str], reader: Reader | None
    ) -> list[ActionItem]:
        """The action items of these incidents that are neither done nor dropped, by when they are
        due: those of episodes that the reader finds, None: of all.
        """
        c, of = reviews.c, indexed_incidents.c
        its_line = (of.incident_id == c.incident_id) & (of.episode == c.episode)
        found: list[ActionItem] = []
        with self._database.reading() as connection:
            for ids in _portions(incident_ids):
                wanted = select(c.document).where(c.incident_id.in_(ids), c.state.in_(OPEN_STATES))
                if reader is not None:
                    may = found_by(reader, of.readers, of.team)
                    wanted = wanted.join(indexed_incidents, its_line).where(may)
                for review in _read(connection, wanted):
                    found += review.open_actions
        return sorted(found, key=lambda item: (item.due, item.incident_id, item.episode, item.id))

    def listed(
        self, reader: Reader | None, limit: int, *, over: bool = False
    ) -> list[ListedReview]:
        """At most `limit` reviews of incidents that the reader finds, None: of all.

        over: those that are over, the latest first; else the others, by what is due next.
        """
        c, of = reviews.c, indexed_incidents.c
        states = (ReviewState.OVER,) if over else OPEN_STATES
        wanted = (
            select(c.document, of.title, of.service, of.team, of.priority)
            .join(
                indexed_incidents,
                (of.incident_id == c.incident_id) & (of.episode == c.episode),
            )
            .where(c.state.in_(states))
            .order_by(c.due_at.desc() if over else c.due_at.asc(), c.incident_id, c.episode)
            .limit(limit)
        )
        if reader is not None:
            wanted = wanted.where(found_by(reader, of.readers, of.team))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        listed = []
        for row in rows:
            review = Review.model_validate_json(row.document)
            listed.append(
                ListedReview(
                    review=review,
                    state=review.state,
                    title=row.title,
                    service=row.service,
                    team=row.team,
                    priority=row.priority,
                )
            )
        return listed


def _row(review: Review) -> dict[str, Any]:
    return {
        "incident_id": review.incident_id,
        "episode": review.episode,
        "state": review.state,
        "due_at": review.next_due or review.closed_at or review.wanted_at,
        "revision": review.revision,
        "document": review.model_dump_json(),
    }


def _of(review: Review, statement: Any) -> Any:
    c = reviews.c
    return statement.where(c.incident_id == review.incident_id, c.episode == review.episode)


def _read(connection: Connection, wanted: Select[Any]) -> list[Review]:
    return [Review.model_validate_json(text) for text in connection.execute(wanted).scalars()]


def _portions(incident_ids: Collection[str]) -> list[list[str]]:
    ids = sorted(set(incident_ids))
    return [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
