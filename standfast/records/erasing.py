"""Deletes everything that the record store has of an incident, and leaves a row that says so."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select

from standfast.incidents.record import IncidentView
from standfast.messages.message import InUtc, Message
from standfast.records import tables as t
from standfast.records.articles import Articles
from standfast.records.database import Database
from standfast.records.errors import RecordsUnavailable
from standfast.records.indexing import Indexing

_log = logging.getLogger(__name__)


class Tombstone(Message):
    """What is left of an episode that was erased."""

    incident_id: str
    episode: int
    opened_at: InUtc | None
    closed_at: InUtc | None
    outcome: str
    erased_at: InUtc
    by: str
    reason: str


class _Part(NamedTuple):
    """Rows that belong to an incident; `named` is what a person calls them."""

    named: str
    table: Table
    belongs: ColumnElement[bool]


def _parts(incident_id: str, dedup_keys: Iterable[str]) -> list[_Part]:
    """Where the record store has something of an incident. A new table of that kind goes here."""
    keys = list(dedup_keys)

    def by_id(named: str, table: Table) -> _Part:
        return _Part(named, table, table.c.incident_id == incident_id)

    indexed = select(t.indexed_incidents.c.number).where(
        t.indexed_incidents.c.incident_id == incident_id
    )

    linked = or_(t.problem_links.c.first == incident_id, t.problem_links.c.second == incident_id)

    def by_key(named: str, table: Table) -> _Part:
        return _Part(named, table, table.c.key.startswith(f"{incident_id}:", autoescape=True))

    return [
        by_id("records", t.incidents),
        by_id("what was added to records", t.record_additions),
        by_id("measures", t.measures),
        by_id("uses of articles", t.article_uses),
        by_id("articles written from it", t.articles),
        by_id("archived timeline entries", t.timeline),
        by_id("reviews", t.reviews),
        by_id("versions of what reviews say", t.review_texts),
        by_key("deliveries", t.deliveries),
        by_id("events of deliveries", t.delivery_events),
        by_id("pages", t.pages),
        by_id("SMS and calls", t.phone_messages),
        by_key("steps of runbooks", t.remediation_steps),
        by_id("runbooks that ran", t.remediations),
        by_id("silences of it", t.silenced_incidents),
        by_id("counts of repeats", t.repeats),
        by_id("worse repeats", t.worse_repeats),
        by_id("mails taken", t.mails_seen),
        by_id("mails set aside", t.mails_set_aside),
        _Part("findings", t.findings, t.findings.c.key.contains(f":{incident_id}:")),
        by_id("repairs", t.repairs),
        by_id("projections", t.projections),
        by_id("lines of the list", t.open_incidents),
        _Part("terms of the search", t.incident_terms, t.incident_terms.c.number.in_(indexed)),
        by_id("lines of the search", t.indexed_incidents),
        _Part("links to other incidents", t.problem_links, linked),
        by_id("names of its problem", t.problem_names),
        by_id("what was made in chats", t.chat_steps),
        by_id("replies in chats", t.chat_replies),
        _Part("alerts of its group", t.group_members, t.group_members.c.incident_key.in_(keys)),
        _Part("groups", t.groups, t.groups.c.incident_key.in_(keys)),
        _Part("recoveries", t.alert_recoveries, t.alert_recoveries.c.alert_key.in_(keys)),
    ]


class Erasing:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexing = Indexing(database)
        self._articles = Articles(database)

    def counts(self, incident_id: str) -> dict[str, int]:
        """How many rows of each kind there are of an incident; those of none are left out."""
        with self._database.reading() as connection:
            found = {
                part.named: connection.execute(
                    select(func.count()).select_from(part.table).where(part.belongs)
                ).scalar_one()
                for part in _parts(incident_id, _dedup_keys(connection, incident_id))
            }
        return {named: count for named, count in found.items() if count}

    def erase(self, incident_id: str, by: str, reason: str) -> list[Tombstone]:
        """Delete it all in one transaction; what is left of its episodes.

        One that was never on record leaves a row for episode 0.
        """
        with self._database.writing() as connection:
            at = self._database.now(connection)
            left = _episodes(connection, incident_id, at, by, reason)
            if not left[0].episode and _is_erased(connection, incident_id):
                left = []  # it is done again, for what came late
            numbers = select(t.incidents.c.number).where(t.incidents.c.incident_id == incident_id)
            for number in list(connection.execute(numbers).scalars()):
                self._database.full_text.remove_older(connection, number)
            self._articles.forget(connection, incident_id)  # before it is known of it no more
            self._indexing.remove(connection, incident_id)
            for part in _parts(incident_id, _dedup_keys(connection, incident_id)):
                connection.execute(delete(part.table).where(part.belongs))
            insert = self._database.insert(t.erased_incidents).on_conflict_do_nothing()
            if left:
                connection.execute(insert, [dict(each) for each in left])
        return left

    def tombstones(self, incident_id: str) -> list[Tombstone]:
        """What is left of an incident that was erased, the latest episode first."""
        c = t.erased_incidents.c
        wanted = select(t.erased_incidents).where(c.incident_id == incident_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(c.episode.desc())).mappings()
            return [Tombstone.model_validate(dict(row)) for row in rows]

    def closed_before(self, moment: datetime, most: int) -> list[str]:
        """The ids of incidents whose last episode closed before then, the oldest first."""
        c = t.incidents.c
        last = func.max(c.closed_at)
        wanted = select(c.incident_id).group_by(c.incident_id).having(last < moment)
        with self._database.reading() as connection:
            return list(connection.execute(wanted.order_by(last).limit(most)).scalars())

    def forget_deliveries(self, before: datetime) -> int:
        """Delete what was sent before then; how many there were."""
        old = delete(t.deliveries).where(t.deliveries.c.at < before)
        events = delete(t.delivery_events).where(t.delivery_events.c.at < before)
        with self._database.writing() as connection:
            connection.execute(events)
            return connection.execute(old).rowcount

    def tidy(self) -> None:
        """Have no copy of what was erased lie in the files of the database."""
        try:
            with self._database.writing() as connection:
                self._database.full_text.optimize(connection)
                self._database.article_text.optimize(connection)
            why = "" if self._database.write_anew() else "something reads it all the time"
        except RecordsUnavailable as away:
            why = str(away)
        if why:
            _log.warning(
                "copies of what was erased may lie in the files of the record store until the "
                "next erasure: %s",
                why,
            )


def _episodes(
    connection: Connection, incident_id: str, at: datetime, by: str, reason: str
) -> list[Tombstone]:
    c = t.incidents.c
    rows: list[dict[str, Any]] = [
        dict(row)
        for row in connection.execute(
            select(c.episode, c.opened_at, c.closed_at, c.outcome).where(
                c.incident_id == incident_id
            )
        ).mappings()
    ] or [{"episode": 0, "opened_at": None, "closed_at": None, "outcome": None}]
    return [
        Tombstone(
            incident_id=incident_id,
            erased_at=at,
            by=by,
            reason=reason,
            **(row | {"outcome": row["outcome"] or ""}),
        )
        for row in rows
    ]


def _is_erased(connection: Connection, incident_id: str) -> bool:
    c = t.erased_incidents.c
    wanted = select(c.episode).where(c.incident_id == incident_id).limit(1)
    return connection.execute(wanted).first() is not None


def _dedup_keys(connection: Connection, incident_id: str) -> set[str]:
    wanted = select(t.incidents.c.document).where(t.incidents.c.incident_id == incident_id)
    views = map(IncidentView.model_validate_json, connection.execute(wanted).scalars())
    return {view.report.dedup_key for view in views if view.report.dedup_key}
