"""After an acknowledgement no page goes out, unless nothing is heard of who gave it."""

import asyncio
from typing import Any

import pytest

from standfast.incidents.flowchart import Box
from tests.stories.desk import Desk, Ticket

OUTAGE: dict[str, Any] = {"title": "Outage: wiki down", "service": "wiki", "users_affected": 30}
PAGE_ALL = [{"page": ["on_call", "lea", "max"]}]


async def acknowledged(desk: Desk, by: str = "ana") -> Ticket:
    """A P1 that somebody has taken."""
    ticket = await desk.report(**OUTAGE)
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by=by)
    return ticket


@pytest.mark.parametrize("by_signal", [False, True])
async def test_while_a_page_is_being_tried_again(desk: Desk, by_signal: bool) -> None:
    desk.amend(paging={"P1": PAGE_ALL})
    for person in ("ana", "ben", "lea", "max"):
        desk.sink.answer(f"/{person}", 500)
    ticket = await desk.report(**OUTAGE)
    await ticket.reaches(Box.RESOLVE)
    for _ in range(3):
        await ticket.wait(seconds=2)
    assert len(desk.sink.requests) > 3
    if by_signal:
        await ticket.signal("acknowledge", by="leo")
    else:
        await ticket.act("acknowledge", by="leo")
    await ticket.settles()
    tried = len(desk.sink.requests)

    for person in ("ana", "ben", "lea", "max"):
        desk.sink.answer(f"/{person}", 200)
    await ticket.wait(minutes=1)
    assert len(await ticket.told("page_stopped", times=3)) == 3
    await ticket.wait(hours=2)
    assert desk.paged() == []
    assert len(desk.sink.requests) == tried


async def test_while_three_are_on_their_way(desk: Desk) -> None:
    """What is on its way may arrive; what does not arrive is not sent once more."""
    desk.amend(paging={"P1": PAGE_ALL})
    desk.sink.hang()
    ticket = await desk.report(**OUTAGE)
    await asyncio.to_thread(desk.sink.wait_for, 3)
    await ticket.act("acknowledge", by="leo")
    assert len(await ticket.told("page_stopped", times=3)) == 3  # none was answered in time
    desk.sink.release()
    await ticket.wait(hours=2)
    assert len(desk.sink.requests) == 3


async def test_while_the_tier_is_about_to_be_paged_once_more(desk: Desk) -> None:
    ticket = await desk.report(**OUTAGE)
    await ticket.reaches_resolve()
    for minute in (5.9, 6):
        await ticket.wait(minutes=minute)
    before = desk.paged()
    await ticket.act("acknowledge", by="ben")
    await ticket.wait(hours=2)
    assert desk.paged() == before


async def test_nothing_heard_of_its_owner_it_is_as_if_nobody_had_it(desk: Desk) -> None:
    desk.amend(clocks={"P1": {"idle_after": "1h"}})
    ticket = await acknowledged(desk, by="max")
    on_call = desk.paged()[0]
    assert await ticket.due("whether max is still at it")
    await ticket.wait(minutes=59)
    assert desk.paged() == [on_call]

    await ticket.wait(minutes=2)
    await ticket.told("page_sent", times=2)
    assert desk.paged() == [on_call, on_call]
    view = await ticket.view()
    assert view.acknowledged_by is None
    assert await ticket.note("unacknowledged") == "nothing was heard from max for 1 h"
    page = str(desk.sink.taken[-1].json["message"])
    assert "max has acknowledged it, and nothing was heard since." in page

    await ticket.wait(minutes=15)  # it escalates like any other that nobody has acknowledged
    await ticket.reaches(Box.RESOLVE, tier=2)
    assert desk.paged()[-1] in ("lea", "leo")


@pytest.mark.parametrize(
    ("sign", "payload"),
    [
        ("comment", {"text": "rebuilding the index"}),
        ("link", {"to": "INC-AAAAAAAAAA"}),
        ("command", {}),
        ("reprioritise", {"impact": "high", "urgency": "high"}),
    ],
)
async def test_a_sign_of_its_owner_keeps_it(
    desk: Desk, sign: str, payload: dict[str, object]
) -> None:
    desk.amend(clocks={"P1": {"idle_after": "1h"}})
    ticket = await acknowledged(desk)
    await ticket.wait(minutes=40)
    await ticket.act(sign, by="ana", **payload)
    await ticket.wait(minutes=57)
    assert len(desk.paged()) == 1
    assert (await ticket.view()).acknowledged_by == "ana"
    await ticket.wait(minutes=5)
    await ticket.told("unacknowledged")
    await ticket.told("page_sent", times=2)


async def test_what_its_reporter_says_is_no_sign_of_its_owner(desk: Desk) -> None:
    desk.amend(clocks={"P1": {"idle_after": "1h"}})
    ticket = await acknowledged(desk)
    await ticket.wait(minutes=40)
    await ticket.act("comment", by="rita", text="any news?", as_reporter=True)
    await ticket.wait(minutes=22)
    await ticket.told("unacknowledged")
    await ticket.told("page_sent", times=2)


async def test_on_hold_its_owner_need_not_be_heard_of(desk: Desk) -> None:
    desk.amend(clocks={"P1": {"idle_after": "1h"}})
    ticket = await acknowledged(desk)
    await ticket.wait(minutes=30)
    await ticket.act("hold", by="ana", reason="user")
    await ticket.wait(hours=3)
    assert (await ticket.view()).acknowledged_by == "ana"
    assert len(desk.paged()) == 1
    await ticket.act("resume", by="ana")
    await ticket.wait(minutes=55)
    assert (await ticket.view()).acknowledged_by == "ana"
    await ticket.wait(minutes=6)
    await ticket.told("page_sent", times=2)


async def test_taken_anew_after_that_paging_stops_anew(desk: Desk) -> None:
    desk.amend(clocks={"P1": {"idle_after": "30m"}})
    ticket = await acknowledged(desk)
    await ticket.wait(minutes=31)
    await ticket.told("page_sent", times=2)
    await ticket.act("acknowledge", by="ben")
    await ticket.wait(minutes=29)
    assert len(desk.paged()) == 2
    await ticket.act("resolve", by="ben", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.wait(hours=12)
    assert len(desk.paged()) == 2
