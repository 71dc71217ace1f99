"""Automated resolution: the runbook really runs, and only its own check says yes."""

from incidents.flowchart import Box
from incidents.record import Outcome
from tests.stories.desk import Desk


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
    page = str(desk.sink.requests[-1].json["message"])
    assert "Automation did not resolve it (restart-kiosk): " in page
