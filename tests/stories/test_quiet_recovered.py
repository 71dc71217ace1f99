"""What recovered while nobody was to be paged: the end of the quiet pages about what stands."""

import pytest

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import Recovery
from standfast.incidents.report import Channel
from tests.stories.desk import Desk, Ticket
from tests.stories.test_quiet import HOUR, Ends, ends, falls_quiet, pages, silence, sleeps

__all__ = ["ends"]


async def fires(desk: Desk, title: str = "Wiki crashed", key: str = "") -> Ticket:
    """A monitor reports it; a second time it joins."""
    return await desk.report(
        title, service="wiki", reporter="prom", channel=Channel.MONITOR, dedup_key=key or title
    )


async def recovers(ticket: Ticket, *, resolves: bool = False, by: str = "prom") -> None:
    await ticket.handle.signal(
        names.RECOVERED, Recovery(by=by, detail="all is well", resolves=resolves)
    )
    await ticket.told("recovered")


@pytest.mark.parametrize("early", [False, True], ids=["at-its-end", "ended-early"])
async def test_what_recovered_inside_the_silence_is_not_paged(
    desk: Desk, ends: Ends, early: bool
) -> None:
    """keephq/keep#5257, elastic/kibana#215634, roxy-wi/IncidentRelay#41, Icinga/icinga2#7977.

    Whoever was not paged is not told of its end either. Also where the monitor may not resolve an
    incident by itself: nobody has been asked to look.
    """
    given = silence(desk, -HOUR, HOUR)
    over, stands = await fires(desk, f"{desk.task_queue} over"), await fires(desk, desk.task_queue)
    for ticket in (over, stands):
        await falls_quiet(ticket)
    await recovers(over)

    if early:
        assert await ends(given) == 0
    else:
        for ticket in (over, stands):
            await ticket.wait(minutes=61)

    await stands.told("page_sent")
    closed = await over.closes()
    assert pages(desk) == 1
    assert over.id not in str([message.json for message in desk.sink.taken])
    assert closed.resolution
    assert closed.resolution.summary == (
        "prom says that it has recovered, while it was quiet. all is well"
    )


async def test_what_fired_again_inside_the_silence_is_paged(desk: Desk) -> None:
    """keephq/keep#5257: the last word of the monitor counts."""
    silence(desk, -HOUR, HOUR)
    ticket = await fires(desk, key=desk.task_queue)
    await falls_quiet(ticket)
    await recovers(ticket)
    await fires(desk, key=desk.task_queue)
    await ticket.told("reported_again")
    await ticket.wait(minutes=61)
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_what_a_person_reported_too_is_paged_and_says_who_has_recovered(desk: Desk) -> None:
    """elastic/kibana#215634: a monitor's word does not speak for a person."""
    silence(desk, -HOUR, HOUR)
    ticket = await fires(desk, key=desk.task_queue)
    await falls_quiet(ticket)
    await desk.report("Wiki crashed", service="wiki", dedup_key=desk.task_queue)
    await recovers(ticket)
    await ticket.wait(minutes=61)
    await ticket.told("page_sent")
    assert "prom says that it has recovered." in str(desk.sink.taken[-1].json["message"])


async def test_what_was_merged_into_it_may_fire_on_so_it_is_paged(desk: Desk) -> None:
    """keephq/keep#2481: the monitor speaks for its own alert, not for the one that was merged."""
    silence(desk, -HOUR, HOUR)
    ticket = await fires(desk, key=f"{desk.task_queue} a")
    other = await fires(desk, key=f"{desk.task_queue} b")
    for one in (ticket, other):
        await falls_quiet(one)
    await other.act("merge", by="ana", into=ticket.id)
    await other.closes()
    await recovers(ticket)
    assert not (await ticket.view()).has_recovered
    await ticket.wait(minutes=61)
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_a_silence_that_was_extended_holds_what_stands_and_what_recovered(
    desk: Desk,
) -> None:
    """roxy-wi/IncidentRelay#41: it is decided when the last silence ends."""
    silence(desk, -HOUR, HOUR)
    ticket = await fires(desk, key=desk.task_queue)
    await falls_quiet(ticket)
    silence(desk, -HOUR, 2 * HOUR)
    await ticket.wait(minutes=61)
    await falls_quiet(ticket, times=2)
    await recovers(ticket)
    await ticket.wait(minutes=61)
    await ticket.closes()
    assert pages(desk) == 0


async def test_what_recovered_at_night_is_not_paged_in_the_morning(desk: Desk) -> None:
    """keephq/keep#5257, by quiet hours instead of a silence."""
    sleeps(desk)
    ticket = await fires(desk, key=desk.task_queue)
    await falls_quiet(ticket)
    await recovers(ticket)
    await ticket.wait(hours=3)
    await ticket.closes()
    assert pages(desk) == 0


async def test_what_was_paged_before_the_silence_and_recovered_in_it_is_paged_no_more(
    desk: Desk,
) -> None:
    """grafana-cold-storage/oncall#3060: nor does it stay open for somebody to close by hand."""
    silence(desk, 2 * HOUR, 8 * HOUR)
    ticket = await fires(desk, key=desk.task_queue)
    await ticket.reaches_resolve()
    await ticket.wait(hours=3.1)  # a P4 is paged again every three hours
    await falls_quiet(ticket)
    await recovers(ticket)
    await ticket.wait(hours=5)
    await ticket.closes()
    assert pages(desk) == 1
    said = "prom says that it has recovered, while it was quiet."
    assert said in str(desk.sink.taken[-1].json["message"])  # Icinga/icinga2#4427


async def test_the_system_tests_can_say_that_it_is_not_over(desk: Desk) -> None:
    """elastic/kibana#215634, the other way round: a recovery is a word, and is verified."""
    silence(desk, -HOUR, HOUR, services=["till"])
    ticket = await desk.report(
        "Till is slow", service="till", reporter="prom", channel=Channel.MONITOR
    )
    await falls_quiet(ticket)
    await recovers(ticket)
    await ticket.wait(minutes=61)
    await ticket.reaches(Box.FOLLOW_UP)
    assert "partially_resolved: the machines contradict each other" in await ticket.note(
        "issue_resolved"
    )
    assert pages(desk) == 0
    await ticket.wait_for("page_sent", hours=3)
    assert (await ticket.view()).tier == 2
