"""What becomes of each message through each channel, in a transaction that is open."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from standfast.incidents.ids import is_incident_id
from standfast.messages.clean_text import one_line
from standfast.records.database import Database
from standfast.records.delivery import DeliveryEvent, Progress, SentThrough
from standfast.records.tables import deliveries, delivery_events, pages

_LONGEST, _LONGEST_ID = 1_000, 255
"""Characters of a detail and of an id, which providers choose; the rest is cut."""

_c = delivery_events.c


def _events() -> "Select[Any]":
    columns = (_c.channel, _c.state, _c.at, _c.detail, _c.provider_id)
    return select(_c.key, deliveries.c.recipient, *columns).join(
        deliveries, deliveries.c.key == _c.key
    )


_BY_PROVIDER = _events().where(
    _c.provider == bindparam("provider"),
    _c.provider_id == bindparam("provider_id"),
    _c.state == Progress.SENT,
)

_KNOWN = select(deliveries.c.key).where(deliveries.c.key == bindparam("wanted"))
_IN_DIGEST = select(pages.c.key).where(pages.c.claim == bindparam("wanted"))


class EventLines:
    """The table of events, as the ledger uses it. Its statements are made once."""

    def __init__(self, database: Database) -> None:
        insert = database.insert(delivery_events)
        new = {name: insert.excluded[name] for name in ("at", "detail")}
        named = {name: insert.excluded[name] for name in ("provider", "provider_id")}
        row = ["key", "channel", "state"]
        self._keep_first = insert.on_conflict_do_update(
            index_elements=row, set_=new | named, where=insert.excluded.at < _c.at
        )
        self._keep_last = insert.on_conflict_do_update(
            index_elements=row, set_=new | named, where=insert.excluded.at > _c.at
        )

    def known(self, connection: Connection, key: str) -> list[str]:
        """The keys that a key stands for: itself, or the pages of a digest; none if unknown."""
        wanted = {"wanted": key}
        return list(connection.execute(_KNOWN, wanted).scalars()) or list(
            connection.execute(_IN_DIGEST, wanted).scalars()
        )

    def sent(
        self,
        connection: Connection,
        keys: Sequence[str],
        through: SentThrough,
        at: datetime,
    ) -> None:
        """A channel took it, and those before it did not."""
        self.failed(connection, keys, through.not_through, at)
        rows = _rows(keys, through.channel, Progress.SENT, at, through.detail)
        named = {"provider": through.provider, "provider_id": through.provider_id[:_LONGEST_ID]}
        self._put(connection, [row | named for row in rows])

    def failed(
        self,
        connection: Connection,
        keys: Sequence[str],
        not_through: Iterable[tuple[str, str]],
        at: datetime,
    ) -> None:
        """These channels did not take it."""
        for channel, problem in not_through:
            self.note(connection, keys, channel, Progress.FAILED, at, problem)

    def note(
        self,
        connection: Connection,
        keys: Sequence[str],
        channel: str,
        state: Progress,
        at: datetime,
        detail: str,
    ) -> None:
        """What became of it."""
        self._put(connection, _rows(keys, channel, state, at, detail))

    def _put(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        if rows:
            failed = rows[0]["state"] == Progress.FAILED
            connection.execute(self._keep_last if failed else self._keep_first, rows)

    def by_provider(
        self, connection: Connection, provider: str, provider_id: str
    ) -> list[DeliveryEvent]:
        """What was sent under this id of the provider."""
        if not provider_id:
            return []
        given = {"provider": provider, "provider_id": provider_id}
        return [_event(row) for row in connection.execute(_BY_PROVIDER, given)]

    def latest_sent(
        self,
        connection: Connection,
        incident_id: str,
        episode: int,
        recipient: str,
        channel: str = "",
        most: int = 1,
        providers: Collection[str] = (),
    ) -> list[DeliveryEvent]:
        """The latest messages about an episode that somebody was sent, the latest first.

        channel, providers: only those through it, or by one of them.
        """
        wanted = (
            _events()
            .where(_c.incident_id == incident_id, _c.state == Progress.SENT)
            .where(_c.key.startswith(f"{incident_id}:{episode}:", autoescape=True))
            .where(deliveries.c.recipient == recipient)
            .order_by(_c.at.desc())
            .limit(most)
        )
        if channel:
            wanted = wanted.where(_c.channel == channel)
        if providers:
            wanted = wanted.where(_c.provider.in_(providers))
        return [_event(row) for row in connection.execute(wanted)]

    def of_incident(
        self, connection: Connection, incident_id: str, most: int
    ) -> list[DeliveryEvent]:
        """The latest events of an incident, the oldest first."""
        wanted = _events().where(_c.incident_id == incident_id).order_by(_c.at.desc()).limit(most)
        return sorted(map(_event, connection.execute(wanted)), key=_order)


_FIRST_OF_A_MOMENT = (Progress.FAILED, *Progress)


def _order(event: DeliveryEvent) -> tuple[datetime, int]:
    """A message goes to the next channel in the moment in which the one before has failed."""
    return event.at, _FIRST_OF_A_MOMENT.index(event.state)


def _rows(
    keys: Iterable[str], channel: str, state: Progress, at: datetime, detail: str
) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "channel": channel,
            "state": state,
            "at": at,
            "detail": one_line(detail)[:_LONGEST],
            "incident_id": _incident_of(key),
            "provider": "",
            "provider_id": "",
        }
        for key in keys
    ]


def _incident_of(key: str) -> str:
    incident_id = key.partition(":")[0]
    return incident_id if is_incident_id(incident_id) else ""


def _event(row: Row[Any]) -> DeliveryEvent:
    return DeliveryEvent._make(row)._replace(state=Progress(row.state))
