"""The rows of the board follow each step of an incident, and its history where no store tells."""

import asyncio

from standfast.console.board_watch import BoardWatch
from standfast.console.latest_views import LatestViews
from standfast.incidents.record import IncidentView
from standfast.lookup.lookup import Lookup
from standfast.lookup.run_snapshot import RunSnapshot
from standfast.records.store import RecordStore
from tests.patience import PATIENCE
from tests.stories.desk import Desk, Ticket, until

AWAY = "sqlite:////dev/null/records.db"
"""No database can be where a device is."""


class CountingLookup(Lookup):
    """The real one, with a count of the histories that were looked at."""

    histories = 0

    async def snapshot(self, incident_id: str) -> RunSnapshot | None:
        self.histories += 1
        return await super().snapshot(incident_id)


async def _reported(desk: Desk) -> Ticket:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    return ticket


async def _shows(views: LatestViews, ticket: Ticket, **facts: object) -> IncidentView:
    async def shown() -> IncidentView | None:
        view = (await views.of([ticket.id], PATIENCE)).get(ticket.id)
        true = view and all(getattr(view, fact) == value for fact, value in facts.items())
        return view if true else None

    return await until(f"the board shows {facts} of {ticket.id}", shown)


async def test_a_row_is_verified_once_and_then_follows_its_projections(desk: Desk) -> None:
    tickets = [await _reported(desk) for _ in range(3)]
    lookup = CountingLookup(desk.client, desk.records)
    views = LatestViews(lookup)
    seen = await views.of([ticket.id for ticket in tickets], PATIENCE)
    assert set(seen) == {ticket.id for ticket in tickets}
    assert lookup.histories == 3
    # A hold shows in nothing that Temporal lists.
    await tickets[0].act("hold", by="ana", reason="vendor")
    await _shows(views, tickets[0], on_hold="vendor")
    for ticket in tickets:
        await ticket.act("withdraw", by="rita")


async def test_who_watches_the_board_is_told_of_what_no_list_shows(desk: Desk) -> None:
    ticket = await _reported(desk)
    watch = BoardWatch(desk.client, desk.records)
    async with watch.watching():
        seen = await watch.latest()
        assert await watch.changes(seen, PATIENCE)  # the first look
        await ticket.act("hold", by="ana", reason="vendor")
        async with asyncio.timeout(PATIENCE):
            views = LatestViews(desk.lookup)
            seen = await watch.latest()
            while (await views.of([ticket.id], PATIENCE))[ticket.id].on_hold != "vendor":
                assert await watch.changes(seen, PATIENCE)
                seen = await watch.latest()
    await ticket.act("withdraw", by="rita")


async def test_while_the_records_are_away_rows_are_read_from_their_histories(desk: Desk) -> None:
    ticket = await _reported(desk)
    views = LatestViews(Lookup(desk.client, RecordStore(AWAY)))
    await _shows(views, ticket, acknowledged_by=None)
    await ticket.act("acknowledge", by="ana")
    await _shows(views, ticket, acknowledged_by="ana")
    await ticket.act("withdraw", by="rita")
    await ticket.closes()

    async def gone() -> bool:
        return not await views.of([ticket.id], PATIENCE)

    await until("a closed one has no row", gone)


async def test_what_cannot_be_read_has_no_row_and_holds_up_no_other(desk: Desk) -> None:
    ticket = await _reported(desk)
    views = LatestViews(desk.lookup)
    assert set(await views.of([ticket.id, "INC-AAAAAAAAAA"], PATIENCE)) == {ticket.id}
    assert await views.of([], PATIENCE) == {}
    await ticket.act("withdraw", by="rita")
