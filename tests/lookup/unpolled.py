"""Reports that no worker picks up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.report import Report
from standfast.intake.reporting import report_incident
from standfast.lookup.overview import newest_open
from tests.stories.desk import Desk, until


@asynccontextmanager
async def waiting(desk: Desk, service: str, reports: int) -> AsyncIterator[list[str]]:
    """The ids of incidents of a service that no worker picks up, once Temporal lists them all."""

    async def report(number: int) -> str:
        result = await report_incident(
            desk.client,
            Report(title=f"Nobody looks at {number}", service=service),
            now=datetime.now(UTC),
            policy=desk.policy.current(),
            records=desk.records.incidents,
            task_queue=f"nobody polls {service}",
        )
        return result.incident_id

    async def all_there() -> bool:
        known = await newest_open(desk.client, IncidentFilter(service=service), reports)
        return len(known) == reports

    ids = await asyncio.gather(*map(report, range(reports)))
    try:
        await until(f"Temporal lists {reports} of {service}", all_there)
        yield ids
    finally:
        for each in ids:
            await desk.ticket(each).handle.terminate()
