"""The timeline as server-sent events: all of it, live, resumed, and cheap for the worker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import pytest

from standfast.api.events import EventCursor, stream_of
from standfast.api.subscription import EVERY, Subscriptions
from standfast.incidents.record import IncidentView, LookupResult
from standfast.incidents.roles import Role
from standfast.lookup.lookup import Lookup
from standfast.records.tokens import NewToken
from tests.api.conftest import Api
from tests.patience import PATIENCE
from tests.stories.desk import Desk, Ticket
from tests.web.serving import served


async def whole(view: IncidentView) -> IncidentView:
    """The incident as responders see it."""
    return view


class Event(NamedTuple):
    """One event as a browser takes it."""

    kind: str
    id: str
    data: Any


def read(block: str) -> Event | None:
    """An event from its lines; None for a comment or a hint."""
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    if "data" not in fields:
        return None
    return Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))


async def events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    block: list[str] = []
    async for line in lines:
        if line:
            block.append(line)
            continue
        event = read("\n".join(block))
        block = []
        if event:
            yield event


@asynccontextmanager
async def listening(
    api: Api, where: str, ticket: Ticket, after: str = ""
) -> AsyncIterator[AsyncIterator[Event]]:
    headers = api.headers(Role.RESPONDER) | ({"Last-Event-ID": after} if after else {})
    async with (
        httpx.AsyncClient(base_url=where, timeout=PATIENCE) as http,
        http.stream("GET", f"/api/incidents/{ticket.id}/events", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer.aiter_lines())


async def test_a_listener_hears_what_was_what_comes_and_the_end(api: Api) -> None:
    ticket = await api.desk.report()
    await ticket.reaches_resolve()
    heard: list[Event] = []
    async with served(api) as (_, where), listening(api, where, ticket) as stream:
        async for event in stream:
            heard.append(event)
            if event.data.get("event") == "page_sent":
                await ticket.act("withdraw", by="rita", reason="my\nmistake\u2028here")
    timeline = (await ticket.view()).timeline
    told = [event for event in heard if event.kind == "timeline"]
    assert [event.id for event in told] == [f"1-{entry.number}" for entry in timeline]
    assert [event.data["detail"] for event in told] == [entry.detail for entry in timeline]
    assert heard[-1].kind == "closed"
    assert heard[-1].data["outcome"] == "withdrawn"
    states = [event.data["status"] for event in heard if event.kind == "state"]
    assert (states[0], states[-1]) == ("open", "closed")


async def test_after_a_break_a_listener_gets_the_rest_and_nothing_twice(api: Api) -> None:
    ticket = await api.desk.report()
    await ticket.reaches_resolve()
    async with served(api) as (_, where):
        async with listening(api, where, ticket) as stream:
            first = [await anext(stream) for _ in range(3)]
        await ticket.act("withdraw", by="rita")
        await ticket.closes()
        async with listening(api, where, ticket, after=first[-1].id) as stream:
            rest = [event async for event in stream if event.kind == "timeline"]
        ids = [int(event.id.split("-")[1]) for event in (*first, *rest)]
        assert ids == list(range(1, len(ids) + 1))
        headers = api.headers(Role.RESPONDER) | {"Last-Event-ID": rest[-1].id}
        path = f"/api/incidents/{ticket.id}/events"
        assert (await api.http.get(path, headers=headers)).status_code == 204


@pytest.mark.parametrize("after", ["", "x", "1", "1-", "-1", "1-x", "9-9999999999", "²-²", "7-3"])
def test_a_place_that_was_never_given_is_the_beginning(after: str) -> None:
    cursor = EventCursor.read(after)
    assert cursor in (EventCursor(), EventCursor(7, 3))
    assert cursor.episode == 0 or str(cursor) == after


class CountingLookup(Lookup):
    """The real one, with a count of how often it was asked."""

    asked = 0

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        self.asked += 1
        return await super().find(incident_id, episode)


async def anybody() -> bool:
    return True


async def test_a_hundred_listeners_cost_what_one_does(desk: Desk) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    lookup = CountingLookup(desk.client, desk.records)
    watches = Subscriptions(lookup, asyncio.Event())
    began = asyncio.get_running_loop().time()

    async def listen() -> list[str]:
        async with watches.watching(ticket.id) as watch:
            stream = stream_of(whole, watch, EventCursor(), asyncio.Event(), anybody, PATIENCE)
            return [block async for block in stream]

    async def withdraw() -> None:
        await ticket.told("page_sent")
        await ticket.act("withdraw", by="rita")

    heard, _ = await asyncio.gather(asyncio.gather(*(listen() for _ in range(100))), withdraw())
    took = asyncio.get_running_loop().time() - began
    assert {tuple(blocks) for blocks in heard} == {tuple(heard[0])}
    assert "event: closed" in heard[0][-1]
    assert lookup.asked <= took / EVERY + 2
    assert watches.open == 0


async def test_a_stream_ends_when_its_token_is_revoked_and_tells_nothing_more(desk: Desk) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    made = desk.records.tokens.create(NewToken(name="listener", role=Role.RESPONDER))

    async def may_listen() -> bool:
        return desk.records.tokens.of(made.secret) is not None

    watches = Subscriptions(Lookup(desk.client, desk.records), asyncio.Event())
    async with watches.watching(ticket.id) as watch:
        stream = stream_of(whole, watch, EventCursor(), asyncio.Event(), may_listen, PATIENCE)
        async for block in stream:
            if block.startswith("event: state"):
                break
        desk.records.tokens.revoke(made.token.id, datetime.now(UTC))
        await ticket.act("comment", by="ana", text="not for everybody")
        assert [block async for block in stream] == []


async def test_others_have_their_turn_while_a_long_timeline_is_written(desk: Desk) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    view = await ticket.view()
    entries = tuple(view.timeline[0].model_copy(update={"number": n}) for n in range(1, 1_001))
    long = view.model_copy(update={"timeline": entries, "status": "closed"})
    watches = Subscriptions(Lookup(desk.client, desk.records), asyncio.Event())

    async def as_long(_: IncidentView) -> IncidentView:
        return long

    async with watches.watching(ticket.id) as watch:

        async def listen() -> int:
            stream = stream_of(as_long, watch, EventCursor(), asyncio.Event(), anybody, PATIENCE)
            return sum([block.count("event: timeline") async for block in stream])

        await watch.latest()
        heard = asyncio.gather(*(listen() for _ in range(5)))
        turns = 0
        while not heard.done():
            turns += 1
            await asyncio.sleep(0)
    assert heard.result() == [1_000] * 5
    assert turns > 200


async def test_a_silent_stream_shows_that_it_lives(desk: Desk) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    watches = Subscriptions(Lookup(desk.client, desk.records), asyncio.Event())
    async with watches.watching(ticket.id) as watch:
        stream = stream_of(whole, watch, EventCursor(), asyncio.Event(), anybody, 0.05)
        async with asyncio.timeout(PATIENCE):
            async for block in stream:
                if block.startswith(":"):
                    break


async def test_a_server_that_ends_does_not_wait_for_its_listeners(api: Api) -> None:
    ticket = await api.desk.report()
    await ticket.reaches_resolve()
    async with served(api) as (server, where), listening(api, where, ticket) as stream:
        await anext(stream)
        began = asyncio.get_running_loop().time()
        server.should_exit = True
        async for _ in stream:
            pass
        assert asyncio.get_running_loop().time() - began < 4


async def test_nobody_watches_what_is_not_there(api: Api) -> None:
    answer = await api.get("/api/incidents/INC-AAAAAAAAAA/events")
    assert answer.status_code == 404
    assert api.app.state.watches.open == 0
