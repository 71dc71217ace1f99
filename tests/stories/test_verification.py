"""Is it resolved? The reporter, the system tests and the logs say so, or not."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import EvidenceKind, Verdict
from tests.stories.desk import Desk, Ticket


async def _resolved_feed(desk: Desk) -> Ticket:
    ticket = await desk.report(
        "Feed app crashed", service="feed", error_message="ERROR timeout after 301 ms in reader"
    )
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="raised the limit")
    await ticket.told("confirm_sent")
    return ticket


async def test_three_kinds_of_evidence_agree(desk: Desk) -> None:
    desk.works("feed")
    _write_log(desk, timedelta(hours=-1), "ERROR timeout after 412 ms in reader")
    ticket = await _resolved_feed(desk)
    await ticket.act("verify", by="rita", verdict="resolved", comment="thank you")
    view = await ticket.reaches(Box.FOLLOW_UP)
    says = {piece.kind: piece.says for piece in view.evidence}
    assert says == dict.fromkeys(EvidenceKind, Verdict.RESOLVED)


async def test_user_says_yes_but_a_test_fails(desk: Desk) -> None:
    desk.breaks("feed")
    ticket = await _resolved_feed(desk)
    await ticket.act("verify", by="rita", verdict="resolved")
    view = await ticket.reaches(Box.FOLLOW_UP)
    decision = next(d for d in reversed(view.decisions) if d.box is Box.ISSUE_RESOLVED)
    assert decision.answer == "partially_resolved"
    assert any("feed answers" in reason for reason in decision.reasons)


async def test_error_returns_to_the_log_within_the_watch(desk: Desk) -> None:
    desk.works("feed")
    _write_log(desk, timedelta(hours=-1), "ERROR timeout after 412 ms in reader")
    ticket = await _resolved_feed(desk)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    _write_log(desk, timedelta(), "ERROR timeout after 388 ms in reader")
    await ticket.wait(hours=1.1)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    decision = next(d for d in reversed(view.decisions) if d.box is Box.FOLLOW_UP)
    assert decision.answer == "recurred"


async def test_watch_with_failing_test_escalates_and_tells_why(desk: Desk) -> None:
    desk.works("feed")
    _write_log(desk, timedelta(hours=-1), "INFO fine")
    ticket = await _resolved_feed(desk)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    desk.breaks("feed")
    await ticket.wait(hours=1.1)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    escalation = next(d for d in reversed(view.decisions) if d.box is Box.ESCALATE)
    assert escalation.reasons[0].startswith(
        "follow_up said recurred: system tests, feed answers: unresolved"
    )


async def test_reporter_is_reminded_and_silence_closes_after_five_days(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    view = await ticket.view()
    assert view.waiting_for[0].who == "rita@storyville.example"
    await ticket.wait(days=4, hours=12)
    await ticket.told("confirm_sent", times=3)
    assert (await ticket.view()).stage is Box.ISSUE_RESOLVED
    await ticket.wait(days=1)
    closed = await ticket.closes()
    assert closed.outcome is Outcome.RESOLVED
    assert len(desk.pages_to("reporter")) == 4


async def _silence_about_the_till(desk: Desk) -> Ticket:
    """The till's tests are not what its incidents need, but it has some."""
    ticket = await desk.report("Till app crashed", service="till")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    assert [entry for entry in (await ticket.view()).timeline if entry.event == "evidence"] == []
    await ticket.wait(days=5, minutes=1)
    return ticket


async def test_silence_with_green_probes_means_resolved(desk: Desk) -> None:
    desk.works("till")
    ticket = await _silence_about_the_till(desk)
    assert (await ticket.closes()).outcome is Outcome.RESOLVED
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    assert [(piece.source, piece.says) for piece in record.evidence] == [
        ("till answers", Verdict.RESOLVED)
    ]
    decision = next(d for d in record.decisions if d.box is Box.ISSUE_RESOLVED)
    assert decision.reasons[0] == (
        "the reporter has not answered in time, which is taken as resolved"
    )


async def test_silence_that_a_probe_contradicts_means_what_the_probe_says(desk: Desk) -> None:
    desk.breaks("till")
    ticket = await _silence_about_the_till(desk)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    decision = next(d for d in view.decisions if d.box is Box.ISSUE_RESOLVED)
    assert decision.answer == "unresolved"
    assert "the machines say unresolved" in decision.reasons[0]
    assert [piece.says for piece in view.evidence] == [Verdict.UNRESOLVED]


async def test_policy_may_take_silence_for_what_it_means_whatever_the_probes(desk: Desk) -> None:
    policy = desk.policy.path
    policy.write_text(
        policy.read_text().replace(
            "remind_every: 2d}", "remind_every: 2d, no_answer_needs: nothing}"
        )
    )
    desk.breaks("till")
    ticket = await _silence_about_the_till(desk)
    assert (await ticket.closes()).outcome is Outcome.RESOLVED


async def test_report_of_the_same_while_it_is_verified_means_unresolved(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-verify")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-verify", reporter="ralf")
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.occurrences == 2
    assert view.resolution is None


async def test_monitor_is_not_asked(desk: Desk) -> None:
    ticket = await desk.report(
        "Wiki app crashed", service="wiki", channel="monitor", reporter="prometheus"
    )
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    closed = await ticket.closes()
    assert closed.outcome is Outcome.RESOLVED
    assert desk.pages_to("reporter") == []


def _write_log(desk: Desk, ago: timedelta, text: str) -> None:
    moment = datetime.now(UTC) + ago
    with (desk.place / "feed.log").open("a") as log:
        log.write(f"{moment.isoformat()} {text}\n")
