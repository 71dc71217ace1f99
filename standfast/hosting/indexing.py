"""Indexes for the search what was kept before there was an index, beside a worker.

Builds from before it go on to write records without, so it is looked for again and again.
"""

import asyncio
import logging
import time
from datetime import timedelta

from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_FIRST_AFTER = timedelta(seconds=5)
_EVERY = timedelta(hours=1)
_AGAIN_AFTER = timedelta(minutes=1)
"""After a failure."""


async def keep_indexed(records: RecordStore) -> None:
    """Index in steps what is not, until cancelled. It takes half of one thread's time at most."""
    await asyncio.sleep(_FIRST_AFTER.total_seconds())
    while True:
        try:
            indexed = await index_what_is_left(records)
        except RecordsUnavailable as away:
            _log.warning("the index of the search will be completed later: %s", away)
            await asyncio.sleep(_AGAIN_AFTER.total_seconds())
            continue
        except Exception:
            # Whatever it is: incidents go on without it, and nobody else would say so.
            _log.exception("the index of the search is not complete, and is looked at again later")
            indexed = 0
        if indexed:
            _log.warning("%s incidents from before were indexed for the search", indexed)
        await asyncio.sleep(_EVERY.total_seconds())


async def index_what_is_left(records: RecordStore) -> int:
    """Index it all; how many there were."""
    steps, indexed = records.search.indexing.catch_up(), 0
    while True:
        began = time.monotonic()
        step = await asyncio.to_thread(next, steps, None)
        if step is None:
            return indexed
        indexed += step
        await asyncio.sleep(time.monotonic() - began)
