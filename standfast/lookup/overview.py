"""Lists of incidents, from Temporal's visibility. No worker is needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from standfast.encryption.errors import EncryptionError
from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter, PageOfIncidents, Status
from standfast.incidents.record import IncidentSummary
from standfast.lookup.page_tokens import PageTokens

RPC_LIMIT = timedelta(seconds=15)


Reader = tuple[str, ...]
"""Somebody as `incidents.confidentiality.reader_names` has them: lists leave out what they do not
find. None in its place: all is found."""


async def list_incidents(
    client: Client, wanted: IncidentFilter, limit: int
) -> list[IncidentSummary]:
    """At most `limit` incidents, newest first."""
    found = [
        await summary_of(run)
        for query in queries_for(wanted)
        async for run in client.list_workflows(query, limit=limit, rpc_timeout=RPC_LIMIT)
    ]
    return sorted(found, key=lambda summary: summary.opened_at, reverse=True)[:limit]


async def page_of_incidents(
    client: Client,
    tokens: PageTokens,
    wanted: IncidentFilter,
    limit: int,
    page: str = "",
    *,
    reader: Reader | None = None,
) -> PageOfIncidents:
    """At most `limit` incidents: open ones before closed ones, each newest first.

    page: `next` of the page before, which `tokens` signed.

    Raises:
        Refused: `page` is not the cursor of a list with this filter.
    """
    queries = [found_by(query, reader) for query in queries_for(wanted)]
    place = tokens.read(page, queries, "page") if page else bytes([0])
    at, token = place[0], place[1:]
    listed = client.list_workflows(
        queries[at], page_size=limit, next_page_token=token or None, rpc_timeout=RPC_LIMIT
    )
    await listed.fetch_next_page(page_size=limit)
    found = [await summary_of(run) for run in listed.current_page or ()]
    last = at == len(queries) - 1
    following = None
    if listed.next_page_token:
        following = tokens.make(queries, bytes([at]) + listed.next_page_token)
    elif not last:
        following = tokens.make(queries, bytes([at + 1]))
    return PageOfIncidents(incidents=tuple(found), next=following)


def queries_for(wanted: IncidentFilter) -> list[str]:
    """The visibility queries that together find these incidents.

    >>> queries_for(IncidentFilter())
    ['WorkflowType = "Incident" AND ExecutionStatus = "Running"']
    """
    # What narrows most comes first.
    conditions = {
        names.SERVICE: wanted.service,
        names.PRIORITY: wanted.priority,
        names.CATEGORY: wanted.category,
        names.TEAM: wanted.team,
    }
    narrowed = {key.name: str(value) for key, value in conditions.items() if value}
    # Open and closed ones are ordered by different times, so a limit must hold for each.
    queries = {
        Status.OPEN: open_query(narrowed),
        # A run that continued as new is part of an incident that is listed already.
        Status.CLOSED: " AND ".join(
            [
                f'WorkflowType = "{names.WORKFLOW}"',
                'ExecutionStatus != "Running" AND ExecutionStatus != "ContinuedAsNew"',
                *(f'{name} = "{value}"' for name, value in narrowed.items()),
            ]
        ),
    }
    return [query for status, query in queries.items() if wanted.status in (status, Status.ALL)]


def open_query(narrowed: Mapping[str, str]) -> str:
    """The visibility query for open incidents with these search attributes.

    The first should narrow most. Of several equal signs SQLite uses the index of any, such as that
    of all running workflows, and reads each of them: only the first condition has one. With a list
    of two, an index does not give the order, so the other conditions are only checked.

    >>> open_query({"StandfastPriority": "P1"})
    'StandfastPriority = "P1" AND WorkflowType IN ("Incident", "Incident") AND ExecutionStatus IN \
("Running", "Running")'
    """
    which = {"WorkflowType": names.WORKFLOW, "ExecutionStatus": "Running"}
    if not narrowed:
        return " AND ".join(f'{name} = "{value}"' for name, value in which.items())
    [(leading, sought), *others] = narrowed.items()
    checked = [*others, *which.items()]
    return " AND ".join(
        [
            f'{leading} = "{sought}"',
            *(f'{name} IN ("{value}", "{value}")' for name, value in checked),
        ]
    )


def found_by(query: str, reader: Reader | None) -> str:
    """The query without what the reader does not find.

    >>> found_by("A", ("a1", "b2"))
    'A AND (StandfastReaders IS NULL OR StandfastReaders IN ("a1", "b2"))'
    """
    if reader is None:
        return query
    column, known = names.READERS.name, ", ".join(f'"{name}"' for name in reader)
    return f"{query} AND ({column} IS NULL OR {column} IN ({known}))"


async def summary_of(run: WorkflowExecution) -> IncidentSummary:
    """What a list shows of a run, from its search attributes and memo."""
    attributes, memo = run.typed_search_attributes, await _memo_of(run)
    is_open = run.status is WorkflowExecutionStatus.RUNNING
    completed = run.status is WorkflowExecutionStatus.COMPLETED
    episode = attributes.get(names.EPISODE) or 1
    return IncidentSummary(
        incident_id=run.id,
        episode=episode,
        title=str(memo.get(names.MEMO_TITLE, "")),
        latest_title=memo.get(names.MEMO_LATEST),
        status="open" if is_open else "closed",
        stage=Box.CLOSE if completed else attributes.get(names.STAGE) or Box.REPORT,
        priority=attributes.get(names.PRIORITY),
        category=attributes.get(names.CATEGORY),
        team=attributes.get(names.TEAM),
        tier=attributes.get(names.TIER),
        service=attributes.get(names.SERVICE),
        opened_at=_opened_at(memo, episode) or run.start_time,
        closed_at=run.close_time,
    )


async def _memo_of(run: WorkflowExecution) -> Mapping[str, Any]:
    """Its memo; where its key is missing the title says so, and the others are listed."""
    try:
        return await run.memo()
    except EncryptionError:
        return {names.MEMO_TITLE: "(cannot be decrypted)"}


def _opened_at(memo: Mapping[str, Any], episode: int) -> datetime | None:
    """When the episode was reported; its run may have started later, by continue-as-new."""
    if memo.get(names.MEMO_EPISODE) != episode:
        return None
    return datetime.fromisoformat(str(memo[names.MEMO_OPENED_AT]))
