"""SMS and calls: what was begun under which key, and by which code the person answers.

A line is written before the provider is asked, so that whoever tries it again finds out first
whether it was done. No number stands in it, only its fingerprint; the text stays for as long as the
page can be answered.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from standfast.records.database import Database
from standfast.records.installation import Installation
from standfast.records.tables import incidents
from standfast.records.tables import phone_messages as messages

ANSWERED_WITHIN = timedelta(days=3)
"""How long a page can be answered by its code: a weekend, as by its link."""

KEPT_FOR = timedelta(days=7)
"""How long a line is kept: whoever answers with an old code hears that it is too old."""

_CODES = frozenset(f"{number:04}" for number in range(10_000))


class PhoneMessage(NamedTuple):
    """An SMS or a call. `id` is ours, `provider_id` the provider's; empty until it is known.

    sort: `sms` or `call`. number: the fingerprint of the number that it went to.
    code: what the person sends to answer it; empty where it cannot be answered.
    text: what it says; empty until the provider is about to be asked.
    """

    id: str
    key: str
    sort: str
    number: str
    recipient: str
    incident_id: str
    episode: int
    code: str
    text: str
    provider_id: str
    at: datetime

    def can_be_answered(self, now: datetime) -> bool:
        """Whether its code, or the keys of its call, are still good."""
        return bool(self.code) and now - self.at < ANSWERED_WITHIN


class NewPhoneMessage(NamedTuple):
    """What is about to be sent; `with_code`: the person is to answer it."""

    key: str
    sort: str
    recipient: str
    incident_id: str = ""
    episode: int = 0
    with_code: bool = False


class PhoneMessages:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database, installation: Installation) -> None:
        self._database = database
        self._installation = installation

    def forget(self, before: datetime) -> int:
        """Drop those of before then; how many there were."""
        with self._database.writing() as connection:
            return connection.execute(delete(messages).where(messages.c.at < before)).rowcount

    def fingerprint(self, number: str) -> str:
        """What stands for a number: nobody finds the number by it without this record store."""
        secret = self._installation.key_secret()
        return hmac.digest(
            secret, f"phone\0{number}".encode(errors="replace"), hashlib.sha256
        ).hex()

    def begin(self, number: str, new: NewPhoneMessage) -> PhoneMessage:
        """The line of this key and number, which is written unless it is there; with its code."""
        known = self.fingerprint(number)
        with self._database.writing() as connection:
            # Two that begin at once must not have the same code.
            self._database.one_at_a_time(connection, int(known[:15], 16))
            now = self._database.now(connection)
            c = messages.c
            this = (c.key == new.key, c.sort == new.sort, c.number == known)
            if found := _first(connection, *this):
                return found
            code = _code(connection, known, new, now) if new.with_code else ""
            line = PhoneMessage(
                id=secrets.token_hex(12),
                key=new.key,
                sort=new.sort,
                number=known,
                recipient=new.recipient,
                incident_id=new.incident_id,
                episode=new.episode,
                code=code,
                text="",
                provider_id="",
                at=now,
            )
            connection.execute(self._database.insert(messages).values(line._asdict()))
        return line

    def asking(self, message_id: str, text: str) -> None:
        """Note what it says: from now on the provider may have it."""
        known = update(messages).where(messages.c.id == message_id)
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(known.values(text=text, at=now))

    def sent(self, message_id: str, provider_id: str) -> None:
        """Note how the provider names it."""
        known = update(messages).where(messages.c.id == message_id)
        with self._database.writing() as connection:
            connection.execute(known.values(provider_id=provider_id))

    def refused(self, message_id: str) -> None:
        """Note that the provider has not done it: the next attempt is as good as the first."""
        known = update(messages).where(messages.c.id == message_id)
        with self._database.writing() as connection:
            connection.execute(known.values(text=""))

    def get(self, message_id: str) -> PhoneMessage | None:
        """The line of that id of ours."""
        with self._database.reading() as connection:
            return _first(connection, messages.c.id == message_id)

    def of_code(self, number: str, code: str) -> PhoneMessage | None:
        """The latest that this number answers by that code, also where it is too old for that."""
        this = (messages.c.number == self.fingerprint(number), messages.c.code == code)
        with self._database.reading() as connection:
            return _first(connection, *this, messages.c.code != "")

    def to_answer(self, number: str) -> list[PhoneMessage]:
        """What this number can answer now: the latest of each code, the latest first.

        Of what has closed only where nothing else is left: whoever answers that hears so.
        """
        with self._database.reading() as connection:
            since = self._database.now(connection) - ANSWERED_WITHIN
            this = (messages.c.number == self.fingerprint(number), messages.c.code != "")
            c = incidents.c
            closed = exists().where(
                c.incident_id == messages.c.incident_id, c.episode == messages.c.episode
            )
            wanted = select(messages, closed.label("closed")).where(*this, messages.c.at > since)
            latest: dict[str, PhoneMessage] = {}
            over: set[str] = set()
            for row in connection.execute(wanted.order_by(messages.c.at.desc())).mappings():
                line = dict(row)
                if line.pop("closed"):
                    over.add(line["code"])
                latest.setdefault(line["code"], PhoneMessage(**line))
        left = [each for each in latest.values() if each.code not in over]
        return left or list(latest.values())

    def is_known(self, number: str) -> bool:
        """Whether anything was sent to this number of late."""
        wanted = select(exists().where(messages.c.number == self.fingerprint(number)))
        with self._database.reading() as connection:
            return bool(connection.execute(wanted).scalar())

    def within(self, message: PhoneMessage, span: timedelta) -> int:
        """How many others of its sort the provider was asked for, to its number, so lately."""
        c = messages.c
        wanted = select(func.count()).where(
            *(c.number == message.number, c.sort == message.sort, c.id != message.id),
            c.text != "",
        )
        with self._database.reading() as connection:
            since = self._database.now(connection) - span
            return connection.execute(wanted.where(c.at > since)).scalar_one()

    def others(self, message: PhoneMessage) -> set[str]:
        """The provider's ids of all others of its sort that went to its number."""
        c = messages.c
        wanted = select(c.provider_id).where(
            c.number == message.number, c.sort == message.sort, c.id != message.id
        )
        with self._database.reading() as connection:
            return set(connection.execute(wanted).scalars()) - {""}


def _first(connection: Connection, *which: ColumnElement[bool]) -> PhoneMessage | None:
    wanted = select(messages).where(*which).order_by(messages.c.at.desc()).limit(1)
    row = connection.execute(wanted).mappings().first()
    return PhoneMessage(**row) if row else None


def _code(connection: Connection, number: str, new: NewPhoneMessage, now: datetime) -> str:
    """The code that this person has for this episode, else one that this number has for none."""
    c = messages.c
    good: tuple[Any, ...] = (c.number == number, c.code != "", c.at > now - ANSWERED_WITHIN)
    same = (
        c.recipient == new.recipient,
        c.incident_id == new.incident_id,
        c.episode == new.episode,
    )
    if known := _first(connection, *good, *same):
        return known.code
    taken = set(connection.execute(select(c.code).where(*good)).scalars())
    free = _CODES - taken
    return secrets.choice(sorted(free)) if free else ""
