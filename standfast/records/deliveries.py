"""The ledger of messages: what was sent to whom, under which key, and what became of it."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from standfast.incidents.ids import step_of
from standfast.incidents.notification import ANSWERED_BY_LINK
from standfast.records.database import Database
from standfast.records.delivery import (
    DeliveryEvent,
    DeliveryState,
    KnownDelivery,
    Progress,
    SentThrough,
)
from standfast.records.delivery_events import EventLines
from standfast.records.tables import deliveries

_LOOKED_AT = 20
"""Messages to one person among which the one is that they have opened or answered."""


class Deliveries:
    """Part of the record store; every method may be called from any thread.

    `fingerprint` stands for a message's text. Raises RecordsUnavailable when the database cannot be
    used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines = DeliveryLines(database)
        self._events = EventLines(database)

    def intend(self, key: str, recipient: str, fingerprint: str) -> KnownDelivery:
        """Note that a message is about to be sent; answers what the ledger now says of its key.

        A key that is there already keeps its line: it may name another recipient or text, or be
        delivered.
        """
        with self._database.writing() as connection:
            return self._lines.intended(connection, key, recipient, fingerprint)

    def delivered(self, key: str, recipient: str, fingerprint: str, through: SentThrough) -> None:
        """Note that a channel took the message, and that those before it did not."""
        state, now = DeliveryState.DELIVERED, datetime.now(UTC)
        line = _new_line(key, recipient, fingerprint, state, channel=through.channel)
        with self._database.writing() as connection:
            self._lines.put(connection, line)
            self._events.sent(connection, [key], through, now)

    def undelivered(
        self,
        key: str,
        recipient: str,
        fingerprint: str,
        detail: str,
        not_through: Iterable[tuple[str, str]] = (),
        is_in_doubt: bool = False,
    ) -> None:
        """Note that no channel took it, unless another attempt got it through meanwhile.

        not_through: the channels that were tried, with what was wrong.
        is_in_doubt: an attempt before this one may have got through, which stays to be seen.
        """
        state = DeliveryState.INTENDED if is_in_doubt else DeliveryState.FAILED
        line = _new_line(key, recipient, fingerprint, state, detail=detail)
        with self._database.writing() as connection:
            self._lines.put_unless_delivered(connection, line)
            self._events.failed(connection, [key], not_through, datetime.now(UTC))

    def note(self, key: str, channel: str, state: Progress, at: datetime, detail: str = "") -> bool:
        """Note what became of a message through a channel of its recipient.

        What comes twice, or in another order, does no harm: of each state the first moment stays,
        of failures the last. The key of a digest stands for all its pages. False: nothing is known
        of the key.
        """
        with self._database.writing() as connection:
            known = self._events.known(connection, key)
            self._events.note(connection, known, channel, state, at, detail)
        return bool(known)

    def note_from_provider(
        self, provider: str, provider_id: str, state: Progress, at: datetime, detail: str = ""
    ) -> list[DeliveryEvent]:
        """The same, for what the provider tells of a message that it has named so.

        What was noted, once for each page of a digest; nothing where no message was named so.
        """
        with self._database.writing() as connection:
            sent = self._events.by_provider(connection, provider, provider_id)
            for event in sent:
                self._events.note(connection, [event.key], event.channel, state, at, detail)
        return [event._replace(state=state, at=at, detail=detail) for event in sent]

    def note_latest(
        self,
        incident_id: str,
        episode: int,
        recipient: str,
        state: Progress,
        at: datetime,
        detail: str = "",
        providers: Collection[str] = (),
    ) -> DeliveryEvent | None:
        """The same, for the latest message that asks somebody something about an episode.

        For what tells only whom it is from, such as the link of a page. None where none was sent.
        providers: by one of them, if any was.
        """
        whose = (incident_id, episode, recipient)
        with self._database.writing() as connection:
            latest = self._latest_asking(connection, *whose, providers)
            if latest is None and providers:
                latest = self._latest_asking(connection, *whose)
            if latest is None:
                return None
            self._events.note(connection, [latest.key], latest.channel, state, at, detail)
        return latest._replace(state=state, at=at, detail=detail)

    def _latest_asking(
        self,
        connection: Connection,
        incident_id: str,
        episode: int,
        recipient: str,
        providers: Collection[str] = (),
    ) -> DeliveryEvent | None:
        """The latest message to somebody that can be answered: news has no link."""
        whose = (incident_id, episode, recipient)
        sent = self._events.latest_sent(connection, *whose, most=_LOOKED_AT, providers=providers)
        return next((each for each in sent if step_of(each.key) in ANSWERED_BY_LINK), None)

    def latest_sent(
        self, incident_id: str, episode: int, recipient: str, channel: str, most: int
    ) -> list[DeliveryEvent]:
        """The latest messages about an episode that somebody was sent through a channel."""
        with self._database.reading() as connection:
            return self._events.latest_sent(
                connection, incident_id, episode, recipient, channel, most
            )

    def sent_as(self, provider: str, provider_id: str) -> list[DeliveryEvent]:
        """The message that a provider has named so; several where it was a digest."""
        with self._database.reading() as connection:
            return self._events.by_provider(connection, provider, provider_id)

    def of_incident(self, incident_id: str, most: int = 500) -> list[DeliveryEvent]:
        """What became of the messages about an incident, the latest `most`, the oldest first."""
        with self._database.reading() as connection:
            return self._events.of_incident(connection, incident_id, most)

    def get(self, key: str) -> KnownDelivery | None:
        """What the ledger says of a key."""
        with self._database.reading() as connection:
            return known_line(connection, key)


class DeliveryLines:
    """Lines of the ledger in a transaction that is open.

    Its statements are made once: making one takes as long as running it.
    """

    def __init__(self, database: Database) -> None:
        insert = database.insert(deliveries)
        self._insert_new = insert.on_conflict_do_nothing().returning(deliveries.c.key)
        names = [column.key for column in deliveries.c if not column.primary_key]
        new = {name: insert.excluded[name] for name in names}
        self._put = insert.on_conflict_do_update(index_elements=["key"], set_=new)
        self._put_unless_delivered = insert.on_conflict_do_update(
            index_elements=["key"],
            set_=new,
            where=deliveries.c.state != DeliveryState.DELIVERED,
        )

    def intended(
        self, connection: Connection, key: str, recipient: str, fingerprint: str
    ) -> KnownDelivery:
        """Note that a message is about to be sent, unless its key has a line; that line.

        One that failed is about to be sent as well: the line is as it was before.
        """
        said = (recipient, fingerprint)
        line = _new_line(key, *said, DeliveryState.INTENDED)
        if connection.execute(self._insert_new, line).first() is not None:
            return KnownDelivery(**line)
        known = known_line(connection, key)
        if known is None:
            raise RuntimeError(f"the ledger lost {key} inside one transaction")
        if (known.recipient, known.fingerprint, known.state) == (*said, DeliveryState.FAILED):
            connection.execute(_BEGUN_AGAIN, {"wanted": key})
        return known._replace(again=True)

    def put(self, connection: Connection, line: dict[str, Any]) -> None:
        """Keep a line in place of the one that its key has."""
        connection.execute(self._put, line)

    def put_unless_delivered(self, connection: Connection, line: dict[str, Any]) -> None:
        """The same, where the line that is there does not say `delivered`."""
        connection.execute(self._put_unless_delivered, line)


_BEGUN_AGAIN = (
    update(deliveries)
    .where(deliveries.c.key == bindparam("wanted"), deliveries.c.state == DeliveryState.FAILED)
    .values(state=DeliveryState.INTENDED)
)
_KNOWN = select(deliveries).where(deliveries.c.key == bindparam("wanted"))


def known_line(connection: Connection, key: str) -> KnownDelivery | None:
    """What the ledger says of a key."""
    row = connection.execute(_KNOWN, {"wanted": key}).mappings().first()
    if row is None:
        return None
    line = {name: row[column] for name, column in deliveries.c.items()}
    return KnownDelivery(**{**line, "state": DeliveryState(line["state"])})


def _new_line(
    key: str,
    recipient: str,
    fingerprint: str,
    state: DeliveryState,
    channel: str = "",
    detail: str = "",
) -> dict[str, Any]:
    """A line as the table holds it, of this moment."""
    return {
        "key": key,
        "recipient": recipient,
        "fingerprint": fingerprint,
        "channel": channel,
        "state": state,
        "at": datetime.now(UTC),
        "detail": detail,
    }
