"""A runbook that asks first: who is asked and reminded, who may answer, and what happens then."""

from typing import Any

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from tests.stories.desk import Desk, Refused, Ticket


async def _press_waits(desk: Desk) -> Ticket:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    return ticket


def _automation_said(view: IncidentView) -> tuple[str, ...]:
    return next(d.reasons for d in view.decisions if d.box is Box.AUTOMATED_RESOLUTION)


async def _last_page(desk: Desk, ticket: Ticket) -> str:
    await ticket.told("page_sent")
    return str(desk.sink.requests[-1].json["message"])


async def test_approved_runbook_runs(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    (asked,) = [request.json for request in desk.sink.requests]
    assert str(asked["title"]).startswith("P4 Printer press is dead. Approval needed")
    assert "May the runbook “Restart the printing press” run for this incident?" in str(
        asked["message"]
    )
    assert f"standfast approve {ticket.id} --by YOU   (or: deny, delegate)" in str(asked["message"])
    view = await ticket.view()
    assert (view.waiting_for[0].kind, view.waiting_for[0].who) == ("person", "dan")
    assert await ticket.act("approve", by="dan") == "approved: the runbook restart-press runs"
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED
    assert (desk.place / f"press-{ticket.id}").exists()


async def test_denied_runbook_never_runs_and_the_page_says_who_denied_it(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    await ticket.act("deny", by="dan", reason="it is printing payslips")
    view = await ticket.reaches_resolve()
    assert not (desk.place / f"press-{ticket.id}").exists()
    why = "dan denied restart-press: it is printing payslips"
    assert _automation_said(view) == (why,)
    assert f"Automation did nothing: {why}" in await _last_page(desk, ticket)


async def test_approvers_are_reminded_and_silence_expires_into_the_human_path(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    for times in (2, 3):
        await ticket.wait(minutes=51)
        await ticket.told("approve_sent", times=times)
    assert len(desk.pages_to("dan")) == 3
    assert "Nobody has answered yet" in str(desk.sink.requests[-1].json["message"])
    assert (await ticket.view()).stage is Box.AUTOMATED_RESOLUTION
    await ticket.wait(minutes=20)
    view = await ticket.reaches_resolve()
    assert _automation_said(view) == ("nobody approved restart-press within 2 h",)
    assert "Automation did nothing: nobody approved" in await _last_page(desk, ticket)
    await ticket.wait(minutes=55)
    assert desk.pages_to("dan").count("P4 Printer press is dead. Approval needed") <= 3


LATE: list[tuple[str, str, dict[str, Any], str]] = [
    ("deny", "approve", {"by": "dan"}, "dan denied it already"),
    ("deny", "deny", {"by": "dan"}, "dan denied it already"),
    ("deny", "approve", {"by": "mia"}, "dan denied it already"),
    ("deny", "delegate", {"by": "dan", "to": "lea"}, "dan denied it already"),
    ("", "approve", {"by": "dan"}, "nobody approved restart-press within 2 h"),
    ("", "deny", {"by": "dan"}, "nobody approved restart-press within 2 h"),
    ("", "delegate", {"by": "dan", "to": "lea"}, "nobody approved restart-press within 2 h"),
]


@pytest.mark.parametrize(("first", "then", "payload", "reason"), LATE)
async def test_answer_that_comes_twice_or_late_is_refused_with_what_happened(
    desk: Desk, first: str, then: str, payload: dict[str, Any], reason: str
) -> None:
    ticket = await _press_waits(desk)
    if first:
        await ticket.act(first, by="dan")
    else:
        await ticket.wait(hours=2, minutes=1)
    await ticket.reaches(Box.RESOLVE)
    with pytest.raises(Refused, match=reason):
        await ticket.act(then, **payload)
    await ticket.signal(then, **payload)
    (refused,) = await ticket.told("refused")
    assert refused.detail == f"{then}: {reason}"


async def test_second_approver_hears_who_was_first(desk: Desk) -> None:
    """The runbook is still at work, so that the incident is open."""
    ticket = await _press_waits(desk)
    await ticket.act("delegate", by="dan", to="lea")
    await ticket.signal("deny", by="lea")
    await ticket.signal("approve", by="dan")
    (refused,) = await ticket.told("refused")
    assert (refused.actor, refused.detail) == ("dan", "approve: lea denied it already")


async def test_after_withdrawal_nothing_is_approved(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    desk.sink.answer("/reporter", 500)
    await ticket.act("withdraw", by="rita", reason="it was not plugged in")
    with pytest.raises(Refused, match="withdrawn"):
        await ticket.act("approve", by="dan")
    view = await ticket.view()
    assert [wait for wait in view.waiting_for if wait.kind == "person"] == []
    desk.sink.answer("/reporter", 200)
    assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
    assert not (desk.place / f"press-{ticket.id}").exists()


@pytest.mark.parametrize("action", ["approve", "deny", "delegate"])
async def test_only_who_was_asked_may_answer(desk: Desk, action: str) -> None:
    ticket = await _press_waits(desk)
    more = {"to": "ana"} if action == "delegate" else {}
    with pytest.raises(
        Refused, match="only those who were asked may approve, deny or delegate it: dan"
    ):
        await ticket.act(action, by="ana", **more)
    await ticket.signal(action, by="ana", **more)
    (refused,) = await ticket.told("refused")
    assert refused.actor == "ana"
    assert (await ticket.view()).stage is Box.AUTOMATED_RESOLUTION


async def test_delegate_is_asked_and_may_answer(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    words = await ticket.act("delegate", by="dan", to="max", reason="he built it")
    assert words == "max is asked too; the clock goes on as before"
    await ticket.told("approve_sent", times=2)
    assert "Approval needed" in desk.pages_to("max")[0]
    assert "dan asks you to decide" in str(desk.sink.requests[-1].json["message"])
    view = await ticket.view()
    assert view.waiting_for[0].who == "dan, max"
    assert await ticket.act("delegate", by="dan", to="max") == "max was asked already"
    await ticket.wait(minutes=51)
    await ticket.told("approve_sent", times=4)
    await ticket.act("approve", by="max")
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED
    assert len(desk.pages_to("max")) == 2


async def test_delegation_does_not_lengthen_the_wait(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    await ticket.wait(hours=1, minutes=55)
    await ticket.act("delegate", by="dan", to="max")
    await ticket.wait(minutes=6)
    view = await ticket.reaches(Box.RESOLVE)
    assert _automation_said(view) == ("nobody approved restart-press within 2 h",)


async def test_delegation_to_whom_there_is_not_is_refused(desk: Desk) -> None:
    ticket = await _press_waits(desk)
    with pytest.raises(Refused, match="no person 'zoe'; there are: ana, ben, dan"):
        await ticket.act("delegate", by="dan", to="zoe")
    assert (await ticket.view()).waiting_for[0].who == "dan"


async def test_high_impact_asks_whoever_is_on_call_for_days(desk: Desk) -> None:
    ticket = await desk.report("Printer of the lathe", service="lathe", users_affected=90)
    await ticket.told("approve_sent")
    (needed,) = await ticket.told("approval_needed")
    assert needed.detail.startswith(
        "restart-lathe: impact is high: 90 users affected, high impact starts at 50"
    )
    on_call = str((await ticket.view()).waiting_for[0].who)
    assert on_call in ("dora", "dan")
    for times in (2, 3):
        await ticket.wait(days=1, minutes=1)
        await ticket.told("approve_sent", times=times)
    await ticket.act("approve", by=on_call)
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED


async def test_low_impact_runs_without_asking_and_says_why(desk: Desk) -> None:
    ticket = await desk.report("Printer of the lathe", service="lathe", users_affected=2)
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    (entry,) = [entry for entry in record.timeline if entry.event == "approval_not_needed"]
    assert entry.detail.startswith("restart-lathe: impact is not high: lathe is not")
    assert all(entry.event != "approval_asked" for entry in record.timeline)
    assert record.approval is None


async def test_who_reported_it_never_approves_its_runbook(desk: Desk) -> None:
    """Not in their own name, not for somebody else, and not because it was handed to them."""
    ticket = await desk.report("Printer press is dead", service="press", reporter="lea")
    await ticket.told("approve_sent")
    with pytest.raises(Refused, match="lea reported it, so somebody else has to approve"):
        await ticket.act("approve", by="dan", entered_by="lea")
    handed = await ticket.act("delegate", by="dan", to="lea")
    assert handed == "lea reported it, so somebody else has to approve"
    await ticket.signal("approve", by="lea")
    (refused,) = await ticket.told("refused")
    assert refused.actor == "lea"
    assert not (desk.place / f"press-{ticket.id}").exists()
    await ticket.act("approve", by="dan")
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED


async def test_who_reported_it_by_mail_does_not_approve_it_by_name(desk: Desk) -> None:
    desk.amend(people={"dan": {"addresses": ["dan@storyville.example"]}})
    reporter = "Dan@storyville.example"
    ticket = await desk.report("Printer press is dead", service="press", reporter=reporter)
    await ticket.told("approve_sent")
    with pytest.raises(Refused, match="dan reported it, so somebody else has to approve"):
        await ticket.act("approve", by="dan")


async def test_an_approver_who_reported_it_may_deny_it_only(desk: Desk) -> None:
    """Nobody else is there to be asked: people take over when the time is up."""
    ticket = await desk.report("Printer press is dead", service="press", reporter="dan")
    await ticket.told("approve_sent")
    with pytest.raises(Refused, match="dan reported it, so somebody else has to approve"):
        await ticket.act("approve", by="dan")
    await ticket.act("deny", by="dan", reason="I look at it myself")
    await ticket.reaches_resolve()
    assert not (desk.place / f"press-{ticket.id}").exists()
