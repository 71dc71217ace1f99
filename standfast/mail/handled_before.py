"""Which mail was handled before, what was answered, and which incident it went to.

Without the record store mail is handled all the same: Temporal deduplicates a message too, for as
long as it keeps the incident.
"""

import asyncio
import logging

from standfast.mail.desk import MailResult
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)


class HandledBefore:
    """The mails on record, by what they say and by their Message-ID."""

    def __init__(self, records: RecordStore) -> None:
        self._mails = records.mails

    async def result(self, fingerprint: str) -> MailResult | None:
        """What became of the same message when it came before; None where it did not."""
        try:
            answer = await asyncio.to_thread(self._mails.answer, fingerprint)
        except RecordsUnavailable as away:
            _log.warning("cannot look up whether this mail has come before: %s", away)
            return None
        if answer is None:
            return None
        before = MailResult.model_validate_json(answer)
        return before.model_copy(update={"reason": f"it has come before: {before.reason}"})

    async def remember(self, fingerprint: str, message_id: str, result: MailResult) -> None:
        """Keep what became of a message."""
        told = result.model_dump_json()
        try:
            await asyncio.to_thread(
                self._mails.taken, fingerprint, message_id, result.incident_id, told
            )
        except RecordsUnavailable as away:
            _log.warning("this mail was handled, but could not be recorded as handled: %s", away)

    async def incident_of(self, message_id: str) -> str | None:
        """The incident that a message of that id went to."""
        try:
            return await asyncio.to_thread(self._mails.incident_of, message_id)
        except RecordsUnavailable as away:
            _log.warning("cannot look up the incident of an earlier mail: %s", away)
            return None
