"""Incidents through the API."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from standfast.commands.remote.answers import Busy, Unreached, may_be_done
from standfast.commands.remote.api_client import ApiClient, named
from standfast.commands.session import Pause
from standfast.incidents.actions import ActionDescription, ActionResult
from standfast.incidents.found import FoundIncident, PageFound
from standfast.incidents.incident_filter import IncidentFilter, PageOfIncidents, Status
from standfast.incidents.record import IncidentSummary, IncidentView, LookupResult
from standfast.incidents.report import Report, ReportResult
from standfast.incidents.stats import Stats, StatsFilter
from standfast.intake.errors import IntakeError, NoAnswer, Unavailable
from standfast.lookup.delivery_trails import DeliveryTrail
from standfast.messages.message import Message

INCIDENTS = "/api/incidents"
_SEARCH = "/api/search"
STATS = "/api/stats"

_PAGE = 200
"""Incidents of a page of the list: the most that the API gives."""

_TRY_FOR = 40.0
"""Seconds in which a report is tried again; as long as on the server's machine."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_RECONNECT_AFTER = 3.0
_LOOK_AFTER = 15.0
"""Seconds after which to look also without an event: something in between may hold them back."""


class _Shown(IncidentView):
    """An incident as the API shows it."""

    notes: tuple[str, ...] = ()


class _Deliveries(Message):
    """The messages about an episode as the API shows them."""

    deliveries: tuple[DeliveryTrail, ...]


class RemoteIncidents:
    """As `session.Incidents`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def report(self, report: Report) -> ReportResult:
        """Report an issue, under a key of its own: tried again, it still opens one incident."""
        body = report.model_dump(mode="json", exclude_defaults=True)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        until, pause, taken = time.monotonic() + _TRY_FOR, _FIRST_PAUSE, ""
        while True:
            try:
                return await self._api.post(INCIDENTS, ReportResult, body, headers)
            except (Unavailable, NoAnswer) as failed:
                if may_be_done(failed):
                    taken = "; the report may have gone in: look before you send it again"
                elif isinstance(failed, Unreached) and not taken:
                    raise
                wait = max(pause, failed.wait if isinstance(failed, Busy) else 0)
                if time.monotonic() + wait > until:
                    raise Unavailable(f"{failed}{taken}") from None
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        """Show it."""
        shown = await self._api.get(f"{INCIDENTS}/{incident_id}", _Shown, episode=episode)
        fields = {name: getattr(shown, name) for name in IncidentView.model_fields}
        return LookupResult(IncidentView.model_construct(**fields), shown.notes)

    async def deliveries(self, view: IncidentView) -> Sequence[DeliveryTrail]:
        """Ask for them."""
        path = f"{INCIDENTS}/{view.incident_id}/deliveries"
        return (await self._api.get(path, _Deliveries, episode=view.episode)).deliveries

    async def list(self, wanted: IncidentFilter, limit: int) -> list[IncidentSummary]:
        """List them, page by page; open and closed ones apart, as each is in its own order."""
        found: list[IncidentSummary] = []
        for status in (Status.OPEN, Status.CLOSED):
            if wanted.status in (status, Status.ALL):
                found += await self._pages(wanted.model_copy(update={"status": status}), limit)
        return sorted(found, key=lambda summary: summary.opened_at, reverse=True)[:limit]

    async def stats(self, wanted: StatsFilter) -> Stats:
        """Ask for them."""
        return await self._api.get(STATS, Stats, **wanted.model_dump(mode="json"))

    async def _pages(self, wanted: IncidentFilter, limit: int) -> Sequence[IncidentSummary]:
        query = wanted.model_dump(mode="json")
        found: list[IncidentSummary] = []
        following: str | None = ""
        for _ in range(limit):  # a page has one at least: a server that gives none has no end
            if following is None or len(found) >= limit:
                break
            page = await self._api.get(
                INCIDENTS,
                PageOfIncidents,
                **query,
                limit=min(_PAGE, limit - len(found)),
                page=following,
            )
            found += page.incidents
            following = page.next
        return found

    async def search(self, query: str, limit: int) -> PageFound:
        """Ask for them, page by page."""
        found: list[FoundIncident] = []
        following: str | None = ""
        note = ""
        for _ in range(limit):  # a page has one at least: a server that gives none has no end
            if following is None or len(found) >= limit:
                break
            size = min(_PAGE, limit - len(found))
            page = await self._api.get(_SEARCH, PageFound, q=query, limit=size, page=following)
            found += page.incidents
            following, note = page.next, page.note
        return PageFound(incidents=tuple(found), note=note)

    async def act(
        self, incident_id: str, described: ActionDescription, fields: Mapping[str, Any]
    ) -> ActionResult:
        """Send it; whoever acts is the token's owner unless somebody is named."""
        path = f"{INCIDENTS}/{incident_id}/{described.action}"
        if episode := fields.get("episode"):
            path += f"?episode={episode}"
            fields = {name: value for name, value in fields.items() if name != "episode"}
        try:
            return await self._api.post(path, ActionResult, named(fields))
        except Unavailable as failed:
            if not may_be_done(failed):
                raise
            raise NoAnswer(
                f"{failed}; `{described.action}` may have been done: `show {incident_id}` will tell"
            ) from None

    @asynccontextmanager
    async def news(self, incident_id: str, /) -> AsyncIterator[Pause]:
        """Listen to its events."""
        changed = asyncio.Event()

        async def pause() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AFTER):
                    await changed.wait()
            changed.clear()

        listening = asyncio.create_task(self._listen(incident_id, changed))
        try:
            yield pause
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, incident_id: str, changed: asyncio.Event) -> None:
        """Set `changed` at each event, and whenever the stream ends; then open it again."""
        last = ""
        while True:
            with suppress(IntakeError):
                headers = {"Last-Event-ID": last} if last else {}
                async with self._api.lines(f"{INCIDENTS}/{incident_id}/events", headers) as lines:
                    async for line in lines:
                        if line.startswith("id: "):
                            last = line.removeprefix("id: ")
                        elif line.startswith("event: "):
                            changed.set()
            changed.set()
            await asyncio.sleep(_RECONNECT_AFTER)
