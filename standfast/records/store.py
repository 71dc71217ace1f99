"""What outlives Temporal: the records of incidents, their older timelines, and the deliveries."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from standfast.incidents.assessment import SimilarIncident
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.records.database import (
    PATIENCE,
    BadDatabaseUrl,
    Database,
    RecordsUnavailable,
    SchemaTooNew,
)
from standfast.records.deliveries import (
    DeliveryState,
    KnownDelivery,
    intended,
    known_line,
    new_line,
)
from standfast.records.digests import Digests
from standfast.records.findings import Findings
from standfast.records.groups import Groups
from standfast.records.idempotency import Idempotency
from standfast.records.mails import MailsSeen
from standfast.records.overrides import Overrides
from standfast.records.projections import Projections, drop_recorded
from standfast.records.remediations import Remediations
from standfast.records.repairs import Repairs
from standfast.records.repeats import RepeatCounts
from standfast.records.search import significant_words
from standfast.records.silences import Silences
from standfast.records.tables import deliveries, incidents, timeline
from standfast.records.tokens import Tokens
from standfast.records.webhooks import WebhooksSeen

__all__ = [
    "BadDatabaseUrl",
    "DeliveryState",
    "KnownDelivery",
    "RecordStore",
    "RecordsUnavailable",
    "SchemaTooNew",
]

_WITH_A_RESOLUTION = (Outcome.RESOLVED, Outcome.AUTOMATED)


class RecordStore:
    """Records in SQLite or PostgreSQL. Every method may be called from any thread.

    Nothing is connected before the first call; every call raises RecordsUnavailable when the
    database cannot be used, and the next one tries again.
    """

    def __init__(self, url: str, patience: int = PATIENCE) -> None:
        """Take an SQLAlchemy URL; `postgresql://` goes through psycopg.

        `patience` is how many seconds to wait for a lock or a connection.

        Raises:
            BadDatabaseUrl: no record store can have this URL.
        """
        self._database = Database(url, patience)
        self.overrides = Overrides(self._database)
        self.remediations = Remediations(self._database)
        self.digests = Digests(self._database)
        self.silences = Silences(self._database)
        self.repeats = RepeatCounts(self._database)
        self.groups = Groups(self._database)
        self.webhooks = WebhooksSeen(self._database)
        self.mails = MailsSeen(self._database)
        self.tokens = Tokens(self._database)
        self.idempotency = Idempotency(self._database)
        self.findings = Findings(self._database)
        self.repairs = Repairs(self._database)
        self.projections = Projections(self._database)

    def prepare(self) -> None:
        """Create the tables now, and find out whether the database can be used at all."""
        self._database.prepare()

    def now(self) -> datetime:
        """The database's clock."""
        with self._database.reading() as connection:
            return self._database.now(connection)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def save(self, view: IncidentView) -> None:
        """Keep an episode, in place of what was kept of it before."""
        columns = {
            "incident_id": view.incident_id,
            "episode": view.episode,
            "title": view.title,
            "service": view.report.service,
            "category": view.category,
            "priority": view.priority,
            "outcome": view.outcome,
            "resolution": view.resolution.summary if view.resolution else "",
            "opened_at": view.opened_at,
            "closed_at": view.closed_at,
            "document": view.model_dump_json(),
        }
        with self._database.writing() as connection:
            self._upsert(connection, incidents, ("incident_id", "episode"), columns)
            number = connection.execute(
                select(incidents.c.number)
                .where(incidents.c.incident_id == view.incident_id)
                .where(incidents.c.episode == view.episode)
            ).scalar_one()
            self._database.search.put(connection, number, view.title, _words_of(view))
            drop_recorded(connection, view.incident_id, view.episode)

    def get(self, incident_id: str, episode: int | None = None) -> IncidentView | None:
        """An episode, the latest unless one is named, with its whole timeline in order."""
        wanted = select(incidents.c.document).where(incidents.c.incident_id == incident_id)
        if episode is not None:
            wanted = wanted.where(incidents.c.episode == episode)
        with self._database.reading() as connection:
            document = connection.execute(wanted.order_by(incidents.c.episode.desc())).scalar()
            if document is None:
                return None
            view = IncidentView.model_validate_json(document)
            archived = _archived(connection, incident_id, view.episode)
        entries = {entry.number: entry for entry in (*archived, *view.timeline)}
        whole = tuple(entries[number] for number in sorted(entries))
        missing = max(0, view.timeline_archived + len(view.timeline) - len(whole))
        return view.model_copy(update={"timeline": whole, "timeline_archived": missing})

    def episodes(self, incident_id: str) -> int:
        """The highest episode on record; 0 if there is none."""
        highest = select(func.max(incidents.c.episode)).where(
            incidents.c.incident_id == incident_id
        )
        with self._database.reading() as connection:
            return connection.execute(highest).scalar() or 0

    def similar(self, text: str, limit: int) -> list[SimilarIncident]:
        """At most `limit` resolved incidents that share words with `text`, the best fit first."""
        words = significant_words(text)
        if not words:
            return []
        ranked = self._database.search.ranked(words)
        found = (
            select(
                incidents.c.incident_id,
                incidents.c.episode,
                incidents.c.title,
                incidents.c.resolution,
                incidents.c.closed_at,
            )
            .join(ranked, ranked.c.number == incidents.c.number)
            .where(incidents.c.outcome.in_(_WITH_A_RESOLUTION))
            .where(incidents.c.closed_at.is_not(None))
            .order_by(ranked.c.rank.desc(), incidents.c.closed_at.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(found).mappings().all()
        return [SimilarIncident.model_validate(dict(row)) for row in rows]

    def archive_timeline(
        self, incident_id: str, episode: int, entries: Iterable[TimelineEntry]
    ) -> None:
        """Keep a part of a timeline; entries that are kept already stay as they are."""
        rows = [
            {
                "incident_id": incident_id,
                "episode": episode,
                "number": entry.number,
                "entry": entry.model_dump_json(),
            }
            for entry in entries
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(self._database.insert(timeline).on_conflict_do_nothing(), rows)

    def archived_timeline(self, incident_id: str, episode: int) -> list[TimelineEntry]:
        """The part of an episode's timeline that was moved here, oldest first."""
        with self._database.reading() as connection:
            return _archived(connection, incident_id, episode)

    def intend_delivery(self, key: str, recipient: str, digest: str) -> KnownDelivery:
        """Note that a message is about to be sent; answers what the ledger now says of its key.

        A key that is there already keeps its line: it may name another recipient or text, or be
        delivered.
        """
        with self._database.writing() as connection:
            return intended(self._database, connection, key, recipient, digest)

    def delivered(self, key: str, recipient: str, digest: str, channel: str) -> None:
        """Note that a channel took the message."""
        line = new_line(key, recipient, digest, DeliveryState.DELIVERED, channel=channel)
        with self._database.writing() as connection:
            self._upsert(connection, deliveries, ("key",), line)

    def undelivered(self, key: str, recipient: str, digest: str, detail: str) -> None:
        """Note that no channel took it, unless another attempt got it through meanwhile."""
        line = new_line(key, recipient, digest, DeliveryState.FAILED, detail=detail)
        with self._database.writing() as connection:
            known = known_line(connection, key)
            if known is None or known.state is not DeliveryState.DELIVERED:
                self._upsert(connection, deliveries, ("key",), line)

    def known_delivery(self, key: str) -> KnownDelivery | None:
        """What the ledger says of a key."""
        with self._database.reading() as connection:
            return known_line(connection, key)

    def _upsert(
        self, connection: Connection, table: Table, key: tuple[str, ...], line: dict[str, Any]
    ) -> None:
        changed = {name: value for name, value in line.items() if name not in key}
        insert = self._database.insert(table).values(line)
        connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))


def _archived(connection: Connection, incident_id: str, episode: int) -> list[TimelineEntry]:
    entries = connection.execute(
        select(timeline.c.entry)
        .where(timeline.c.incident_id == incident_id)
        .where(timeline.c.episode == episode)
        .order_by(timeline.c.number)
    ).scalars()
    return [TimelineEntry.model_validate_json(entry) for entry in entries]


def _words_of(view: IncidentView) -> str:
    """What an incident is found by, besides its title: the report and what resolved it."""
    report, resolution = view.report, view.resolution
    parts = [report.error_message, report.description, report.impact_statement]
    if resolution:
        parts += [resolution.summary, resolution.root_cause, *resolution.steps]
    return "\n".join(parts)
