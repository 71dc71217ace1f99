"""Finds the incident that a mail is about, and the key of the one that it opens."""

import asyncio
import logging
from datetime import datetime

from standfast.incidents.dedup_keys import mails_key
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView
from standfast.intake.errors import IntakeError, NoSuchIncident, Unavailable
from standfast.mail.author import Author
from standfast.mail.desk import MailDesk
from standfast.mail.handled_before import HandledBefore
from standfast.mail.mail import Mail
from standfast.mail.reports import own_key
from standfast.mail.threading import Thread, ids_named, is_same_message
from standfast.records.errors import RecordsUnavailable

_MOST_MERGES = 5
_MOST_ANSWERED = 20

_log = logging.getLogger(__name__)


class IncidentFinder:
    """Of one message. Its methods raise Unavailable where it has to be delivered again later."""

    def __init__(
        self, mail: Mail, desk: MailDesk, author: Author, before: HandledBefore, now: datetime
    ) -> None:
        self._mail = mail
        self._desk = desk
        self._author = author
        self._before = before
        self._now = now

    async def thread(self) -> Thread | None:
        """The incident that it is about; None where it is about none that is known.

        A reply to a known message counts for more than an id, which anybody can type.
        """
        for message_id in self._mail.answers[:_MOST_ANSWERED]:
            key = mails_key(await self._secret(), message_id)
            found = await self._find(incident_id(key))
            if found is None:
                other = await self._before.incident_of(message_id)
                found = await self._find(other) if other else None
            if found:
                return found._replace(answered=True)
        for named in ids_named(self._mail):
            found = await self._find(named)
            if found:
                return found._replace(answered=self._author.answers(found.view))
        return None

    async def own_key(self) -> str:
        """The key of the incident that it opens: another one for a reused Message-ID."""
        secret = await self._secret()
        key = own_key(secret, self._mail, self._now)
        before = await self._see(incident_id(key)) if self._mail.message_id else None
        reused = before is not None and not (
            self._author.opened(before) and is_same_message(self._mail, before)
        )
        return own_key(secret, self._mail, self._now, reused)

    async def _secret(self) -> bytes:
        """The secret of keys, which a process reads once."""
        try:
            return await asyncio.to_thread(self._desk.records.installation.key_secret)
        except RecordsUnavailable as away:
            raise Unavailable(f"{away}") from None

    async def _find(self, identity: str) -> Thread | None:
        """The incident, or the one that it was merged into; None where there is none."""
        found: Thread | None = None
        for _ in range(_MOST_MERGES):
            seen = await self._see(identity)
            if seen is None:
                return found
            titles = (*found.titles, found.view.title, found.view.report.title) if found else ()
            found = Thread(seen, answered=False, titles=titles)
            if not seen.merged_into:
                return found
            identity = seen.merged_into
        return found

    async def _see(self, identity: str) -> IncidentView | None:
        try:
            return (await self._desk.lookup.find(identity)).view
        except NoSuchIncident:
            return None
        except Unavailable:
            raise
        except IntakeError as away:
            # Temporal does not have it: at most a closed incident is missed.
            _log.warning("mail is not threaded into %s: %s", identity, away)
            return None
