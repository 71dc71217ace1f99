"""Automated resolution: the runbook really runs, and only its own check says yes."""

import pytest

from incidents.flowchart import Box
from incidents.record import Outcome
from tests.stories.desk import Desk, Refused


async def test_runbook_resolves_and_reporter_is_told(desk: Desk) -> None:
    desk.works("kiosk")
    ticket = await desk.report("Printer of the kiosk is dead", service="kiosk")
    closed = await ticket.closes()
    assert closed.outcome is Outcome.AUTOMATED
    assert closed.resolution is not None
    assert closed.resolution.by == "automation"
    assert (desk.place / f"restarted-{ticket.id}").exists()
    assert [title.split(":")[0] for title in desk.pages_to("reporter")] == ["For your information"]


async def test_failed_check_is_rolled_back_and_goes_on_with_the_evidence(desk: Desk) -> None:
    desk.breaks("kiosk")
    ticket = await desk.report("Printer of the kiosk is dead", service="kiosk")
    view = await ticket.reaches_resolve()
    assert (desk.place / f"undone-{ticket.id}").exists()
    assert view.remediation is not None
    assert view.remediation.rolled_back is True
    decision = next(d for d in view.decisions if d.box is Box.AUTOMATED_RESOLUTION)
    assert decision.answer == "no"
    assert decision.policy_version == desk.policy.current().version


async def test_denied_runbook_never_runs(desk: Desk) -> None:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    assert desk.pages_to("dan")[0].startswith("Approval needed")
    view = await ticket.view()
    assert (view.waiting_for[0].kind, view.waiting_for[0].who) == ("person", "dan")
    await ticket.act("approve", by="dan", approved=False, reason="it is printing payslips")
    view = await ticket.reaches_resolve()
    assert not (desk.place / f"press-{ticket.id}").exists()
    with pytest.raises(Refused, match="no runbook waits for an approval"):
        await ticket.act("approve", by="dan")


async def test_approval_that_nobody_gives_expires_into_the_human_path(desk: Desk) -> None:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await ticket.wait(hours=2, minutes=1)
    view = await ticket.reaches_resolve()
    decision = next(d for d in view.decisions if d.box is Box.AUTOMATED_RESOLUTION)
    assert decision.reasons == ("nobody approved restart-press within 2 h",)


async def test_approved_runbook_runs(desk: Desk) -> None:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await ticket.act("approve", by="dan")
    assert (await ticket.closes()).outcome is Outcome.AUTOMATED
    assert (desk.place / f"press-{ticket.id}").exists()
