"""Does for what was on record before an upgrade what is done for what is kept now: beside a worker.

Builds from before the upgrade go on to write records without, so it is looked for again and again.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import timedelta

from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_FIRST_AFTER = timedelta(seconds=5)
_EVERY = timedelta(hours=1)
_AGAIN_AFTER = timedelta(minutes=1)
"""After a failure."""


async def keep_caught_up(records: RecordStore, policy: PolicySource) -> None:
    """Do in steps what is left, until cancelled. It takes half of one thread's time at most."""
    await asyncio.sleep(_FIRST_AFTER.total_seconds())
    while True:
        again_after = _EVERY
        # Numbers count what is indexed.
        for what, steps in (
            ("indexed for the search", records.search.indexing.catch_up()),
            ("indexed for the knowledge", records.articles.catch_up()),
            ("looked at for numbers", records.measures.catch_up(policy.hours_of)),
        ):
            try:
                done = await _to_the_end(steps)
            except RecordsUnavailable as away:
                _log.warning("what is not yet %s will be later: %s", what, away)
                again_after = _AGAIN_AFTER
                break
            except Exception:
                # Whatever it is: incidents go on without it, and nobody else would say so.
                _log.exception("not everything on record is %s; that is tried again later", what)
                continue
            if done:
                _log.warning("%s from before were %s", done, what)
        await asyncio.sleep(again_after.total_seconds())


async def _to_the_end(steps: Iterator[int]) -> int:
    """Take all steps; how many incidents there were."""
    done = 0
    while True:
        began = time.monotonic()
        step = await asyncio.to_thread(next, steps, None)
        if step is None:
            return done
        done += step
        await asyncio.sleep(time.monotonic() - began)
