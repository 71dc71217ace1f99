"""Automated resolution: the runbook really runs, and only its own check says yes."""

from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import RemediationOutcome
from standfast.policy_file.source import PolicySource
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk, until


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


async def test_successes_that_do_not_last_stop_automation_and_the_page_has_the_chain(
    desk: Desk,
) -> None:
    desk.works("kiosk")
    for _ in range(2):
        ticket = await desk.report("Printer of the kiosk is dead", service="kiosk")
        assert (await ticket.closes()).outcome is Outcome.AUTOMATED
    third = await desk.report("Printer of the kiosk is dead", service="kiosk")
    view = await third.reaches_resolve()
    assert not (desk.place / f"restarted-{third.id}").exists()
    assert view.remediation is not None
    assert view.remediation.outcome is RemediationOutcome.REFUSED
    page = str(desk.sink.requests[-1].json["message"])
    assert "has helped 2 times in a row without lasting 12 h, so automation stops" in page
    assert ticket.id in page


async def _calibrating(desk: Desk) -> Ticket:
    """The scanner's runbook is in its second step, which takes ten minutes."""
    ticket = await desk.report("Printer scanner is skewed", service="scanner")

    async def is_at_it() -> bool:
        return (desk.place / f"calibrating-{ticket.id}").exists()

    await until("the second step runs", is_at_it)
    return ticket


async def test_withdrawn_it_is_undone_and_what_is_left_is_paged_all_the_same(desk: Desk) -> None:
    ticket = await _calibrating(desk)
    await ticket.act("withdraw", by="rita", reason="it is level again")
    assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
    assert (desk.place / f"stopped-{ticket.id}").exists()
    view = await ticket.view()
    assert view.path[-2:] == (Box.AUTOMATED_RESOLUTION, Box.CLOSE)
    assert view.remediation is not None
    assert view.remediation.outcome is RemediationOutcome.STOPPED
    assert view.remediation.left == (
        "step 1 of 2 could not be undone: undoing step 1 of 2 failed with exit code 1",
    )
    assert [entry.event for entry in view.timeline if "left" in entry.event] == ["left_behind"]
    looks = [r for r in desk.sink.requests if "Please check" in str(r.json["title"])]
    assert len(looks) == 1
    assert looks[0].path.rstrip("/") in ("/dora", "/dan")
    assert "step 1 of 2 could not be undone" in str(looks[0].json["message"])


async def test_run_cancelled_in_temporal_is_undone_and_closed_too(desk: Desk) -> None:
    ticket = await _calibrating(desk)
    await ticket.handle.cancel()
    assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
    assert (desk.place / f"stopped-{ticket.id}").exists()


async def test_worker_replaced_in_the_middle_and_nobody_knows_what_it_did(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await _calibrating(desk)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        view = await desk.ticket(ticket.id).reaches_resolve()
    assert view.remediation is not None
    assert view.remediation.outcome is RemediationOutcome.UNKNOWN
    assert (tmp_path / f"stopped-{ticket.id}").exists()
    page = str(sink.requests[-1].json["message"])
    assert "nobody knows whether step 2 of 2 was done" in page
