"""Whether the record store lists the open incidents that Temporal has, and puts the list right.

A worker that is killed between a step and its projection leaves an incident out of the list, or at
its old place, until its next step. Workflows that somebody terminates stay in the list.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.incidents import names
from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.intake.errors import IntakeError
from standfast.lookup.lookup import Lookup
from standfast.lookup.overview import open_query
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore

CHECK_EVERY = 60.0
"""Seconds between two counts, while anybody looks at the board."""

WALK_EVERY = 600.0
"""Seconds between two walks over all open incidents, which cost the server a second for each
10,000. A walk begins only when two counts in a row differed.
"""

_COUNTED = (None, Priority.P1, Priority.P2)
"""All incidents, and those whose place in the list matters most."""

_AT_ONCE = 1_000
_READ_AT_ONCE = 4
_RPC_LIMIT = timedelta(seconds=15)

_log = logging.getLogger(__name__)


class _Listed(NamedTuple):
    """Where an incident stands, for Temporal or for the record store."""

    stage: str
    priority: str


class ListCheck:
    """Compares the two at most once in a while, however many viewers there are."""

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        lookup: Lookup,
        every: float = CHECK_EVERY,
        walk_every: float = WALK_EVERY,
    ) -> None:
        self._client = client
        self._records = records
        self._lookup = lookup
        self._every = every
        self._walk_every = walk_every
        self._check_at = self._walk_at = 0.0
        self._differed = 0
        self._mended = 0
        self._checking: asyncio.Task[None] | None = None

    def words(self) -> list[str]:
        """What viewers are to know of it, as of the last check; begins the next in the background.

        Nothing while the list is whole. That the counts differ is not told: Temporal's are a moment
        behind, and have what is in its first boxes where it was reported. A walk knows.
        """
        if self._checking is None and time.monotonic() >= self._check_at:
            self._checking = asyncio.create_task(self._check())
        if self._differed < 2 or not self._mended:
            return []
        return [
            f"Open incidents that were listed wrongly, and are listed rightly now: {self._mended}."
        ]

    async def check(self) -> int:
        """Count, and walk if that has differed twice; how many incidents were put right."""
        self._differed = self._differed + 1 if await self._differs() else 0
        if self._differed < 2 or time.monotonic() < self._walk_at:
            return 0
        self._walk_at = time.monotonic() + self._walk_every
        self._mended = await self.mend()
        if self._mended:
            words = "%d open incidents were listed wrongly, and are listed rightly"
            _log.warning(words, self._mended)
        return self._mended

    async def mend(self) -> int:
        """Walk over all open incidents, and read those anew that the list has wrongly."""
        there: dict[str, _Listed] = {}
        runs = self._client.list_workflows(
            open_query({}), page_size=_AT_ONCE, rpc_timeout=_RPC_LIMIT
        )
        async for run in runs:
            of = run.typed_search_attributes
            there[run.id] = _Listed(of.get(names.STAGE) or "", of.get(names.PRIORITY) or "")
        kept: dict[str, _Listed] = {}
        last = ""
        while ids := await asyncio.to_thread(self._records.open_incidents.ids, last, _AT_ONCE):
            rows = await asyncio.to_thread(self._records.open_incidents.those_of, ids)
            kept |= {each: _Listed(row.stage, row.priority) for each, row in rows.items()}
            last = ids[-1]
        wrong = [
            each
            for each in there.keys() | kept.keys()
            if there.get(each) != kept.get(each)
            # Temporal has it there from the report until people are to work on it: it may be
            # without a projection yet, or listed rightly in a later box.
            and not (each in there and there[each].stage == Box.REPORT)
        ]
        return await self._read_anew(sorted(wrong))

    async def _differs(self) -> bool:
        for priority in _COUNTED:
            counted = await self._count({names.PRIORITY.name: priority} if priority else {})
            if not priority:  # what no worker has picked up has none
                counted -= await self._count({names.STAGE.name: Box.REPORT})
            kept = await asyncio.to_thread(self._records.open_incidents.total, priority or "")
            if counted != kept:
                return True
        return False

    async def _count(self, narrowed: Mapping[str, str]) -> int:
        query = open_query(narrowed)
        return (await self._client.count_workflows(query, rpc_timeout=_RPC_LIMIT)).count

    async def _read_anew(self, incident_ids: Iterable[str]) -> int:
        free = asyncio.Semaphore(_READ_AT_ONCE)

        async def read(incident_id: str) -> bool:
            async with free:
                try:
                    return await self._read(incident_id)
                except IntakeError as unreadable:
                    _log.info("%s stays in the list as it was: %s", incident_id, unreadable)
                    return False

        return sum(await asyncio.gather(*map(read, incident_ids)))

    async def _read(self, incident_id: str) -> bool:
        """Keep how it stands, or forget it; whether the list has changed by that."""
        projections, list_ = self._records.projections, self._records.open_incidents
        before = await asyncio.to_thread(projections.get, incident_id)
        listed = await asyncio.to_thread(list_.those_of, [incident_id])
        now = await self._lookup.snapshot(incident_id)
        if now is None:
            if before:  # of this run, for its next episode may have begun
                await asyncio.to_thread(projections.forget, incident_id, before.run_id)
            await asyncio.to_thread(list_.unlist, incident_id)
        elif now.task and not now.notes:
            projection = projection_of(now.view, now.run_id, now.task, now.as_of)
            await asyncio.to_thread(projections.keep, [projection], run_on=True)
        return listed != await asyncio.to_thread(list_.those_of, [incident_id])

    async def _check(self) -> None:
        try:
            await self.check()
        except (RPCError, RecordsUnavailable, RuntimeError) as away:
            # The board says itself what is unavailable.
            _log.warning("cannot compare the list of open incidents with Temporal's: %s", away)
        finally:
            self._check_at = time.monotonic() + self._every
            self._checking = None
