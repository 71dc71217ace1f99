"""The views of the incidents on the board, cached for all viewers."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from temporalio.service import RPCError

from standfast.incidents.record import IncidentView
from standfast.intake.errors import IntakeError
from standfast.lookup.lookup import Lookup
from standfast.lookup.run_snapshot import stored_view
from standfast.records.projections import Projection

_FOLLOWED_FOR = 0.25
"""Seconds for which projections are cached."""

_VERIFIED_FOR = 15.0
"""Seconds for which a row uses its projection until its history is read again."""

_ALONE_FOR = 3.0
"""The same for a row without a projection."""

_FAILED_FOR = 5.0
"""Seconds until a history that could not be read is tried again: it would delay the others."""

_KEPT_FOR = 60.0
"""Seconds until an incident that nobody views is dropped from the cache."""

_AT_ONCE = 10


@dataclass
class _Row:
    """One cached incident, and when its projection and its history are due to be read."""

    view: IncidentView | None = None
    as_of: datetime | None = None
    verified: bool = False
    follow_at: float = 0.0
    verify_at: float = 0.0
    wanted_at: float = 0.0
    looking: asyncio.Task[None] | None = None

    def show(self, view: IncidentView, as_of: datetime) -> None:
        """Store a view, unless a later one is there."""
        if self.as_of is None or as_of >= self.as_of:
            self.view, self.as_of = view, as_of


class LatestViews:
    """Follows incidents by their projections, and reads each one's history once in a while."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._rows: dict[str, _Row] = {}

    async def of(self, incident_ids: Sequence[str], within: float) -> dict[str, IncidentView]:
        """The views that are known within so many seconds, by id."""
        now = time.monotonic()
        self._forget(now)
        rows = {each: self._rows.setdefault(each, _Row()) for each in incident_ids}
        for row in rows.values():
            row.wanted_at = now
        await self._follow({each: row for each, row in rows.items() if row.follow_at <= now}, now)
        for each, row in rows.items():
            if row.looking is None and row.verify_at <= now:
                row.looking = asyncio.create_task(self._look(each, row))
        first = [row.looking for row in rows.values() if row.looking and not row.verified]
        if first:
            # Others may wait for the same looks, so those that come too late go on: what they find
            # is there for the next look at the board.
            await asyncio.wait(first, timeout=within)
        return {each: row.view for each, row in rows.items() if row.view is not None}

    def closed(self, incident_ids: Iterable[str]) -> set[str]:
        """Those of these that were found closed when `of` last looked."""
        rows = {each: self._rows[each] for each in incident_ids if each in self._rows}
        return {each for each, row in rows.items() if row.verified and row.view is None}

    async def _follow(self, rows: dict[str, _Row], now: float) -> None:
        """Read the projections of these, all in one query."""
        if not rows:
            return
        for row in rows.values():
            row.follow_at = now + _FOLLOWED_FOR
        found = await self._lookup.projections([*rows])
        for each, row in rows.items():
            projection = found.get(each)
            if projection is None:
                row.verify_at = min(row.verify_at, now + _ALONE_FOR)
            elif row.as_of is None or projection.as_of > row.as_of:
                _take(projection, row)

    async def _look(self, incident_id: str, row: _Row) -> None:
        async with self._free:
            good_for = _VERIFIED_FOR
            try:
                snapshot = await self._lookup.snapshot(incident_id)
            except (IntakeError, RPCError, RuntimeError):
                # The board has it as it was, or without its clocks, and says how many those are.
                good_for = _FAILED_FOR
            else:
                if snapshot is None:  # it has closed; the list will say so
                    row.view = None
                else:
                    row.show(snapshot.view, snapshot.as_of)
                row.verified = True
            row.verify_at = time.monotonic() + good_for
            row.looking = None

    def _forget(self, now: float) -> None:
        for each, row in [*self._rows.items()]:
            if row.looking is None and now - row.wanted_at > _KEPT_FOR:
                del self._rows[each]


def _take(projection: Projection, row: _Row) -> None:
    view = stored_view(projection)
    if view:
        row.show(view, projection.as_of)
