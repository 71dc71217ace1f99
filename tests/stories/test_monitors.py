"""What monitors say: it comes again, it is over, and it comes back."""

import asyncio

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import Recovery, Repeats
from standfast.incidents.record import Outcome
from standfast.incidents.report import Channel, Report
from standfast.incidents.resolution import EvidenceKind, Verdict
from tests.stories.desk import Desk, Ticket

MONITOR = "prom"


async def _fires(desk: Desk, service: str, key: str) -> Ticket:
    ticket = await desk.report(
        f"{service} app crashed",
        service=service,
        dedup_key=key,
        reporter=MONITOR,
        channel=Channel.MONITOR,
    )
    await ticket.reaches_resolve()
    return ticket


def _report(service: str) -> Report:
    return Report(
        title=f"{service} app crashed",
        service=service,
        reporter=MONITOR,
        channel=Channel.MONITOR,
    )


async def _again(ticket: Ticket, service: str, total: int, counter: str = "line-1") -> None:
    counted = Repeats(counter=counter, total=total, report=_report(service))
    await ticket.handle.signal(names.REPEATS, counted)


async def _recovers(ticket: Ticket, *, resolves: bool = False) -> None:
    said = Recovery(by=MONITOR, detail="HTTP 200 for five minutes", resolves=resolves)
    await ticket.handle.signal(names.RECOVERED, said)


async def test_a_count_heard_twice_or_out_of_order_counts_once(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-counted")
    for total in (40, 40, 12, 250, 40):
        await _again(ticket, "wiki", total)
    await _again(ticket, "wiki", 5, counter="line-2")
    view = await ticket.reaches(Box.RESOLVE, occurrences=1 + 250 + 5)
    assert sum(entry.event == "reported_again" for entry in view.timeline) <= 3


async def test_repeats_that_come_while_it_closes_are_the_next_episode(desk: Desk) -> None:
    """None is lost and none counts twice, though the counter goes on over the end."""
    ticket = await _fires(desk, "wiki", "wiki-over-the-end")
    await _again(ticket, "wiki", 10)
    await ticket.reaches(Box.RESOLVE, occurrences=11)
    for person in ("ana", "ben"):
        desk.sink.answer(f"/{person}", 500)
    await ticket.act("withdraw", by="ana")
    await ticket.reaches(Box.CLOSE)
    await _again(ticket, "wiki", 13)
    await _again(ticket, "wiki", 17)
    for person in ("ana", "ben"):
        desk.sink.answer(f"/{person}", 200)
    await ticket.reaches(Box.RESOLVE, episode=2, occurrences=7)
    await _again(ticket, "wiki", 20)
    await ticket.reaches(Box.RESOLVE, episode=2, occurrences=10)
    record = desk.records.incidents.get(ticket.id, 1)
    assert record is not None
    assert record.occurrences == 11


async def test_a_recovery_is_evidence_when_a_person_resolves(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-evidence")
    await _recovers(ticket)
    view = await ticket.reaches(Box.RESOLVE)
    assert "HTTP 200" in (await ticket.told("recovered"))[0].detail
    assert view.resolution is None
    await ticket.act("resolve", by="ana", summary="restarted it")
    closed = await ticket.closes()
    assert closed.outcome is Outcome.RESOLVED
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    [said] = [piece for piece in record.evidence if piece.source == MONITOR]
    assert (said.kind, said.says) == (EvidenceKind.SYSTEM_TESTS, Verdict.RESOLVED)


async def test_a_recovery_against_a_failing_test_is_partial(desk: Desk) -> None:
    desk.breaks("till")
    ticket = await _fires(desk, "till", "till-contradicts")
    await _recovers(ticket)
    await ticket.told("recovered")
    await ticket.act("resolve", by="ana", summary="restarted it")
    view = await ticket.reaches(Box.FOLLOW_UP)
    decision = next(d for d in reversed(view.decisions) if d.box is Box.ISSUE_RESOLVED)
    assert decision.answer == Verdict.PARTIALLY_RESOLVED


async def test_a_recovery_that_was_taken_back_is_no_evidence(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-taken-back")
    await _recovers(ticket)
    await _again(ticket, "wiki", 1)
    await ticket.reaches(Box.RESOLVE, occurrences=2)
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.closes()
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    assert not record.evidence


async def test_where_the_policy_lets_it_a_monitor_resolves(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-resolves")
    await ticket.act("acknowledge", by="ana")
    await _recovers(ticket, resolves=True)
    closed = await ticket.closes()
    assert closed.outcome is Outcome.RESOLVED
    assert closed.resolution is not None
    assert closed.resolution.by == MONITOR
    assert "HTTP 200" in closed.resolution.summary


async def test_a_recovery_before_people_have_it_resolves_then(desk: Desk) -> None:
    """It flaps: the recovery is there before the incident has reached a person."""
    result = await desk.report(
        "kiosk printer dead",
        service="kiosk",
        dedup_key="kiosk-flaps",
        reporter=MONITOR,
        channel=Channel.MONITOR,
    )
    await _recovers(result, resolves=True)
    closed = await result.closes()
    assert closed.outcome in (Outcome.RESOLVED, Outcome.AUTOMATED)


async def test_what_recovers_and_comes_back_in_the_watch_escalates(desk: Desk) -> None:
    desk.works("feed")
    ticket = await _fires(desk, "feed", "feed-comes-back")
    await _recovers(ticket, resolves=True)
    await ticket.reaches(Box.FOLLOW_UP)
    await _again(ticket, "feed", 3)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.occurrences == 4
    assert view.resolution is None


async def test_a_recovery_after_the_end_changes_nothing(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-late")
    desk.sink.answer("/ana", 500)
    desk.sink.answer("/ben", 500)
    await ticket.act("withdraw", by="ana")
    await ticket.reaches(Box.CLOSE)
    await _recovers(ticket, resolves=True)
    desk.sink.answer("/ana", 200)
    desk.sink.answer("/ben", 200)
    closed = await ticket.closes()
    assert (closed.outcome, closed.resolution) == (Outcome.WITHDRAWN, None)


async def test_a_storm_of_counts_in_any_order_is_exact(desk: Desk) -> None:
    ticket = await _fires(desk, "wiki", "wiki-any-order")
    totals = [(line, total) for line in ("a", "b", "c") for total in (1, 7, 7, 30)]
    await asyncio.gather(
        *(_again(ticket, "wiki", total, counter=line) for line, total in reversed(totals))
    )
    await ticket.reaches(Box.RESOLVE, occurrences=1 + 3 * 30)
