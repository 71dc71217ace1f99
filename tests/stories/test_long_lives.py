"""Months of waiting, thousands of comments, and the parts of the world that are away."""

import pytest

from incidents.flowchart import Box
from tests.stories.desk import Desk, Ticket


async def _comments(ticket: Ticket, count: int, size: int) -> None:
    for number in range(count):
        await ticket.signal("comment", by="ana", text=f"{number} " + "x" * size)


@pytest.mark.parametrize("stage", [Box.RESOLVE, Box.ISSUE_RESOLVED, Box.FOLLOW_UP])
async def test_goes_on_in_a_new_run_from_where_it_stands(desk: Desk, stage: Box) -> None:
    """More comments than one run may carry: nothing is lost, done twice, or waits anew."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    if stage is not Box.RESOLVE:
        await ticket.act("acknowledge", by="ana")
        await ticket.act("resolve", by="ana", summary="restarted it", workaround=True)
        await ticket.told("confirm_sent")
    if stage is Box.FOLLOW_UP:
        await ticket.act("verify", by="rita", verdict="resolved")
        await ticket.reaches(Box.FOLLOW_UP)
    before = await ticket.view()
    first_run = (await ticket.handle.describe()).run_id
    sent = len(desk.sink.requests)
    await _comments(ticket, 60, 9_000)
    while (await ticket.handle.describe()).run_id == first_run:
        await ticket.signal("comment", by="ana", text="x" * 9_000)
    after = await ticket.view()
    assert after.stage is stage
    assert after.path == before.path
    assert after.decisions == before.decisions
    assert [wait.until for wait in after.waiting_for] == [wait.until for wait in before.waiting_for]
    assert len(desk.sink.requests) == sent
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
    record = desk.records.get(ticket.id)
    assert record is not None
    numbers = [entry.number for entry in record.timeline]
    assert numbers == list(range(1, len(numbers) + 1))
    comments = [entry.detail for entry in record.timeline if entry.event == "comment"]
    assert [text.split()[0] for text in comments[:60]] == [str(number) for number in range(60)]
