"""Starts the reviews that closing or a person has asked for, beside a worker."""

import asyncio
import logging
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.intake.reviewing import start_wanted
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
_AGAIN_AFTER = timedelta(minutes=1)
"""After a failure."""


async def keep_reviews_started(client: Client, records: RecordStore, task_queue: str) -> None:
    """Start what is wanted, until cancelled. Several workers may do it at once; it is done once."""
    while True:
        pause = EVERY
        try:
            await start_wanted(client, records, task_queue)
        except (RPCError, RecordsUnavailable) as away:
            _log.warning("reviews that are wanted will begin later: %s", away)
            pause = _AGAIN_AFTER
        except Exception:
            # Whatever it is: incidents go on without it, and nobody else would say so.
            _log.exception("reviews that are wanted will begin later")
            pause = _AGAIN_AFTER
        await asyncio.sleep(pause.total_seconds())
