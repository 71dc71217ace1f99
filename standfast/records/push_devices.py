"""Browsers that get pages by Web Push: whose each is, and why one gets no more.

A device gets messages until it is ended: by its person, by its push service, with the session in
which it was added or used last, or with the token of that session.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    or_,
    select,
    true,
    update,
)

from standfast.incidents.ids import device_id
from standfast.messages.message import InUtc, Message
from standfast.records.database import Database
from standfast.records.tables import push_devices, sessions, tokens
from standfast.records.tokens import opens

MOST = 10
"""Devices of one person that get pages; a further one takes the place of the oldest. So many that
were ended are listed, too.
"""

KEPT_FOR = timedelta(days=30)
"""How long a device is listed after it was ended, for whoever wonders why it is silent."""

USED_EVERY = timedelta(minutes=1)
"""How often at most it is written down that a device is used."""


GONE = "its push service does not know it any more"
"""Why a device was ended whose browser has another address by now, or none."""

_ROOM = f"{MOST} others were added after it"


class Subscription(NamedTuple):
    """What a browser gives to whoever may send it messages: all of it is secret.

    public_key, auth: its P-256 key and 16 random bytes, in base64url. push_key: which of our keys
    it expects to be signed with.
    """

    endpoint: str
    public_key: str
    auth: str
    push_key: str


class DeviceOwner(NamedTuple):
    """Whose a device is: a person of the policy, and how they were signed in when it was added.

    session: the fingerprint of the session's secret. token: the id of its token; empty without.
    """

    person: str
    name: str
    session: str
    token: str


class PushDevice(Message):
    """A device as people may see it. `ended_at` and `ended_because` once it gets no more."""

    id: str
    person: str
    name: str
    label: str
    fingerprint: str
    added_at: InUtc
    used_at: InUtc | None = None
    ended_at: InUtc | None = None
    ended_because: str = ""


class PushTarget(NamedTuple):
    """A device as messages are sent to it."""

    device: PushDevice
    subscription: Subscription


class PushDevices:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, owner: DeviceOwner, label: str, subscription: Subscription, now: datetime
    ) -> PushDevice:
        """Have a device get pages. One that is there already is this person's from now on."""
        c = push_devices.c
        line = {
            **owner._asdict(),
            **subscription._asdict(),
            "label": label,
            "fingerprint": endpoint_fingerprint(subscription.endpoint),
            "added_at": now,
            "used_at": None,
            "ended_at": None,
            "ended_because": "",
        }
        line["token_id"] = line.pop("token")
        with self._database.writing() as connection:
            same = c.fingerprint == line["fingerprint"]
            if connection.execute(update(push_devices).where(same).values(line)).rowcount == 0:
                taken = select(c.id).where(c.id == (identity := device_id()))
                while connection.execute(taken).first():
                    taken = select(c.id).where(c.id == (identity := device_id()))
                connection.execute(push_devices.insert(), {"id": identity, **line})
            added = _device(connection.execute(select(push_devices).where(same)).one())
            _make_room_for(connection, added, now)
            return added

    def targets(self, person: str, now: datetime) -> list[PushTarget]:
        """The devices of a person that get messages now, the latest first."""
        wanted = _getting(now).where(push_devices.c.person == person)
        with self._database.reading() as connection:
            return [
                PushTarget(
                    _device(row), Subscription(*(getattr(row, f) for f in Subscription._fields))
                )
                for row in connection.execute(wanted)
            ]

    def answering(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """The ids of the devices whose pages can be answered, by person: those that get messages,
        and those that get none any more without that anybody has wanted it.
        """
        c = push_devices.c
        silent = select(c.id, c.person).where(c.ended_because.in_([GONE, _ROOM]))
        with self._database.reading() as connection:
            rows = [*connection.execute(_getting(now)), *connection.execute(silent)]
        found: dict[str, tuple[str, ...]] = {}
        for row in rows:
            found[row.person] = (*found.get(row.person, ()), row.id)
        return found

    def counted(self, now: datetime) -> dict[str, int]:
        """How many devices of each person get messages now."""
        found: dict[str, int] = {}
        with self._database.reading() as connection:
            for row in connection.execute(_getting(now)):
                found[row.person] = found.get(row.person, 0) + 1
        return found

    def listed(self, now: datetime, name: str | None = None) -> list[PushDevice]:
        """The devices of whoever is signed in under a name, or everybody's, the latest first.

        Also those that get nothing any more.
        """
        return self._listed(now, true() if name is None else push_devices.c.name == name)

    def of(self, person: str, now: datetime) -> list[PushDevice]:
        """The devices of a person of the policy, as `listed`."""
        return self._listed(now, push_devices.c.person == person)

    def _listed(self, now: datetime, which: ColumnElement[bool]) -> list[PushDevice]:
        c = push_devices.c
        wanted = select(push_devices).where(which).order_by(c.added_at.desc(), c.id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
            getting = {row.id for row in connection.execute(_getting(now))}
        return [_told(_device(row), row.id in getting, now) for row in rows]

    def used(self, device: PushDevice, now: datetime) -> None:
        """Note that its push service took a message; what was noted just now is not repeated."""
        if device.used_at and now - device.used_at < USED_EVERY:
            return
        used = update(push_devices).where(push_devices.c.id == device.id)
        with self._database.writing() as connection:
            connection.execute(used.values(used_at=now))

    def end(self, identity: str, because: str, now: datetime) -> bool:
        """Send it nothing any more; whether that was still to be done."""
        with self._database.writing() as connection:
            return _end(connection, push_devices.c.id == identity, because, now) == 1

    def follow(self, identity: str, owner: DeviceOwner, now: datetime) -> None:
        """A device's browser has a new session: of the same name, or somebody else has it now.

        `owner.person` does not matter.
        """
        c = push_devices.c
        with self._database.writing() as connection:
            same = update(push_devices).where(c.id == identity, c.name == owner.name)
            values = {"session": owner.session, "token_id": owner.token}
            if connection.execute(same.values(values)).rowcount == 0:
                because = "somebody else has signed in on it"
                _end(connection, c.id == identity, because, now)

    def end_all_but(self, people: Collection[str], now: datetime) -> int:
        """End the devices of everybody but these people of the policy, and delete what was ended
        long ago; how many were ended.
        """
        c, because = push_devices.c, "the policy does not have this person any more"
        with self._database.writing() as connection:
            connection.execute(delete(push_devices).where(c.ended_at < now - KEPT_FOR))
            return _end(connection, c.person.not_in(list(people)), because, now)


def end_with_sessions(
    connection: Connection, which: ColumnElement[bool], because: str, now: datetime
) -> None:
    """End the devices of the sessions that `which` says, with them."""
    theirs = select(sessions.c.fingerprint).where(which)
    _end(connection, push_devices.c.session.in_(theirs), because, now)


def end_with_name(connection: Connection, name: str, because: str, now: datetime) -> None:
    """End the devices of whoever is signed in under a name."""
    _end(connection, push_devices.c.name == name, because, now)


def _make_room_for(connection: Connection, added: PushDevice, now: datetime) -> None:
    """Keep so many of a person's devices, that one among them whatever the clock said."""
    c = push_devices.c
    whose = and_(c.person == added.person, c.id != added.id)
    getting = select(c.id).where(whose, c.ended_at.is_(None)).order_by(c.added_at.desc(), c.id)
    kept = list(connection.execute(getting.limit(MOST - 1)).scalars())
    too_many = and_(whose, c.id.not_in(kept))
    _end(connection, too_many, _ROOM, now)
    ended = select(c.id).where(whose, c.ended_at.is_not(None)).order_by(c.ended_at.desc(), c.id)
    kept += connection.execute(ended.limit(MOST)).scalars()
    connection.execute(delete(push_devices).where(whose, c.id.not_in(kept)))


def endpoint_fingerprint(endpoint: str) -> str:
    """What may be shown of an endpoint."""
    return hashlib.sha256(endpoint.encode(errors="replace")).hexdigest()


def _end(connection: Connection, which: ColumnElement[bool], because: str, now: datetime) -> int:
    ended = update(push_devices).where(which, push_devices.c.ended_at.is_(None))
    return connection.execute(ended.values(ended_at=now, ended_because=because)).rowcount


def _getting(now: datetime) -> Select[Any]:
    c = push_devices.c
    return (
        select(push_devices)
        .select_from(push_devices.outerjoin(tokens, tokens.c.id == c.token_id))
        .where(c.ended_at.is_(None), or_(c.token_id == "", and_(tokens.c.role != "", opens(now))))
        .order_by(func.coalesce(c.used_at, c.added_at).desc(), c.id)
    )


def _told(device: PushDevice, gets: bool, now: datetime) -> PushDevice:
    if gets or device.ended_at:
        return device
    because = "the token with which it was added opens nothing any more"
    return device.model_copy(update={"ended_at": now, "ended_because": because})


def _device(row: Row[Any]) -> PushDevice:
    return PushDevice.model_validate({name: getattr(row, name) for name in PushDevice.model_fields})
