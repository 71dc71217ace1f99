"""A storm: when many pages of a team come to one person, the further ones come in a digest."""

from typing import Any

import pytest

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import Recovery
from standfast.incidents.report import Channel
from tests.stories.desk import Desk, Ticket


async def storm(desk: Desk, count: int = 5, **fields: Any) -> list[Ticket]:
    """One incident after the other; two pages reach somebody one by one, in five minutes."""
    desk.amend(storm={"pages": 2, "within": "5m", "digest_every": "2m"})
    tickets = []
    for number in range(1, count + 1):
        ticket = await desk.report(f"Wiki crashed {number}", **{"service": "wiki", **fields})
        await ticket.told("page_sent" if number <= 2 else "page_held")
        tickets.append(ticket)
    return tickets


def last_message(desk: Desk) -> tuple[str, list[str]]:
    """Title and lines of what reached anybody last."""
    message = desk.sink.taken[-1].json
    lines = str(message["message"]).splitlines()
    return str(message["title"]), [*filter(None, lines)]


def listed(lines: list[str]) -> list[str]:
    """Of a digest: the incidents, and what is said of those that do not stand any more."""
    return lines[lines.index("There are many pages now, so these come together.") + 1 :]


async def how_paged(ticket: Ticket) -> str:
    """What the timeline says of its last page."""
    return (await ticket.told("page_sent"))[-1].detail


async def test_further_pages_come_in_one_digest(desk: Desk) -> None:
    tickets = await storm(desk)
    await tickets[4].settles()
    assert len(desk.paged()) == 2
    assert (await tickets[4].view()).waiting_for[0].what == "acknowledge it"

    await tickets[4].wait(minutes=2, seconds=5)
    assert "in a digest of 3" in await how_paged(tickets[4])
    title, lines = last_message(desk)
    assert title == "P4 apps: 3 incidents. First: Wiki crashed 3. Please acknowledge"
    named = [f"{ticket.id} P4 Wiki crashed {n}" for n, ticket in enumerate(tickets, 1)]
    assert listed(lines) == named[2:]
    assert "standfast acknowledge INCIDENT --by YOU" in lines

    for ticket in tickets[2:4]:  # whoever comes second finds theirs delivered
        await ticket.wait(minutes=2, seconds=5)
        assert "in a digest of 3" in await how_paged(ticket)
    assert len(desk.paged()) == 3


async def test_a_p1_is_never_held_and_what_is_most_urgent_stands_first(desk: Desk) -> None:
    tickets = await storm(desk, 4)
    worse = await desk.report("Wiki down", service="wiki", users_affected=6)
    await worse.told("page_held")
    worst = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await worst.told("page_sent")
    assert (await worst.view()).priority == "P1"
    assert len(desk.paged()) == 3
    await worst.wait(minutes=7)
    await worst.told("page_sent", times=2)
    assert len(desk.paged()) == 4
    assert "page_held" not in [entry.event for entry in (await worst.view()).timeline]

    await tickets[3].wait(minutes=2, seconds=5)
    await tickets[3].told("page_sent")
    title, lines = last_message(desk)
    assert title == "P2 apps: 3 incidents, P2 to P4. First: Wiki down. Please acknowledge"
    assert listed(lines)[0] == f"{worse.id} P2 Wiki down"


async def test_what_was_acknowledged_meanwhile_is_not_in_the_digest(desk: Desk) -> None:
    tickets = await storm(desk)
    await tickets[2].act("acknowledge", by="ben")
    await tickets[3].act("withdraw", by="rita")
    await tickets[3].closes()
    await tickets[2].told("page_stopped")
    await tickets[4].wait(minutes=2, seconds=5)
    await tickets[4].told("page_sent")
    title, lines = last_message(desk)
    assert title == "P4 apps: 1 incident. First: Wiki crashed 5. Please acknowledge"
    assert listed(lines) == [f"{tickets[4].id} P4 Wiki crashed 5"]
    await tickets[2].wait(hours=1)
    assert len(desk.paged()) == 3


async def test_all_acknowledged_no_digest_is_sent(desk: Desk) -> None:
    tickets = await storm(desk, 4)
    for ticket in tickets[2:]:
        await ticket.act("acknowledge", by="ben")
    for ticket in tickets[2:]:
        await ticket.told("page_stopped")
        await ticket.wait(hours=1)
    assert len(desk.paged()) == 2


async def test_what_has_gone_to_the_next_tier_is_not_in_the_digest(desk: Desk) -> None:
    tickets = await storm(desk, 3)
    await tickets[2].act("escalate", by="ben", reason="the disks")
    await tickets[2].reaches(Box.RESOLVE, tier=2)
    await tickets[2].told("page_sent")
    await tickets[2].told("page_stopped")
    await tickets[2].wait(minutes=5)
    assert desk.paged()[2:] == [(await tickets[2].view()).assignee]
    assert last_message(desk)[0].startswith("P4 Wiki crashed 3")


async def test_another_team_and_another_person_have_a_storm_of_their_own(desk: Desk) -> None:
    tickets = await storm(desk, 3)
    printer = await desk.report("Printer is dead")
    await printer.told("page_sent")
    await tickets[0].act("reassign", by="ana", team="apps", to="ben")
    view = await tickets[1].view()
    other = "ben" if view.assignee == "ana" else "ana"
    await tickets[1].act("reassign", by="ana", team="apps", to=other)
    await tickets[1].told("page_sent", times=2)
    assert desk.paged()[-1] == other


async def test_who_cannot_be_reached_with_the_digest_is_followed_by_the_next(desk: Desk) -> None:
    tickets = await storm(desk, 4)
    first = str((await tickets[3].view()).assignee)
    desk.sink.answer(f"/{first}", 500)
    for ticket in tickets[2:]:
        await ticket.wait(minutes=2, seconds=5)
        [failed] = await ticket.wait_for("not_reached", seconds=20)
        assert failed.person == first
        [held, sent] = await ticket.told("page_held"), await ticket.told("page_sent")
        assert [entry.person for entry in held + sent] == [
            first,
            "ben" if first == "ana" else "ana",
        ]


@pytest.mark.parametrize("stands", [True, False], ids=["one-stands", "none-stands"])
async def test_a_digest_says_which_have_recovered(desk: Desk, stands: bool) -> None:
    """keephq/keep#5257: the digest names what stands, and what has recovered since as such."""
    by = {"reporter": "prom", "channel": Channel.MONITOR}
    tickets = await storm(desk, 4, **by)
    over = tickets[3:] if stands else tickets[2:]
    for ticket in over:
        await ticket.handle.signal(names.RECOVERED, Recovery(by="prom"))
        await ticket.told("recovered")

    await tickets[2].wait(minutes=2, seconds=5)
    await tickets[2].told("page_sent")
    title, lines = last_message(desk)
    named = [f"{ticket.id} P4 Wiki crashed {n}" for n, ticket in enumerate(tickets, 1)]
    if stands:
        assert title == "P4 apps: 1 incident. First: Wiki crashed 3. Please acknowledge"
        assert listed(lines) == [named[2], "Since these were held:", f"{named[3]}: recovered"]
    else:
        assert title == "P4 apps: 2 incidents, none stands any more. Please acknowledge"
        assert listed(lines) == [
            "Since these were held:",
            f"{named[2]}: recovered",
            f"{named[3]}: recovered",
        ]
