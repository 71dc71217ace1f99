"""Paging people, clocks, holds and hand-overs, as the people themselves see them."""

import pytest

from standfast.incidents.flowchart import Box
from tests.stories.desk import Desk, Refused


async def test_person_on_call_is_paged_and_nobody_else(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", description="White page since 9")
    view = await ticket.reaches_resolve()
    on_call = view.assignee
    assert on_call in ("ana", "ben")
    (page,) = [request.json for request in desk.sink.requests]
    assert str(page["title"]).startswith("P4 Wiki crashed. Please acknowledge")
    assert "White page since 9" in str(page["message"])
    assert f"standfast acknowledge {ticket.id}" in str(page["message"])
    assert [wait.what for wait in view.waiting_for if wait.kind == "person"] == ["acknowledge it"]


async def test_paged_again_until_somebody_acknowledges_then_silence(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    view = await ticket.reaches_resolve()
    assert view.priority == "P1"
    on_call = str(view.assignee)
    await ticket.wait(minutes=7)
    await ticket.told("page_sent", times=2)
    await ticket.wait(minutes=6)
    await ticket.told("page_sent", times=3)
    await ticket.act("acknowledge", by=on_call)
    await ticket.wait(hours=2)
    assert len(desk.pages_to(on_call)) == 3
    view = await ticket.view()
    assert view.stage is Box.RESOLVE
    assert view.acknowledged_by == on_call


async def test_owner_is_warned_when_three_quarters_of_the_time_have_gone(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ben")
    await ticket.wait(hours=3, minutes=1)
    await ticket.told("warn_sent")
    assert "Time is running out" in desk.pages_to("ben")[-1]


async def test_not_resolved_in_time_escalates_though_acknowledged(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.wait(hours=4, minutes=1)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    why = next(decision for decision in view.decisions if decision.box is Box.RESOLVE)
    assert why.answer == "no"
    assert why.reasons == ("not resolved within 4 h",)
    assert view.acknowledged_by is None


async def test_top_tier_is_paged_again_and_again(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    for tier in (2, 3, 3, 3):
        await ticket.wait(minutes=16)
        await ticket.reaches(Box.RESOLVE, tier=tier)
    view = await ticket.view()
    assert view.path.count(Box.ESCALATE) == 4
    everyone = {"max", "mia"}
    assert all(len(desk.pages_to(person)) >= 2 for person in everyone)
    assert view.waiting_for


async def test_critical_pages_the_whole_second_tier_at_once(desk: Desk) -> None:
    ticket = await desk.report("Outage of the core switch", service="core", users_affected=900)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("page_sent", times=2)
    assert desk.pages_to("lea")
    assert desk.pages_to("leo")
    assert not desk.pages_to("ana")
    assert view.critical is True
    assert [box.value for box in view.path[-3:]] == ["critical", "escalate", "resolve"]


async def test_unreachable_person_is_followed_by_the_next(desk: Desk) -> None:
    ticket_on_call = await desk.report("Wiki crashed", service="wiki")
    on_call = str((await ticket_on_call.reaches_resolve()).assignee)
    other = "ben" if on_call == "ana" else "ana"
    desk.sink.answer(f"/{on_call}", 500)
    ticket = await desk.report("Wiki crashed again", service="wiki")
    await ticket.reaches(Box.RESOLVE)
    await ticket.wait(minutes=4)
    (sent,) = await ticket.told("page_sent")
    assert sent.person == other
    (failed,) = await ticket.told("not_reached")
    assert failed.person == on_call


async def test_hold_stops_the_clocks_and_resume_lets_them_go_on(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.wait(hours=2)
    await ticket.act("hold", by="ana", reason="user", comment="needs the file")
    view = await ticket.view()
    assert view.on_hold == "user"
    assert view.waiting_for[0].who == "the reporter"
    await ticket.wait(days=2, hours=1)
    assert (await ticket.view()).tier == 1
    assert len(await ticket.told("still_on_hold", times=2)) == 2
    await ticket.act("resume", by="ana")
    await ticket.wait(minutes=115)
    assert (await ticket.view()).tier == 1
    await ticket.wait(minutes=10)
    await ticket.reaches(Box.RESOLVE, tier=2)


async def test_reprioritise_keeps_what_has_elapsed(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    view = await ticket.reaches_resolve()
    assert view.priority == "P4"
    await ticket.act("acknowledge", by="ana")
    await ticket.wait(hours=3)
    words = await ticket.act("reprioritise", by="ana", impact="high", urgency="high")
    assert words == "priority P1, it was P4"
    await ticket.told("warn_sent")
    await ticket.wait(minutes=55)
    assert (await ticket.view()).tier == 1
    await ticket.wait(minutes=10)
    await ticket.reaches(Box.RESOLVE, tier=2)


async def test_reassign_pages_the_new_team_and_starts_its_clocks(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    words = await ticket.act("reassign", by="ana", team="desk", to="dan")
    assert "desk" in words
    view = await ticket.reaches(Box.RESOLVE, team="desk", assignee="dan")
    assert view.acknowledged_by is None
    await ticket.told("page_sent", times=2)
    assert len(desk.pages_to("dan")) == 1


@pytest.mark.parametrize(("team", "to", "words"), [("apps", "zoe", "zoe"), ("moon", "", "moon")])
async def test_reassign_to_whom_there_is_not_is_refused(
    desk: Desk, team: str, to: str, words: str
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    before = await ticket.reaches_resolve()
    with pytest.raises(Refused, match=words):
        await ticket.act("reassign", by="ana", team=team, to=to)
    after = await ticket.view()
    assert (after.team, after.assignee) == (before.team, before.assignee)


async def test_several_at_once_keep_their_order_and_count(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    for number in range(30):
        await ticket.signal("comment", by="ana", text=f"note {number}")
    notes = await ticket.told("comment", times=30)
    assert [note.detail for note in notes] == [f"note {number}" for number in range(30)]
