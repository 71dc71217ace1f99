"""Whose a name is: people whom the provider of OpenID Connect vouches for, by issuer and subject.

A provider may give a name to somebody else, or let people choose it. Its subject never changes.
"""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field
from sqlalchemy import Connection, Row, delete, select

from standfast.messages.clean_text import in_one_line, without_invisible
from standfast.messages.message import InUtc, Message
from standfast.messages.normal_form import normal_form
from standfast.records.database import Database
from standfast.records.tables import people, tokens

_LONGEST_KEY = 255
_LOCK = 0x5374506572
"""PostgreSQL's advisory lock for binding a name ("StPer" in ASCII)."""


class Subject(Message):
    """A person as their provider knows them: by the rules of OpenID Connect, `subject` is never
    somebody else's, and at most 255 ASCII characters.
    """

    issuer: str = Field(min_length=1, max_length=1000)
    subject: str = Field(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")


class Person(Message):
    """A name and whose it is."""

    name: str
    issuer: str
    subject: str
    bound_at: InUtc


class Taken(NamedTuple):
    """A name that belongs to somebody else: a `person`, or where that is None, a token."""

    person: Person | None


class People:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, who: Subject, name: str) -> bool:
        """Whether the name is this person's already."""
        found = self.of(name)
        return found is not None and _is(found, who)

    def claim(self, name: str, who: Subject, now: datetime) -> Person | Taken:
        """The name for this person; theirs from now on, if it is nobody's."""
        with self._database.reading() as connection:
            found = _of(connection, name)
        if found is None:
            with self._database.writing() as connection:
                self._database.one_at_a_time(connection, _LOCK)
                found = _of(connection, name)
                if found is None:
                    if _has_token(connection, name):
                        return Taken(None)
                    found = self._bind(connection, name, who, now)
        return found if _is(found, who) else Taken(found)

    def bind(self, name: str, who: Subject, now: datetime) -> Person:
        """Give the name to this person, whoever had it: an administrator has said so."""
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, _LOCK)
            connection.execute(delete(people).where(people.c.key == key_of(name)))
            return self._bind(connection, name, who, now)

    def release(self, name: str) -> bool:
        """Let the next person have the name; whether it was somebody's."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(people).where(people.c.key == key_of(name)))
            return gone.rowcount == 1

    def of(self, name: str) -> Person | None:
        """Whose the name is; None for nobody's."""
        with self._database.reading() as connection:
            return _of(connection, name)

    def all(self) -> list[Person]:
        """Every name that is somebody's, in order."""
        with self._database.reading() as connection:
            return [_person(row) for row in connection.execute(select(people).order_by("key"))]

    def _bind(self, connection: Connection, name: str, who: Subject, now: datetime) -> Person:
        line = {"name": name, "issuer": who.issuer, "subject": who.subject, "bound_at": now}
        connection.execute(self._database.insert(people), {"key": key_of(name), **line})
        return Person.model_validate(line)


def key_of(name: str) -> str:
    """The same for names that differ only in capitals, width, spaces, or what nobody sees."""
    same = normal_form("NFKC", normal_form("NFKC", name).casefold())
    return in_one_line(without_invisible(same))[:_LONGEST_KEY]


def is_address(name: str) -> bool:
    """Whether a name is an address of mail, or looks like one."""
    return "@" in key_of(name)


def _of(connection: Connection, name: str) -> Person | None:
    row = connection.execute(select(people).where(people.c.key == key_of(name))).first()
    return _person(row) if row else None


def _has_token(connection: Connection, name: str) -> bool:
    """Whether a token or key acts, or acted, under this name: what it did is on record with it."""
    names = connection.execute(select(tokens.c.name).distinct())
    return key_of(name) in {key_of(row.name) for row in names}


def _is(person: Person, who: Subject) -> bool:
    return (person.issuer, person.subject) == (who.issuer, who.subject)


def _person(row: Row[Any]) -> Person:
    return Person.model_validate({**row._mapping})
