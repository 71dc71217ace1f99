"""What is away delays its own step alone, and what could not be done is on the timeline."""

from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from tests.stories.desk import Desk


def _take_records_away(desk: Desk) -> None:
    """The database's files are gone, and in their place is something that cannot be opened."""
    desk.records.close()
    for file in desk.place.glob("records.db*"):
        file.rename(file.with_name(f"kept-{file.name}"))
    (desk.place / "records.db").mkdir()
    desk.records.close()  # a projection that was written meanwhile has opened them again


def _bring_records_back(desk: Desk) -> None:
    (desk.place / "records.db").rmdir()
    for file in desk.place.glob("kept-records.db*"):
        file.rename(file.with_name(file.name.removeprefix("kept-")))


async def test_without_record_store_all_goes_on_but_the_record(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    _take_records_away(desk)
    other = await desk.report("Wiki crashed too", service="wiki")
    view = await other.reaches_resolve()
    triage = next(decision for decision in view.decisions if decision.box is Box.TRIAGE)
    assert any("similar" in reason for reason in triage.reasons)
    await other.act("acknowledge", by="ana")
    await ticket.act("withdraw", by="rita")
    view = await ticket.reaches(Box.CLOSE)
    assert view.status == "open"
    [waits] = view.waiting_for
    assert (
        waits.what
        == "rita@storyville.example and ana are told, and the record store takes the record"
    )
    await ticket.wait(minutes=3)
    _bring_records_back(desk)
    await ticket.wait(minutes=3)
    assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    assert [entry.event for entry in record.timeline[-3:]] == ["told", "told", "closed"]
    keys = [sent.key for sent in desk.sink.requests if f"{ticket.id}:1:tell" in sent.key]
    assert len(keys) == len(set(keys)) == 2


async def test_what_comes_while_it_closes_is_on_record_and_a_cancelled_run_leaves_one_too(
    desk: Desk,
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    _take_records_away(desk)
    await ticket.act("withdraw", by="rita")
    await ticket.reaches(Box.CLOSE)
    await ticket.signal("repaired", by="dora", detail="as a test of what comes late")
    await ticket.told("repaired")
    await ticket.handle.cancel()
    _bring_records_back(desk)
    await ticket.wait(minutes=3)
    assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    timeline = record.timeline
    assert [entry.event for entry in timeline[-4:]] == ["repaired", "told", "told", "closed"]
    assert [entry.number for entry in timeline] == list(range(1, len(timeline) + 1))
    keys = [sent.key for sent in desk.sink.requests if f"{ticket.id}:1:tell" in sent.key]
    assert len(keys) == len(set(keys)) == 2


async def test_nobody_can_be_reached_and_the_clock_still_escalates(desk: Desk) -> None:
    desk.sink.status = 500
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches(Box.RESOLVE)
    for _ in range(3):
        await ticket.wait(minutes=4)
        await ticket.settles()
    await ticket.told("nobody_reached")
    assert len(await ticket.told("not_reached", times=3)) >= 3
    desk.sink.status = 200
    await ticket.wait(minutes=6)
    await ticket.reaches(Box.RESOLVE, tier=2)
    assert "page_sent" in {entry.event for entry in await ticket.told("page_sent")}


async def test_open_incident_takes_the_edited_policy_at_its_next_step(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    before = await ticket.reaches_resolve()
    policy = desk.policy.path
    policy.write_text(policy.read_text().replace("people: [lea, leo]", "people: [max]"))
    await ticket.act("escalate", by="ana")
    after = await ticket.reaches(Box.RESOLVE, tier=2)
    assert after.assignee == "max"
    versions = [decision.policy_version for decision in after.decisions]
    assert versions[: len(before.decisions)] == [d.policy_version for d in before.decisions]
    assert versions[-1] != versions[0]


async def test_broken_edit_leaves_the_last_good_policy_in_force(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    desk.policy.path.write_text("teams: [")
    await ticket.act("escalate", by="ana")
    assert (await ticket.reaches(Box.RESOLVE, tier=2)).assignee in ("lea", "leo")


async def test_team_that_the_policy_lost_is_followed_by_the_service_desk(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    policy = desk.policy.path
    text = policy.read_text().replace("  apps:\n", "  webs:\n").replace("team: apps", "team: webs")
    policy.write_text(text)
    await ticket.act("escalate", by="ana")
    view = await ticket.reaches(Box.RESOLVE, team="desk")
    escalation = next(d for d in reversed(view.decisions) if d.box is Box.ESCALATE)
    assert any("apps" in reason for reason in escalation.reasons)


async def test_log_that_is_away_is_inconclusive(desk: Desk) -> None:
    desk.works("feed")
    ticket = await desk.report("Feed app crashed", service="feed", error_message="ERROR 17 in feed")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    view = await ticket.reaches(Box.FOLLOW_UP)
    says = [piece for piece in view.evidence if piece.kind == "log_analysis"]
    assert [piece.says for piece in says] == [None]
    assert says[0].detail
