"""Closed incidents, newest first, from the record store."""

import asyncio
import json
from datetime import datetime

from standfast.incidents.confidentiality import Reader
from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.record import IncidentSummary
from standfast.incidents.roles import Role
from standfast.incidents.search_query import Condition, Field, SearchQuery
from standfast.records.search import Found, Place, Searcher
from standfast.records.store import RecordStore

_FIELDS: tuple[Field, ...] = ("service", "priority", "category", "team")


async def page_of_closed(
    records: RecordStore, wanted: IncidentFilter, limit: int, place: bytes, reader: Reader | None
) -> tuple[list[IncidentSummary], bytes]:
    """At most `limit` closed incidents, whatever `wanted` says of their status, and the next place.

    place: where the page before has ended; empty for the first, as the next one is after the last.
    reader: as whom; those that they do not find are left out. None for all.

    Raises:
        RecordsUnavailable: the record store does not answer.
    """
    asked = ((field, getattr(wanted, field)) for field in _FIELDS)
    conditions = tuple(Condition(field, (str(value),)) for field, value in asked if value)
    query = SearchQuery(conditions=conditions, is_open=False)
    searcher = Searcher("", Role.RESPONDER, reader)
    page = await asyncio.to_thread(
        records.search.page, query, searcher, limit, read_place(place) if place else None
    )
    return [*map(_summary, page.found)], written_place(page.next) if page.next else b""


def written_place(place: Place) -> bytes:
    """A place in what was found, for a cursor."""
    return json.dumps([place.score, place.opened_at.isoformat(), place.number]).encode()


def read_place(written: bytes) -> Place:
    """The place that was written."""
    score, opened_at, number = json.loads(written)
    return Place(score, datetime.fromisoformat(opened_at), number)


def _summary(found: Found) -> IncidentSummary:
    line = found.incident
    return IncidentSummary(
        incident_id=line.incident_id,
        episode=line.episode,
        title=line.title,
        latest_title=line.latest_title or None,
        status="closed",
        stage=Box.CLOSE,
        priority=line.priority or None,
        category=line.category or None,
        team=line.team or None,
        tier=line.tier,
        service=line.service or None,
        opened_at=line.opened_at,
        closed_at=line.closed_at,
    )
