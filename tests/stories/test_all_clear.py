"""The all clear: whoever was paged hears who has it, and when it is over; quietly, and once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import Recovery
from standfast.incidents.record import Outcome
from standfast.incidents.report import Channel
from standfast.time.wall_clock import WEEKDAYS
from tests.stories.desk import Desk, Ticket

EVERYBODY = {"P4": [{"page": "tier"}]}
"""A policy by which Ana and Ben are both paged."""


async def both_paged(desk: Desk, **fields: Any) -> Ticket:
    """The wiki crashed; Ana and Ben were paged, and nobody has acknowledged it."""
    desk.amend(paging=EVERYBODY)
    ticket = await desk.report("Wiki crashed", service="wiki", **fields)
    await ticket.told("page_sent", times=2)
    return ticket


def last_to(desk: Desk, person: str) -> tuple[str, str]:
    """Title and text of what reached somebody last."""
    found = [each.json for each in desk.sink.taken if each.path.rstrip("/") == f"/{person}"]
    return str(found[-1]["title"]), str(found[-1]["message"])


async def activities(ticket: Ticket, kind: str) -> int:
    """How many activities of this type the incident's history has."""
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await ticket.handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return scheduled.count(kind)


async def test_who_was_paged_too_hears_who_has_it_and_that_it_is_over(desk: Desk) -> None:
    ticket = await both_paged(desk)
    assert "Also called: ana" in last_to(desk, "ben")[1]
    await ticket.act("acknowledge", by="ana")
    [told] = await ticket.told("told")
    assert (told.person, told.why) == ("ben", "taken")
    title, text = last_to(desk, "ben")
    assert title == f"P4 Wiki crashed. Taken ({ticket.id})"
    assert text.startswith("ana has it, ")
    assert text.splitlines()[0].endswith(" s ago")

    await ticket.act("resolve", by="ana", summary="cleared the cache")
    over = (await ticket.told("told", times=2))[-1]
    assert (over.person, over.why) == ("ben", "over")
    assert last_to(desk, "ben")[1].startswith("ana resolved it: cleared the cache\n")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    assert len(desk.pages_to("ben")) == 3, "the page, that it is taken, that it is over"
    assert len(desk.pages_to("ana")) == 2, "the page, and how it ended"
    assert await activities(ticket, "tell") == 2


async def test_all_who_are_told_something_cost_one_activity(desk: Desk) -> None:
    desk.amend(paging={"P4": [{"page": "team"}]})
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.told("page_sent", times=6)
    await ticket.act("acknowledge", by="lea")
    told = await ticket.told("told", times=5)
    assert {entry.person for entry in told} == {"ana", "ben", "leo", "max", "mia"}
    assert await activities(ticket, "tell") == 1


async def test_where_one_was_paged_and_takes_it_nobody_is_told(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    view = await ticket.reaches_resolve()
    await ticket.act("acknowledge", by=str(view.assignee))
    await ticket.act("resolve", by=str(view.assignee), summary="restarted it")
    await ticket.told("confirm_sent")
    assert await activities(ticket, "tell") == 0


@pytest.mark.parametrize("how", ["withdrawn", "merged", "resolved", "recovered"])
async def test_over_before_anybody_answered_both_hear_it_once(desk: Desk, how: str) -> None:
    by = {"reporter": "prom", "channel": Channel.MONITOR} if how == "recovered" else {}
    ticket = await both_paged(desk, **by)
    if how == "withdrawn":
        await ticket.act("withdraw", by="rita", reason="my own network was down")
        assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
        said = "It is closed: withdrawn."
    elif how == "merged":
        other = await desk.report("Wiki is gone", service="wiki")
        await other.reaches(Box.RESOLVE)
        await ticket.act("merge", by="max", into=other.id)
        await ticket.closes()
        said = f"It was merged into {other.id}: follow that one."
    else:
        if how == "resolved":
            await ticket.act("resolve", by="max", summary="restarted it")
            said = "max resolved it: restarted it"
        else:
            recovery = Recovery(by="prom", detail="up again", resolves=True)
            await ticket.handle.signal(names.RECOVERED, recovery)
            said = "prom says that it has recovered. up again"
        await ticket.told("told", times=2)
    about = [
        (each.path.strip("/"), str(each.json["message"]).splitlines()[0])
        for each in desk.sink.taken
        if str(each.json["title"]) == f"P4 Wiki crashed. Over ({ticket.id})"
    ]
    assert sorted(about) == [("ana", said), ("ben", said)]


async def test_what_comes_back_is_over_once_more(desk: Desk) -> None:
    ticket = await both_paged(desk)
    await ticket.act("resolve", by="max", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="unresolved")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("page_sent", times=4)
    await ticket.act("resolve", by="max", summary="gave it more memory")
    told = await ticket.told("told", times=6)
    assert {entry.person for entry in told[2:]} == {"ana", "ben", "lea", "leo"}


async def test_at_night_nobody_is_disturbed_by_what_could_wait(desk: Desk) -> None:
    """Nor does it come in the morning, when it is no news."""
    ticket = await both_paged(desk)
    another_day = WEEKDAYS[(await ticket.now() + timedelta(days=2)).weekday()]
    desk.amend(people={"ben": {"day": {"days": [another_day]}}})
    await ticket.act("acknowledge", by="ana")
    [told] = await ticket.told("not_told")
    assert told.person == "ben"
    assert told.detail.startswith("P4 does not disturb ben outside their day, which begins 20")
    assert len(desk.pages_to("ben")) == 1


async def test_a_page_on_its_way_when_it_was_taken_is_followed_by_the_news(desk: Desk) -> None:
    desk.amend(paging=EVERYBODY)
    desk.sink.hang()
    ticket = await desk.report("Wiki crashed", service="wiki")
    await asyncio.to_thread(desk.sink.wait_for, 2)
    assert await ticket.act("acknowledge", by="ana") == "ana has it; paging stops"
    desk.sink.release()
    [told] = await ticket.told("told")
    assert (told.person, told.why) == ("ben", "taken")


async def test_of_a_confidential_one_nothing_is_said_in_the_all_clear(desk: Desk) -> None:
    ticket = await both_paged(desk, confidential=True)
    await ticket.act("acknowledge", by="ana")
    await ticket.told("told")
    title, text = last_to(desk, "ben")
    assert "Confidential incident: sign in to see it" in title
    assert "ana" not in title + text
