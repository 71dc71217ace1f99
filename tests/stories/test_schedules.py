"""Who is on call changes while an incident is open: the next page goes to who is on call then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.schedule import NewOverride, Override
from tests.on_call.ics import calendar, event
from tests.stories.desk import Desk, Ticket

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = "Europe/Berlin"
UTC_TIME = "%Y%m%dT%H%M%SZ"
OTHER = {"ana": "ben", "ben": "ana"}


def hands_off(desk: Desk, at: str, zone: str = "UTC") -> None:
    """Ana and Ben take turns, a day each; an outage is paged again every 20 minutes."""
    turns = {"people": ["ana", "ben"], "every": "day", "at": at, "time_zone": zone}
    tiers = [{"name": "L1", "rotation": turns}, {"name": "L2", "rotation": {"people": ["lea"]}}]
    clocks = {"acknowledge_within": "5h", "page_again_every": "20m", "resolve_within": "300d"}
    desk.amend(
        teams={"apps": {"tiers": tiers}}, clocks={"P1": clocks | {"remind_hold_every": "52w"}}
    )


def override(
    desk: Desk, person: str, starts: datetime, ends: datetime, tier: str = "L1"
) -> NewOverride:
    return NewOverride(
        team="apps", tier=tier, person=person, starts=starts, ends=ends, by="dan", reason="dentist"
    )


async def outage(desk: Desk) -> tuple[Ticket, str]:
    """A P1 for the applications team, and who is on call."""
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    view = await ticket.reaches_resolve()
    return ticket, str(view.assignee)


async def pages(ticket: Ticket) -> list[tuple[datetime, str]]:
    """When each page went out, and to whom."""
    return [
        (entry.at, str(entry.person))
        for entry in (await ticket.view()).timeline
        if entry.event == "page_sent"
    ]


async def test_hand_over_in_the_middle_of_a_page(desk: Desk) -> None:
    hand_off = (datetime.now(UTC) + 51 * MINUTE).replace(second=0, microsecond=0)
    hands_off(desk, f"{hand_off:%H:%M}")
    ticket, first = await outage(desk)
    second = OTHER[first]
    escalation = await ticket.due("nobody acknowledged")

    await ticket.wait_until(hand_off - MINUTE)
    assert desk.paged() == [first] * 3
    assert (await ticket.view()).next_pages[0].whom == first  # as things stand now

    await ticket.wait_until(hand_off + 15 * MINUTE)
    await ticket.told("page_sent", times=4)
    assert desk.paged() == [first] * 3 + [second]
    assert await ticket.note("handed_over") == f"{second} is on call now; it was {first}"
    view = await ticket.view()
    assert (view.assignee, view.tier) == (second, 1)
    assert f"page {second} again" in [wait.what for wait in view.waiting_for]
    # The tier has no more time than it had.
    assert await ticket.due("nobody acknowledged") == escalation


async def test_who_took_it_keeps_it_when_the_shift_ends(desk: Desk) -> None:
    hand_off = (datetime.now(UTC) + 51 * MINUTE).replace(second=0, microsecond=0)
    hands_off(desk, f"{hand_off:%H:%M}")
    ticket, first = await outage(desk)
    await ticket.act("acknowledge", by=first)
    await ticket.wait_until(hand_off + 2 * HOUR)
    view = await ticket.view()
    assert (view.assignee, view.acknowledged_by) == (first, first)
    assert desk.paged() == [first]


async def test_they_swap_while_it_is_open(desk: Desk) -> None:
    """Max has Ben's or Ana's hours for a while, and they his; then each has their own again."""
    hands_off(desk, f"{datetime.now(UTC) - HOUR:%H:%M}")
    ticket, first = await outage(desk)
    now = datetime.now(UTC)
    swapped = desk.records.overrides.swap(
        [
            override(desk, "max", now + 30 * MINUTE, now + 70 * MINUTE),
            override(desk, first, now + DAY, now + 2 * DAY, tier="L2"),
        ]
    )
    await ticket.wait_until(now + 90 * MINUTE)
    assert desk.paged() == [first, first, "max", "max", first]
    entries = await ticket.told("handed_over", times=2)
    assert [entry.detail for entry in entries] == [
        f"max is on call now; it was {first}",
        f"{first} is on call now; it was max",
    ]
    assert {swap.swap for swap in swapped} == {swapped[0].id}


async def test_the_latest_override_counts_and_ended_early_it_counts_no_more(desk: Desk) -> None:
    hands_off(desk, f"{datetime.now(UTC) - HOUR:%H:%M}")
    ticket, first = await outage(desk)
    now = datetime.now(UTC)
    given: list[Override] = [
        desk.records.overrides.add(override(desk, person, now, now + 3 * HOUR))
        for person in ("leo", "max")
    ]
    await ticket.wait_until(now + 21 * MINUTE)
    await ticket.told("page_sent", times=2)
    desk.records.overrides.end(given[1].id, "dan", now + 22 * MINUTE)
    await ticket.wait_until(now + 41 * MINUTE)
    await ticket.told("page_sent", times=3)
    desk.records.overrides.end(given[0].id, "dan", now + 42 * MINUTE)
    await ticket.wait_until(now + 61 * MINUTE)
    await ticket.told("page_sent", times=4)
    assert desk.paged() == [first, "max", "leo", first]


async def test_the_next_tier_is_whoever_stands_in_there_when_its_turn_comes(desk: Desk) -> None:
    hands_off(desk, f"{datetime.now(UTC) - HOUR:%H:%M}")
    now = datetime.now(UTC)
    desk.records.overrides.add(override(desk, "mia", now + 4 * HOUR, now + 6 * HOUR, tier="L2"))
    ticket, _ = await outage(desk)
    assert await ticket.due("escalate to L2, mia")
    await ticket.wait(hours=5, minutes=1)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.assignee == "mia"
    assert desk.paged()[-1] == "mia"


async def test_a_calendar_says_who_is_on_call_and_an_event_ends(desk: Desk) -> None:
    now = datetime.now(UTC)
    then = now + 30 * MINUTE
    shifts = [("Ana Apps", now - HOUR, then), ("leo", then, now + DAY)]
    (desk.place / "apps.ics").write_bytes(
        calendar(
            *(
                event(who, f"{begins:{UTC_TIME}}", f"{ends:{UTC_TIME}}")
                for who, begins, ends in shifts
            )
        )
    )
    desk.amend(teams={"apps": {"tiers": [{"name": "L1", "calendar": "apps.ics"}]}})
    ticket, first = await outage(desk)
    assert first == "ana"
    await ticket.act("hold", by="ana", reason="user")
    await ticket.wait(minutes=40)
    await ticket.act("resume", by="ana")
    await ticket.wait(minutes=6)
    await ticket.told("page_sent", times=2)
    assert desk.paged() == ["ana", "leo"]


def next_change(month: int) -> datetime:
    """When Berlin's clocks change next in that month."""
    zone, day = ZoneInfo(BERLIN), datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    while True:
        day += HOUR
        before, after = (day - HOUR).astimezone(zone), day.astimezone(zone)
        if day.month == month and before.utcoffset() != after.utcoffset():
            return day


@pytest.mark.parametrize(
    ("month", "hand_off"),
    [
        (3, timedelta()),  # 02:30 does not come: Ben's turn begins when the clock jumps to 03:00
        (10, -30 * MINUTE),  # it comes twice: the first one counts, and nobody hands back
    ],
)
async def test_the_night_in_which_the_clock_changes(
    desk: Desk, month: int, hand_off: timedelta
) -> None:
    hands_off(desk, "02:30", BERLIN)
    ticket, _ = await outage(desk)
    await ticket.act("hold", by="ana", reason="user")
    change = next_change(month)
    await ticket.wait_until(change - 2 * HOUR + 7 * MINUTE)
    await ticket.act("resume", by="ana")
    await ticket.wait_until(change + 2 * HOUR)
    await ticket.told("page_sent", times=10)

    night = [(at - change, person) for at, person in await pages(ticket) if at > change - DAY]
    assert len(night) == 11
    evening = {person for at, person in night if at < hand_off}
    morning = {person for at, person in night if at > hand_off}
    assert len(evening) == len(morning) == 1
    assert evening != morning
    assert (await ticket.view()).tier == 1
