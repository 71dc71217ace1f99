"""Open incidents by stage, the most urgent first: from the record store, which has them in order.

Temporal's lists know no other order than the newest first, and count by reading all. What has just
been reported is in no projection yet: it is added from Temporal, which is the truth.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from temporalio.client import Client

from standfast.incidents import names
from standfast.incidents.confidentiality import Reader
from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.record import IncidentSummary
from standfast.lookup.overview import RPC_LIMIT, found_by, open_query, summary_of
from standfast.lookup.page_tokens import PageTokens
from standfast.records.open_incidents import Narrowed, OpenIncident, Place
from standfast.records.store import RecordStore

COUNTED = 10_000
"""Incidents of a stage that are counted; of more it is said that there are more."""

MOST_NEW = 50
"""Incidents in Temporal's first box that are looked at for those without a projection: the newest.
"""


class OpenPage(NamedTuple):
    """Some open incidents in the order of the board.

    counts: incidents by stage, whatever stage or page was asked for; `COUNTED + 1` stands for more.
    unseen: whether there may be more reports without a projection than those counted.
    next: for the next page; empty on the last.
    """

    incidents: list[IncidentSummary]
    counts: dict[str, int]
    unseen: bool
    next: str


class OpenList:
    """Lists open incidents, a page at a time; `tokens` sign what leads to the next page."""

    def __init__(self, client: Client, records: RecordStore, tokens: PageTokens) -> None:
        self._client = client
        self._records = records
        self._tokens = tokens

    async def page(
        self,
        wanted: IncidentFilter,
        stage: str,
        limit: int,
        after: str = "",
        *,
        reader: Reader | None = None,
    ) -> OpenPage:
        """At most `limit` incidents, and on the first page what has just been reported.

        after: `next` of the page before.

        Raises:
            Invalid: `after` is no such thing.
            RecordsUnavailable: the record store does not answer.
        """
        narrowed = Narrowed(
            stage, wanted.priority or "", wanted.team, wanted.category, wanted.service, reader
        )
        bound = (*narrowed[:-1], *(reader.words if reader else ()))
        place = _read(self._tokens.read(after, bound, "after")) if after else None
        new, (rows, counts) = await asyncio.gather(
            self._new(wanted, reader),
            asyncio.to_thread(self._kept, narrowed, limit, place),
        )
        listed = await asyncio.to_thread(
            self._records.open_incidents.those_of, [each.incident_id for each in new]
        )
        fresh = [each for each in new if each.incident_id not in listed]
        if fresh:
            counts[Box.REPORT] = counts.get(Box.REPORT, 0) + len(fresh)
        more = len(rows) > limit
        rows = rows[:limit]
        shown = fresh if not place and stage in ("", Box.REPORT) else []
        return OpenPage(
            [*shown, *map(_summary, rows)],
            counts,
            len(new) >= MOST_NEW,  # before the listed ones are left out: behind them are others
            self._tokens.make(bound, _written(rows[-1].place)) if more else "",
        )

    def _kept(
        self, narrowed: Narrowed, limit: int, place: Place | None
    ) -> tuple[list[OpenIncident], dict[str, int]]:
        kept = self._records.open_incidents
        return kept.page(narrowed, limit + 1, place), kept.counts(narrowed, COUNTED + 1)

    async def _new(
        self, wanted: IncidentFilter, reader: Reader | None
    ) -> Sequence[IncidentSummary]:
        """The newest incidents that Temporal has in the first box."""
        if wanted.priority or wanted.category or wanted.team:
            return ()  # nobody has judged them yet
        query = open_query(
            {names.STAGE.name: Box.REPORT}
            | ({names.SERVICE.name: wanted.service} if wanted.service else {})
        )
        query = found_by(query, reader)
        listed = self._client.list_workflows(query, limit=MOST_NEW, rpc_timeout=RPC_LIMIT)
        return [await summary_of(run) async for run in listed]


def _summary(row: OpenIncident) -> IncidentSummary:
    return IncidentSummary(
        incident_id=row.incident_id,
        episode=row.episode,
        title=row.title,
        status="open",
        stage=row.stage,
        priority=row.priority or None,
        category=row.category or None,
        team=row.team or None,
        tier=row.tier,
        service=row.service or None,
        opened_at=row.opened_at,
    )


def _written(place: Place) -> bytes:
    at = place.opened_at.isoformat()
    return json.dumps([place.stage, place.priority, at, place.incident_id]).encode()


def _read(written: bytes) -> Place:
    stage, priority, opened_at, incident_id = json.loads(written)
    return Place(stage, priority, datetime.fromisoformat(opened_at), incident_id)
