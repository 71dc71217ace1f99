"""Pages to phones that went out so long ago that nobody can answer them any more."""

from datetime import UTC, datetime

from sqlalchemy import update

from standfast.records.phone_messages import ANSWERED_WITHIN
from standfast.records.store import RecordStore
from standfast.records.tables import phone_messages


def grow_old(records: RecordStore, incident_id: str) -> None:
    """Let those about one incident be so old."""
    past = datetime.now(UTC) - ANSWERED_WITHIN
    old = update(phone_messages).where(phone_messages.c.incident_id == incident_id).values(at=past)
    with records._database.writing() as connection:
        connection.execute(old)
