"""Lists of incidents, newest first: open ones from Temporal, closed ones from the record store.

Temporal is the truth about what is open. What is closed stays in the lists after Temporal has
forgotten it, as long as it is on record.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from temporalio.client import Client

from standfast.incidents.confidentiality import Reader
from standfast.incidents.incident_filter import IncidentFilter, PageOfIncidents, Status
from standfast.incidents.record import IncidentSummary
from standfast.lookup.overview import newest_open, page_of_open
from standfast.lookup.page_tokens import PageTokens

if TYPE_CHECKING:
    from standfast.records.store import RecordStore

_OPEN, _CLOSED = b"o", b"c"
"""Which part of a list a cursor leads to."""


async def list_incidents(
    client: Client, records: Callable[[], "RecordStore"], wanted: IncidentFilter, limit: int
) -> list[IncidentSummary]:
    """At most `limit` incidents that anybody may find, newest first.

    records: opens the record store, if closed ones are wanted.

    Raises:
        RecordsUnavailable: closed ones are wanted, and the record store does not answer.
    """
    found: list[IncidentSummary] = []
    if wanted.status is not Status.CLOSED:
        found += await newest_open(client, wanted, limit)
    if wanted.status is not Status.OPEN:
        found += (await _page_of_closed(records(), wanted, limit, b"", None))[0]
    # One that has just closed may be in both: as it is on record it is newer.
    each_once = {(each.incident_id, each.episode): each for each in found}
    return sorted(each_once.values(), key=lambda each: each.opened_at, reverse=True)[:limit]


async def page_of_incidents(
    client: Client,
    records: "RecordStore",
    tokens: PageTokens,
    wanted: IncidentFilter,
    limit: int,
    page: str = "",
    *,
    reader: Reader | None = None,
) -> PageOfIncidents:
    """At most `limit` incidents: open ones before closed ones, each newest first.

    page: `next` of the page before, which `tokens` signed.
    reader: as whom; those that they do not find are left out. None for all.

    Raises:
        Invalid: `page` is not the cursor of a list with this filter.
        RecordsUnavailable: the record store does not answer.
    """
    asked = wanted.model_dump_json(include=set(IncidentFilter.model_fields))
    bound = (asked, *(reader.words if reader else ()))
    start = _CLOSED if wanted.status is Status.CLOSED else _OPEN
    place = tokens.read(page, bound, "page") if page else start
    part, token = place[:1], place[1:]
    if part == _OPEN:
        found, token = await page_of_open(client, wanted, limit, token, reader)
    else:
        found, token = await _page_of_closed(records, wanted, limit, token, reader)
    following = part + token if token else b""
    if not following and part == _OPEN and wanted.status is Status.ALL:
        following = _CLOSED
    return PageOfIncidents(
        incidents=tuple(found), next=tokens.make(bound, following) if following else None
    )


async def _page_of_closed(
    records: "RecordStore",
    wanted: IncidentFilter,
    limit: int,
    place: bytes,
    reader: Reader | None,
) -> tuple[list[IncidentSummary], bytes]:
    # Whoever lists open ones need not load a database.
    from standfast.lookup.closed_list import page_of_closed

    return await page_of_closed(records, wanted, limit, place, reader)
