"""Targets: what has elapsed is lost in no hold, no new priority and no other team's hands."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from standfast.incidents.flowchart import Box
from standfast.time.clocks import Breach, Target
from standfast.time.wall_clock import WEEKDAYS
from tests.stories.desk import Desk, Ticket

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE: dict[str, Any] = {"time_zone": "Europe/Berlin"}  # nine to five, from Monday to Friday
ALWAYS: dict[str, Any] = {"days": list(WEEKDAYS), "opens": "00:00", "closes": "00:00"}
FRIDAY = 4


def office_hours(desk: Desk, **working_hours: Any) -> None:
    """P3 and P4 of the applications team count its working hours; P4 has eight of them."""
    counts = {"counts": "working hours", "remind_hold_every": "52w"}
    desk.amend(
        teams={
            "apps": {"working_hours": OFFICE | working_hours},
            "desk": {"working_hours": ALWAYS},
        },
        clocks={
            "P4": {"acknowledge_within": "4h", "page_again_every": "3h", "resolve_within": "8h"}
            | counts,
            "P3": counts,
        },
    )


def friday(hour: int, after: datetime | None = None) -> datetime:
    """A Friday's hour in Berlin that is still to come."""
    day = (after or datetime.now(UTC) + DAY).astimezone(BERLIN)
    while day.weekday() != FRIDAY:
        day += DAY
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def later(moment: datetime, days: int, hour: int) -> datetime:
    """So many days after, at this hour of the wall clock in Berlin."""
    return (moment + days * DAY).replace(hour=hour)


def before_a_change_of_the_clock(month: int) -> datetime:
    """The Friday before Berlin's clocks change in that month."""
    day = friday(15)
    while day.month != month or day.utcoffset() == (day + 3 * DAY).utcoffset():
        day += 7 * DAY
    return day


async def taken_up_at(desk: Desk, moment: datetime, acknowledged: bool = True) -> Ticket:
    """A P4 of which nothing has elapsed yet at that moment."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    if acknowledged:
        await ticket.act("acknowledge", by="ana")
    await ticket.act("hold", by="ana", reason="user")
    await ticket.wait_until(moment)
    await ticket.act("resume", by="ana")
    return ticket


async def is_due(ticket: Ticket, what: str, moment: datetime) -> None:
    """Whether that is due then, to the minute; what a story did before it began counts too."""
    due = await ticket.due(what)
    assert abs(due - moment) < MINUTE, f"{due} instead of {moment.astimezone(UTC)}"


WEEKENDS = {
    "next": lambda: friday(15),
    "the clock jumps": lambda: before_a_change_of_the_clock(3),
    "the clock is put back": lambda: before_a_change_of_the_clock(10),
}


@pytest.mark.parametrize("weekend", WEEKENDS)
async def test_over_a_weekend_working_hours_stand_still(desk: Desk, weekend: str) -> None:
    office_hours(desk)
    begins = WEEKENDS[weekend]()
    ticket = await taken_up_at(desk, begins)
    await is_due(ticket, "warn", later(begins, 3, 13))
    await is_due(ticket, "not resolved", later(begins, 3, 15))

    await ticket.wait_until(later(begins, 3, 12))
    assert len(desk.sink.requests) == 1
    await ticket.wait_until(later(begins, 3, 14))
    await ticket.told("warn_sent")
    await ticket.wait_until(later(begins, 3, 15) + MINUTE)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    [breach] = view.breaches
    assert breach == Breach(target=Target.RESOLUTION, within=8 * HOUR, due=breach.due, tier=1)
    assert abs(breach.due - later(begins, 3, 15)) < MINUTE


@pytest.mark.parametrize(
    ("reason", "said", "monday"),
    [
        ("user", "on hold for user; paging and its target are paused", 16),
        ("vendor", "on hold for vendor; paging and its target are paused", 16),
        ("problem", "on hold for problem; paging is paused, its target goes on", 15),
    ],
)
async def test_hold_across_a_weekend(desk: Desk, reason: str, said: str, monday: int) -> None:
    office_hours(desk)
    begins = friday(15)
    ticket = await taken_up_at(desk, begins)
    await ticket.wait_until(begins + HOUR)
    assert await ticket.act("hold", by="ana", reason=reason) == said
    await ticket.wait_until(later(begins, 3, 9))
    await ticket.act("resume", by="ana")
    await is_due(ticket, "not resolved", later(begins, 3, monday))


async def test_what_no_hold_stops_is_escalated_on_hold(desk: Desk) -> None:
    office_hours(desk)
    begins = friday(15)
    ticket = await taken_up_at(desk, begins)
    await ticket.act("hold", by="ana", reason="change")
    await ticket.wait_until(later(begins, 3, 14))
    await ticket.told("warn_sent")
    assert (await ticket.view()).on_hold == "change"
    await ticket.wait_until(later(begins, 3, 15) + MINUTE)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.on_hold is None
    assert desk.paged()[-1] in ("lea", "leo")


async def test_a_holiday_is_no_working_day(desk: Desk) -> None:
    begins = friday(15)
    office_hours(desk, holidays={"besides": [f"{later(begins, 3, 0):%Y-%m-%d}"]})
    ticket = await taken_up_at(desk, begins)
    await is_due(ticket, "not resolved", later(begins, 4, 15))


async def test_the_response_target_of_a_saturday_is_mondays(desk: Desk) -> None:
    office_hours(desk)
    saturday = later(friday(15), 1, 22)
    ticket = await taken_up_at(desk, saturday, acknowledged=False)
    await is_due(ticket, "again", later(saturday, 2, 12))
    await is_due(ticket, "nobody acknowledged", later(saturday, 2, 13))
    await ticket.wait_until(later(saturday, 2, 13) + MINUTE)
    await ticket.reaches(Box.RESOLVE, tier=2)


async def test_another_priority_counts_other_hours_from_what_has_elapsed(desk: Desk) -> None:
    """Two working hours of eight have gone; of four around the clock two are left, at once."""
    office_hours(desk)
    begins = friday(15)
    ticket = await taken_up_at(desk, begins)
    sunday = later(begins, 2, 12)
    await ticket.wait_until(sunday)
    await ticket.act("reprioritise", by="ana", impact="high", urgency="high")
    await is_due(ticket, "warn", sunday + HOUR)
    await is_due(ticket, "not resolved", sunday + 2 * HOUR)
    # Not to the very moment of the warning: winding time on to where a timer ends may go past it.
    await ticket.wait_until(sunday + HOUR + MINUTE / 2)
    await ticket.act("reprioritise", by="ana", impact="medium", urgency="low")
    await is_due(ticket, "not resolved", later(begins, 3, 14))


async def test_another_priority_while_it_stands_still(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.wait(hours=3)
    await ticket.act("hold", by="ana", reason="vendor")
    await ticket.act("reprioritise", by="ana", impact="high", urgency="high")
    await ticket.wait(days=2)
    await ticket.act("resume", by="ana")
    await is_due(ticket, "not resolved", await ticket.now() + HOUR)


async def test_another_team_counts_its_own_hours_from_what_has_elapsed(desk: Desk) -> None:
    """Two of eight working hours have gone; the service desk, always open, has six hours left."""
    office_hours(desk)
    begins = friday(15)
    ticket = await taken_up_at(desk, begins)
    sunday = later(begins, 2, 12)
    await ticket.wait_until(sunday)
    await ticket.act("reassign", by="ana", team="desk")
    await is_due(ticket, "not resolved", sunday + 6 * HOUR)
    await is_due(ticket, "nobody acknowledged", sunday + 4 * HOUR)


async def test_the_target_stands_still_while_it_is_verified(desk: Desk) -> None:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.wait(hours=1)
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.wait(days=1)
    await ticket.act("verify", by="rita", verdict="unresolved")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await is_due(ticket, "not resolved", await ticket.now() + 3 * HOUR)


async def test_missed_it_is_due_anew_for_each_further_tier(desk: Desk) -> None:
    desk.amend(clocks={"P1": {"acknowledge_within": "1d", "page_again_every": "1d"}})
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    for tier in (2, 3, 3):
        await ticket.wait(hours=4, seconds=5)
        await ticket.reaches(Box.RESOLVE, tier=tier)
    breaches = (await ticket.view()).breaches
    assert [(breach.target, breach.tier) for breach in breaches] == [
        (Target.RESOLUTION, tier) for tier in (1, 2, 3)
    ]
