"""What comes back inside the watch window is escalated, and those who solved it hear of it."""

from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from tests.stories.desk import Desk, Ticket


async def _watched(desk: Desk, *, acknowledged_by: str, resolved_by: str) -> Ticket:
    """A workaround is in place, the reporter is content, and the watch window is open."""
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key=f"wiki-{desk.place}")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by=acknowledged_by)
    await ticket.act("resolve", by=resolved_by, summary="restarted it", workaround=True)
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    return ticket


def _messages_to(desk: Desk, person: str) -> list[tuple[str, str]]:
    return [
        (str(request.json["title"]), str(request.json["message"]).splitlines()[0])
        for request in desk.sink.taken
        if request.path.rstrip("/") == f"/{person}"
    ]


async def test_the_same_report_reopens_it_and_those_who_solved_it_are_told(desk: Desk) -> None:
    ticket = await _watched(desk, acknowledged_by="ana", resolved_by="max")
    await ticket.wait(hours=2)
    await desk.report("Wiki crashed", service="wiki", dedup_key=f"wiki-{desk.place}")
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("tell_sent", times=2)
    title = f"P4 Wiki crashed. For your information ({ticket.id})"
    why = "What you worked on has come back: the same was reported again, once."
    for person in ("ana", "max"):
        assert _messages_to(desk, person)[-1] == (title, f"{why} The next tier is paged.")
    escalation = next(d for d in reversed(view.decisions) if d.box is Box.ESCALATE)
    assert escalation.reasons[0] == "follow_up said recurred: the same was reported again, once"
    assert view.resolution is None


async def test_reporters_no_reopens_it(desk: Desk) -> None:
    ticket = await _watched(desk, acknowledged_by="ana", resolved_by="ana")
    await ticket.act("verify", by="rita", verdict="unresolved", comment="white page again")
    await ticket.reaches(Box.RESOLVE, tier=2)
    (told,) = await ticket.told("tell_sent")
    assert told.person == "ana"
    assert "white page again" in _messages_to(desk, "ana")[-1][1]


async def test_whoever_the_policy_does_not_know_is_not_told(desk: Desk) -> None:
    ticket = await _watched(desk, acknowledged_by="ana", resolved_by="the vendor, by phone")
    await ticket.act("verify", by="rita", verdict="unresolved")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("page_sent", times=2)
    view = await ticket.view()
    assert [entry.event for entry in view.timeline if "not_reached" in entry.event] == []


async def test_who_solved_it_is_told_though_the_new_tier_acknowledges_at_once(desk: Desk) -> None:
    """Their mailbox is down for a while; paging stops meanwhile, the news is tried still."""
    ticket = await _watched(desk, acknowledged_by="ana", resolved_by="ana")
    desk.sink.answer("/ana", 500)
    await ticket.act("verify", by="rita", verdict="unresolved")
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("acknowledge", by=str(view.assignee))
    desk.sink.answer("/ana", 200)
    await ticket.wait(minutes=1)
    await ticket.told("tell_sent")
    assert "For your information" in _messages_to(desk, "ana")[-1][0]


async def test_clear_to_the_end_closes_it_and_nobody_is_troubled(desk: Desk) -> None:
    ticket = await _watched(desk, acknowledged_by="ana", resolved_by="max")
    for hours in (1, 2, 4, 8, 10):
        await ticket.wait(hours=hours)
    closed = await ticket.closes()
    assert closed.outcome is Outcome.RESOLVED
    assert _messages_to(desk, "max") == []
