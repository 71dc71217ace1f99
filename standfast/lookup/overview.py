"""Open incidents, newest first, from Temporal's visibility. No worker is needed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from standfast.encryption.errors import EncryptionError
from standfast.incidents import names
from standfast.incidents.confidentiality import ADMINISTRATORS, Reader
from standfast.incidents.flowchart import Box
from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.record import IncidentSummary

RPC_LIMIT = timedelta(seconds=15)


async def newest_open(client: Client, wanted: IncidentFilter, limit: int) -> list[IncidentSummary]:
    """At most `limit` open incidents, whatever `wanted` says of their status, newest first."""
    query = open_query(_narrowed(wanted))
    listed = client.list_workflows(query, limit=limit, rpc_timeout=RPC_LIMIT)
    return [await summary_of(run) async for run in listed]


async def page_of_open(
    client: Client, wanted: IncidentFilter, limit: int, token: bytes, reader: Reader | None
) -> tuple[list[IncidentSummary], bytes]:
    """At most `limit` open incidents, newest first, and the token of the next page, if any.

    reader: as whom; those that they do not find are left out. None for all.
    """
    listed = client.list_workflows(
        found_by(open_query(_narrowed(wanted)), reader),
        page_size=limit,
        next_page_token=token or None,
        rpc_timeout=RPC_LIMIT,
    )
    await listed.fetch_next_page(page_size=limit)
    found = [await summary_of(run) for run in listed.current_page or ()]
    return found, listed.next_page_token or b""


def _narrowed(wanted: IncidentFilter) -> dict[str, str]:
    """The search attributes that it asks for; what narrows most comes first."""
    conditions = {
        names.SERVICE: wanted.service,
        names.PRIORITY: wanted.priority,
        names.CATEGORY: wanted.category,
        names.TEAM: wanted.team,
    }
    return {key.name: str(value) for key, value in conditions.items() if value}


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
    """The query without what the reader does not find, as `Reader.finds` says it."""
    if reader is None:
        return query
    readers, team = names.READERS.name, names.TEAM.name
    # Where there is none, a comparison is neither true nor false in some databases.
    of_others = f'({readers} IS NULL OR {readers} != "{ADMINISTRATORS}")'
    if reader.teams is not None:
        of_others += f" AND ({team} IS NULL{_or_one_of(team, reader.teams)})"
    return f"{query} AND (({of_others}){_or_one_of(readers, reader.names)})"


def _or_one_of(attribute: str, values: Sequence[str]) -> str:
    """
    >>> _or_one_of("A", ("a1", "b2")), _or_one_of("A", ())
    (' OR A IN ("a1", "b2")', '')
    """
    known = ", ".join(f'"{value}"' for value in values)
    return f" OR {attribute} IN ({known})" if values else ""


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
