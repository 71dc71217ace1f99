"""People's own channels: added, verified by a code, removed; and the rules which to use when.

A code is kept as a hash only. `spend` limits what is sent to addresses that nobody has verified:
somebody might write down a stranger's.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Column, ColumnElement, Connection, Row, delete, false, func, select, update

from standfast.incidents.ids import channel_id
from standfast.incidents.own_channel import (
    MOST_OWN_CHANNELS,
    NO_RULES,
    OwnChannel,
    OwnSettings,
    PagingRules,
)
from standfast.records.database import Database
from standfast.records.tables import channel_messages, own_channels, paging_rules

CODE_HOLDS_FOR = timedelta(minutes=15)
MOST_TRIES = 5
"""Wrong ones for one code."""

OF_PERSON, TO_ADDRESS, OF_ALL = 10, 3, 60
"""Codes and tests an hour: that one person asks for, to one address, and altogether."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_log = logging.getLogger(__name__)

_LIMITS = 0x4368616E
"""PostgreSQL's advisory lock for counting what was sent, and for adding ("Chan")."""


class CodeState(StrEnum):
    """What became of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_LATE = "too late"
    TOO_OFTEN = "too often"
    NOT_ASKED = "not asked"


class OwnChannels:
    """Part of the record store; every method may be called from any thread.

    `person` is a key of the policy. Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: str) -> OwnSettings:
        """What a person has set."""
        return self._settings(own_channels.c.person == person, paging_rules.c.person == person).get(
            person, OwnSettings()
        )

    def all(self) -> dict[str, OwnSettings]:
        """What everybody has set, by person; those who have set nothing are left out."""
        return self._settings()

    def add(self, person: str, method: str, name: str, address: str) -> OwnChannel | None:
        """Put a channel on record that is not verified; None where its name is taken, or where
        the person has as many as are possible.
        """
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _LIMITS)
            c = own_channels.c
            names = select(c.name).where(c.person == person)
            taken = connection.execute(names).scalars().all()
            if name in taken or len(taken) >= MOST_OWN_CHANNELS:
                return None
            line = {
                "id": _free_id(connection),
                "person": person,
                "method": method,
                "name": name,
                "address": address,
                "added_at": self._database.now(connection),
            }
            connection.execute(own_channels.insert(), line)
            return OwnChannel.model_validate(line)

    def open_code(self, channel_id: str, code: str) -> None:
        """Let this code verify the channel for a while, and no earlier one."""
        with self._database.writing() as connection:
            expires = self._database.now(connection) + CODE_HOLDS_FOR
            opened = {"code": _hash(channel_id, code), "code_expires": expires, "tries": 0}
            connection.execute(_of_channel(channel_id).values(opened))

    def verify(self, person: str, channel_id: str, code: str) -> CodeState:
        """Try a code: with the right one the channel is verified."""
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _LIMITS)
            c = own_channels.c
            row = connection.execute(
                select(own_channels).where(c.id == channel_id, c.person == person)
            ).first()
            if row is None or not row.code:
                return CodeState.NOT_ASKED
            now = self._database.now(connection)
            if now > row.code_expires:
                return CodeState.TOO_LATE
            if row.tries >= MOST_TRIES:
                return CodeState.TOO_OFTEN
            if not hmac.compare_digest(row.code, _hash(channel_id, code)):
                connection.execute(_of_channel(channel_id).values(tries=row.tries + 1))
                return CodeState.WRONG
            verified = {"verified_at": now, "code": "", "code_expires": None, "tries": 0}
            connection.execute(_of_channel(channel_id).values(verified))
            return CodeState.RIGHT

    def remove(self, person: str, channel_id: str) -> OwnChannel | None:
        """Delete a channel; what it was, None where the person has none of that id."""
        c = own_channels.c
        this = (c.id == channel_id, c.person == person)
        with self._database.writing() as connection:
            row = connection.execute(select(own_channels).where(*this)).first()
            connection.execute(delete(own_channels).where(*this))
            return _channel(row) if row else None

    def set_rules(self, person: str, rules: PagingRules) -> None:
        """Let these rules stand in place of the person's earlier ones."""
        with self._database.writing() as connection:
            changed = {
                "rules": rules.model_dump_json(),
                "changed_at": self._database.now(connection),
            }
            insert = self._database.insert(paging_rules).values(person=person, **changed)
            connection.execute(
                insert.on_conflict_do_update(index_elements=["person"], set_=changed)
            )

    def spend(
        self,
        person: str,
        address: str,
        *,
        of_person: int = OF_PERSON,
        to_address: int = TO_ADDRESS,
        of_all: int = OF_ALL,
    ) -> timedelta | None:
        """Count a message, unless it would be one too many within an hour: then when to try again.

        to_address: so many an hour, whoever asks for it, and twice as many a day.
        """
        c, where = channel_messages.c, hashlib.sha256(address.lower().encode()).hexdigest()
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _LIMITS)
            now = self._database.now(connection)
            connection.execute(delete(channel_messages).where(c.at < now - DAY))
            for these, within, most in (
                ([c.person == person], HOUR, of_person),
                ([c.address == where], HOUR, to_address),
                ([c.address == where], DAY, 2 * to_address),
                ([], HOUR, of_all),
            ):
                counted = select(func.count(), func.min(c.at)).where(*these, c.at > now - within)
                count, first = connection.execute(counted).one()
                if count >= most:
                    since: datetime = first
                    return within - (now - since)
            line = {"person": person, "address": where, "at": now}
            connection.execute(channel_messages.insert(), line)
            return None

    def forget(self, person: str) -> int:
        """Delete all of a person, or all with that address; how many channels."""
        leads_there = func.lower(own_channels.c.address) == person.lower()
        return self._forget(lambda name: func.lower(name) == person.lower(), leads_there)

    def forget_all_but(self, people: Collection[str]) -> int:
        """Delete all of those who are none of these people; how many channels."""
        names = list(people)
        return self._forget(lambda name: name.not_in(names))

    def _forget(
        self,
        are_meant: Callable[["Column[str]"], ColumnElement[bool]],
        also: ColumnElement[bool] = false(),  # noqa: B008 - it is a constant
    ) -> int:
        """are_meant: by the column with the person. also: further channels."""
        with self._database.writing() as connection:
            old = channel_messages.c.at < self._database.now(connection) - DAY
            connection.execute(delete(channel_messages).where(old))
            for table in (paging_rules, channel_messages):
                connection.execute(delete(table).where(are_meant(table.c.person)))
            gone = delete(own_channels).where(are_meant(own_channels.c.person) | also)
            return connection.execute(gone).rowcount

    def _settings(
        self, channels: ColumnElement[bool] | None = None, rules: ColumnElement[bool] | None = None
    ) -> dict[str, OwnSettings]:
        chosen = select(own_channels).order_by("added_at", "id")
        ruled = select(paging_rules)
        if channels is not None and rules is not None:
            chosen, ruled = chosen.where(channels), ruled.where(rules)
        found: dict[str, list[OwnChannel]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(chosen):
                found.setdefault(row.person, []).append(_channel(row))
            set_by = {row.person: _rules(row) for row in connection.execute(ruled)}
        return {
            person: OwnSettings(
                channels=tuple(found.get(person, ())), rules=set_by.get(person, NO_RULES)
            )
            for person in {**found, **set_by}
        }


def _hash(channel_id: str, code: str) -> str:
    return hashlib.sha256(f"{channel_id}:{code}".encode()).hexdigest()


def _of_channel(channel_id: str) -> Any:
    return update(own_channels).where(own_channels.c.id == channel_id)


def _free_id(connection: Connection) -> str:
    while True:
        new = channel_id()
        taken = select(own_channels.c.id).where(own_channels.c.id == new)
        if connection.execute(taken).first() is None:
            return new


def _rules(row: Row[Any]) -> PagingRules:
    """The rules in a row; none where another version wrote what this one cannot read: pages matter
    more than their order.
    """
    try:
        return PagingRules.model_validate_json(row.rules)
    except ValidationError as unread:
        _log.warning("the rules of %s cannot be read and are passed over: %s", row.person, unread)
        return NO_RULES


def _channel(row: Row[Any]) -> OwnChannel:
    return OwnChannel.model_validate(dict(row._mapping))
