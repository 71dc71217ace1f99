"""Quiet: recorded and visible, but nobody is paged before a silence ends or a day begins."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.commands.app import run as run_command
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.silence import Matcher, NewSilence, Silence
from standfast.time.wall_clock import WEEKDAYS
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk
from tests.stories.slow_lookup import SlowLookup

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def silence(
    desk: Desk,
    starts: timedelta,
    ends: timedelta,
    reason: str = "upgrade",
    now: datetime | None = None,
    **matcher: object,
) -> Silence:
    """Dan keeps the wiki quiet, from so long to so long after now."""
    now = now or datetime.now(UTC)
    return desk.records.silences.add(
        NewSilence(
            matcher=Matcher.model_validate(matcher or {"services": ["wiki"]}),
            starts=now + starts,
            ends=now + ends,
            by="dan",
            reason=reason,
        )
    )


def pages(desk: Desk) -> int:
    """How often the first line was paged."""
    titles = desk.pages_to("ana") + desk.pages_to("ben")
    return len([title for title in titles if "Please acknowledge (" in title])


async def falls_quiet(ticket: Ticket, times: int = 1) -> IncidentView:
    await ticket.told("quiet", times=times)
    return await ticket.view()


def next_timer(view: IncidentView) -> tuple[str, datetime | None]:
    wait = min((wait for wait in view.waiting_for if wait.until), key=lambda wait: str(wait.until))
    return wait.what, wait.until


Ends = Callable[..., Awaitable[int]]


@pytest.fixture
def ends(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ends:
    """Dan types `silence end`."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "policy.yaml"))

    async def ends(given: Silence) -> int:
        return await asyncio.to_thread(run_command, ("silence", "end", given.id, "--by", "dan"))

    return ends


async def test_silenced_it_is_recorded_and_visible_and_paged_when_the_silence_ends(
    desk: Desk,
) -> None:
    given = silence(desk, -HOUR, 3 * HOUR, reason="new disks")
    ticket = await desk.report("Wiki crashed", service="wiki")
    view = await falls_quiet(ticket)

    assert (view.stage, view.status, view.priority) == (Box.RESOLVE, "open", "P4")
    assert view.quiet_until == given.ends
    [entry] = [entry for entry in view.timeline if entry.event == "quiet"]
    assert f"silenced by dan until {given.ends:%Y-%m-%d %H:%M:%S} UTC" in entry.detail
    assert f"({given.id}: new disks)" in entry.detail
    assert next_timer(view)[0] == "it is not quiet any more: page"
    await ticket.wait(hours=2.9)
    assert pages(desk) == 0

    await ticket.wait(hours=0.2)
    await ticket.told("page_sent")
    assert pages(desk) == 1
    [noted] = desk.records.silences.silenced_by(given.id)
    assert noted.incident_id == ticket.id


async def test_what_it_does_not_match_is_paged(desk: Desk) -> None:
    silence(desk, -HOUR, HOUR, services=["shop"])
    silence(desk, -HOUR, HOUR, words=["printer"])
    silence(desk, -HOUR, HOUR, priorities=["P5"])
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    assert pages(desk) == 1


async def test_even_an_outage_is_silenced(desk: Desk) -> None:
    silence(desk, -HOUR, HOUR, everything=True)
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    view = await falls_quiet(ticket)
    assert view.priority == "P1"
    await ticket.wait(minutes=55)
    assert desk.sink.taken == []
    await ticket.wait(minutes=10)
    await ticket.told("page_sent")


async def test_a_silence_that_begins_later_ends_the_paging_that_goes_on(desk: Desk) -> None:
    silence(desk, 2 * HOUR, 8 * HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    assert pages(desk) == 1
    await ticket.wait(hours=3.1)  # a P4 is paged again every three hours
    await falls_quiet(ticket)
    await ticket.wait(hours=4.8)
    assert pages(desk) == 1
    await ticket.wait(hours=0.2)
    await ticket.told("page_sent", times=2)
    assert pages(desk) == 2


async def test_one_silence_follows_another(desk: Desk) -> None:
    first = silence(desk, -HOUR, HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)
    # Given while it is quiet already: one overlaps, one adjoins.
    overlaps = silence(desk, 30 * MINUTE, 2 * HOUR, words=["wiki"])
    silence(desk, timedelta(), 2 * HOUR, now=overlaps.ends)

    await ticket.wait(minutes=61)
    view = await falls_quiet(ticket, times=2)
    again = [entry.detail for entry in view.timeline if entry.event == "quiet"][1]
    assert first.id not in again
    assert again.count("then by dan until") == 1
    await ticket.wait(hours=2.9)
    assert pages(desk) == 0
    await ticket.wait(hours=0.2)
    await ticket.told("page_sent")


async def test_ended_early_the_page_goes_out_at_once(desk: Desk, ends: Ends) -> None:
    given = silence(desk, -HOUR, 9 * HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)

    assert await ends(given) == 0

    await ticket.told("page_sent")
    assert pages(desk) == 1
    await ticket.wait(hours=2.9)
    assert pages(desk) == 1
    await ticket.wait(hours=0.3)
    await ticket.told("page_sent", times=2)


async def test_ended_early_it_stays_quiet_for_another_silence(desk: Desk, ends: Ends) -> None:
    longer, shorter = silence(desk, -HOUR, 9 * HOUR), silence(desk, -HOUR, 2 * HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)

    assert await ends(longer) == 0

    view = await falls_quiet(ticket, times=2)
    assert pages(desk) == 0
    assert shorter.id in [entry.detail for entry in view.timeline if entry.event == "quiet"][1]
    await ticket.wait(hours=2.1)
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_a_silence_that_was_to_follow_is_called_off(desk: Desk, ends: Ends) -> None:
    silence(desk, -HOUR, HOUR)
    follows = silence(desk, 30 * MINUTE, 9 * HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)

    assert await ends(follows) == 0

    await falls_quiet(ticket, times=2)
    await ticket.wait(minutes=61)
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_who_takes_it_while_it_is_quiet_is_not_paged_later(desk: Desk, ends: Ends) -> None:
    given = silence(desk, -HOUR, HOUR)
    taken = await desk.report("Wiki crashed", service="wiki")
    closed = await desk.report("Wiki crashed again", service="wiki")
    await falls_quiet(taken)
    await falls_quiet(closed)
    await taken.act("acknowledge", by="ana")
    await closed.act("withdraw", by="rita")
    await closed.closes()

    assert await ends(given) == 0

    await taken.wait(hours=2)
    assert pages(desk) == 0
    view = await taken.view()
    assert (view.acknowledged_by, view.stage) == ("ana", Box.RESOLVE)


async def test_asked_for_by_hand_it_is_paged_though_it_is_quiet(desk: Desk) -> None:
    silence(desk, -HOUR, HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)
    await ticket.act("page", by="rita", reason="the board meets on it")
    await ticket.told("page_sent")
    assert pages(desk) == 1


def sleeps(desk: Desk) -> datetime:
    """It is night for Ana and Ben; when their day begins."""
    begins = (datetime.now(UTC) + 3 * HOUR).replace(minute=0, second=0, microsecond=0)
    day = {"opens": f"{begins:%H:%M}", "closes": f"{begins + 2 * HOUR:%H:%M}"}
    always = {"day": day | {"days": list(WEEKDAYS)}}
    desk.amend(people={"ana": always, "ben": always})
    return begins


async def test_what_can_wait_waits_for_the_day_of_who_is_on_call(desk: Desk) -> None:
    begins = sleeps(desk)
    low = await desk.report("Wiki crashed", service="wiki")
    high = await desk.report("Outage: wiki down", service="wiki", users_affected=30)

    await high.reaches_resolve()
    assert pages(desk) == 1
    view = await falls_quiet(low)
    what, until = next_timer(view)
    assert (what, until) == ("it is not quiet any more: page", begins)
    assert view.quiet_until == begins
    assert f"P4 waits for the day of {view.assignee}" in view.timeline[-1].detail
    assert [(page.at, page.whom) for page in view.next_pages[:1]] == [(begins, view.assignee)]
    await low.wait(hours=3)
    await low.told("page_sent")
    assert pages(desk) == 2


async def test_what_turns_out_to_be_urgent_waits_no_longer(desk: Desk) -> None:
    sleeps(desk)
    ticket = await desk.report("Wiki is slow", service="wiki")
    await ticket.act("reprioritise", by="rita", impact="low", urgency="low")
    view = await falls_quiet(ticket)
    assert view.priority == "P5"
    await ticket.wait(hours=1)
    assert pages(desk) == 0

    await ticket.act("reprioritise", by="rita", impact="high", urgency="high")
    await ticket.told("page_sent")
    view = await ticket.view()
    assert (view.priority, view.quiet_until, pages(desk)) == ("P1", None, 1)
    assert await ticket.due("escalate to L2") - view.timeline[-1].at < 15 * MINUTE
    await ticket.wait(minutes=7)
    await ticket.told("page_sent", times=2)


async def test_who_raises_it_while_it_is_looked_up_whether_it_is_quiet_pages_once(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = SlowLookup(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        begins = sleeps(desk)
        ticket = await desk.report("Wiki is slow", service="wiki")
        await falls_quiet(ticket)
        policy.hold_next()
        until_then = begins - await ticket.now()
        await ticket.wait(seconds=until_then.total_seconds() + 1)
        await policy.is_waiting()

        await ticket.act("reprioritise", by="rita", impact="high", urgency="high")
        policy.goes_on.set()
        await ticket.told("page_sent")
        assert (await ticket.view()).quiet_until is None
        assert await ticket.due("escalate to L2")
        await ticket.wait(minutes=2)
        assert pages(desk) == 1


async def test_what_can_wait_after_all_is_not_paged_again_at_night(desk: Desk) -> None:
    sleeps(desk)
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    await ticket.act("reprioritise", by="rita", impact="low", urgency="low")
    await ticket.wait(hours=19)
    assert pages(desk) == 1
    assert (await ticket.view()).tier == 1


async def test_a_silence_of_a_priority_ends_with_the_priority(desk: Desk) -> None:
    silence(desk, -HOUR, 9 * HOUR, priorities=["P4", "P5"])
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)
    await ticket.act("reprioritise", by="rita", impact="low", urgency="low")
    await falls_quiet(ticket, times=2)
    assert pages(desk) == 0
    await ticket.act("reprioritise", by="rita", impact="medium", urgency="high")
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_on_hold_when_the_silence_ends_it_is_paged_when_resumed(desk: Desk) -> None:
    silence(desk, -HOUR, HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)
    await ticket.act("hold", by="ana", reason="user")
    await ticket.wait(hours=2)
    assert pages(desk) == 0
    await ticket.act("resume", by="ana")
    await ticket.told("page_sent")
    assert pages(desk) == 1


async def test_resumed_before_the_silence_ends_it_is_still_quiet(desk: Desk) -> None:
    silence(desk, -HOUR, HOUR)
    ticket = await desk.report("Wiki crashed", service="wiki")
    await falls_quiet(ticket)
    await ticket.act("hold", by="ana", reason="user")
    await ticket.wait(minutes=30)
    await ticket.act("resume", by="ana")
    await falls_quiet(ticket, times=2)
    await ticket.wait(minutes=25)
    assert pages(desk) == 0
    await ticket.wait(minutes=6)
    await ticket.told("page_sent")
