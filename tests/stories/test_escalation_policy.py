"""The escalation policy: whom to page, after how long and how, until somebody acknowledges."""

from datetime import UTC, datetime, timedelta

from standfast.commands.explain import explained, in_words
from standfast.incidents.flowchart import Box
from standfast.time.clocks import Target
from standfast.time.wall_clock import WEEKDAYS
from tests.stories.desk import Desk, Ticket

MINUTE = timedelta(minutes=1)


async def outage(desk: Desk) -> Ticket:
    """A P1 for the applications team."""
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    return ticket


def has_managers_and_a_vendor(desk: Desk) -> None:
    """Mara manages incidents, and above the third tier there is Vera, who made the wiki."""
    policy = desk.policy.path.read_text().splitlines()
    [top] = [line for line in policy if "people: [max, mia]" in line]
    vendor = top.replace("L3", "vendor").replace("max, mia", "vera")
    policy.insert(policy.index(top) + 1, vendor)
    desk.policy.path.write_text("\n".join(policy))
    desk.amend(
        people={
            name: {
                "name": name.title(),
                "channels": {"phone": f"json://{desk.sink.address}/{name}"},
            }
            for name in ("mara", "vera")
        },
        teams={
            "managers": {
                "title": "Incident managers",
                "tiers": [{"name": "on duty", "rotation": {"people": ["mara"]}}],
            }
        },
        incident_manager="managers",
    )


async def test_nobody_acknowledges_through_three_tiers_and_their_repeats(desk: Desk) -> None:
    ticket = await outage(desk)
    on_call = []
    for tier in (1, 2, 3):
        view = await ticket.reaches(Box.RESOLVE, tier=tier)
        on_call.append(str(view.assignee))
        await ticket.wait(minutes=15, seconds=2)  # paged at once, after 6 and after 12 minutes
    await ticket.told("page_sent", times=11)
    assert desk.paged()[:9] == [person for person in on_call for _ in range(3)]
    assert {*desk.paged()[9:]} == {"max", "mia"}

    await ticket.wait(hours=2)  # the top tier is paged for as long as it takes, everybody of it
    pages = len(desk.paged())
    assert pages > 40
    # Whose week it is comes first.
    assert {*(await ticket.view()).next_pages[0].whom.split(", ")} == {"max", "mia"}
    view = await ticket.view()
    assert [(missed.target, missed.tier) for missed in view.breaches[:4]] == [
        (Target.RESPONSE, tier) for tier in (1, 2, 3, 3)
    ]

    await ticket.act("acknowledge", by="mia")
    await ticket.wait(minutes=50)
    assert len(desk.paged()) == pages


async def test_each_step_has_its_time_its_channels_and_whom_it_pages(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    desk.amend(
        people={
            person: {"channels": {"mail": f"json://{desk.sink.address}/{person}-mail"}}
            for person in ("ana", "ben")
        },
        clocks={"P1": {"acknowledge_within": "1h"}},
        paging={
            "P1": [
                {"page": "on_call", "through": "mail"},
                {"after": "2m", "page": "on_call", "through": "phone", "repeats": 2, "every": "2m"},
                {"after": "5m", "page": "tier"},
                {"after": "8m", "page": ["incident_manager", "lea"]},
                {"after": "10m", "page": "vendor"},
            ]
        },
    )
    ticket = await outage(desk)
    first = str((await ticket.view()).assignee)
    steps: list[tuple[float, set[str]]] = [
        (0, {f"{first}-mail"}),
        (2, {first}),
        (4, {first}),
        (5, {"ana", "ben"}),
        (6, {first}),
        (8, {"mara", "lea"}),
        (10, {"vera"}),
        (16, {f"{first}-mail"}),  # six minutes after the last step the next round begins
        (18, {first}),
    ]
    assigned = (await ticket.told("assign"))[0].at
    pages = 0
    for minute, whom in steps:
        await ticket.wait_until(assigned + minute * MINUTE + timedelta(seconds=5))
        await ticket.told("page_sent", times=pages + len(whom))
        assert {*desk.paged()[pages:]} == whom, minute
        assert len(desk.paged()) == pages + len(whom)
        pages += len(whom)


async def test_it_says_before_who_is_paged_next_and_after_who_was_and_why(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    desk.amend(
        paging={"P1": [{"page": "on_call"}, {"after": "4m", "page": "incident_manager"}]},
    )
    ticket = await outage(desk)
    foretold: list[str] = []
    for _ in range(8):
        page = (await ticket.view()).next_pages[0]
        await ticket.wait_until(page.at + timedelta(seconds=1))
        await ticket.told("page_sent", times=len(foretold) + 2)
        foretold.append(page.whom.split(" (")[0])
    assert desk.paged()[1:] == foretold
    assert {"mara", "lea", "max"} < {*foretold}

    view = await ticket.view()
    said = "\n".join(in_words(view, explained(view), await ticket.now()))
    assert "page for mara, who was reached" in said
    assert "Why: Nobody has acknowledged it yet." in said
    assert "A target was missed, response: nobody acknowledged within 15 min" in said
    assert f"{view.next_pages[0].whom}, because nobody has acknowledged it" in said


async def test_acknowledged_no_further_step_pages_anybody(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    desk.amend(
        paging={
            "P1": [
                {"page": ["on_call", "incident_manager"]},
                {"after": "3m", "page": ["team", "vendor"]},
            ]
        }
    )
    ticket = await outage(desk)
    await ticket.told("page_sent", times=2)
    await ticket.act("acknowledge", by="mara")
    await ticket.wait(hours=2)
    assert len(desk.paged()) == 2
    assert (await ticket.view()).acknowledged_by == "mara"


async def test_a_critical_one_starts_at_the_second_tier_with_all_of_it(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    desk.amend(paging={"P1": [{"page": "on_call"}, {"after": "4m", "page": "incident_manager"}]})
    ticket = await desk.report("Outage of the core switch", service="core", users_affected=900)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("page_sent", times=2)
    assert {*desk.paged()} == {"lea", "leo"}
    await ticket.wait(minutes=5)
    await ticket.told("page_sent", times=3)
    assert desk.paged()[2:] == ["mara"]
    await ticket.wait(minutes=6)  # the round begins anew, with everybody
    await ticket.told("page_sent", times=5)
    assert {*desk.paged()[3:]} == {"lea", "leo"}
    assert view.critical is True


async def test_who_cannot_be_reached_on_a_step_is_followed_by_the_next_at_once(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    desk.amend(paging={"P1": [{"page": ["incident_manager", "on_call"]}]})
    desk.sink.answer("/mara", 500)
    ticket = await outage(desk)
    await ticket.wait_for("page_sent", times=2, seconds=15)
    view = await ticket.view()
    assert sorted(desk.paged()) == sorted([str(view.assignee), "dora"])
    assert [entry.person for entry in view.timeline if entry.event == "not_reached"] == ["mara"]


async def test_where_nobody_answers_to_the_first_step_the_tier_is_paged_instead(desk: Desk) -> None:
    has_managers_and_a_vendor(desk)
    another_day = WEEKDAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    on_that_day = {"rotation": {"people": ["mara"]}, "hours": {"days": [another_day]}}
    desk.amend(
        paging={"P1": [{"page": "incident_manager"}]},
        teams={
            "managers": {
                "tiers": [{"name": "on duty", "layers": [on_that_day], "gaps": "allowed"}],
            }
        },
    )
    ticket = await outage(desk)
    view = await ticket.view()
    assert desk.paged() == [view.assignee]
    [assigned] = [decision for decision in view.decisions if decision.box is Box.ASSIGN]
    assert (
        "nobody answers to 'incident_manager' of the escalation policy in apps" in assigned.reasons
    )


async def test_raised_to_a_higher_priority_its_ladder_begins_at_once(desk: Desk) -> None:
    desk.amend(paging={"P1": [{"page": "on_call"}, {"after": "3m", "page": "tier"}]})
    ticket = await desk.report("Wiki crashed", service="wiki")
    assert (await ticket.reaches_resolve()).priority == "P4"
    await ticket.act("reprioritise", by="dora", impact="high", urgency="high")
    await ticket.told("page_sent", times=2)
    on_call = str((await ticket.view()).assignee)
    assert desk.paged() == [on_call, on_call]
    await ticket.wait(minutes=3, seconds=2)
    await ticket.told("page_sent", times=4)
    assert {*desk.paged()[2:]} == {"ana", "ben"}


async def test_page_does_not_wait_for_a_first_step_that_waits(desk: Desk) -> None:
    desk.amend(paging={"P4": [{"after": "30m", "page": "on_call"}]})
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches(Box.RESOLVE)
    assert desk.paged() == []
    words = await ticket.act("page", by="dora", reason="the board asks")
    assert words.endswith("is paged")
    await ticket.told("page_sent")
    assert len(desk.paged()) == 1
