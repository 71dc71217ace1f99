"""It gets worse: what is said later counts as much as what was said first, wherever it stands."""

from typing import Any

import pytest

from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import Repeats
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Channel, Report
from tests.stories.desk import Desk, Ticket
from tests.stories.test_quiet import HOUR, silence

DOWN: dict[str, Any] = {"title": "Wiki is down for everybody", "users_affected": 500}
LOST: dict[str, Any] = {"title": "Wiki: data loss, our pages are gone", "users_affected": 500}


async def reported(desk: Desk, title: str = "Wiki is slow", **fields: Any) -> Ticket:
    """The same thing each time: one deduplication key."""
    return await desk.report(title, **({"service": "wiki", "dedup_key": desk.task_queue} | fields))


def answers(view: IncidentView, box: Box) -> list[str]:
    return [decision.answer for decision in view.decisions if decision.box is box]


def messages(desk: Desk, person: str) -> list[str]:
    """What reached a person, first line and text of each."""
    return [
        f"{request.json['title']}\n{request.json['message']}"
        for request in desk.sink.taken
        if request.path.rstrip("/") == f"/{person}"
    ]


async def test_slow_then_down_for_everybody_then_data_loss(desk: Desk) -> None:
    ticket = await reported(desk)
    view = await ticket.reaches_resolve()
    owner = str(view.assignee)
    assert (view.priority, answers(view, Box.HIGH_IMPACT)) == (Priority.P4, ["no"])
    assert answers(view, Box.CRITICAL) == []

    await reported(desk, reporter="mia@storyville.example", **DOWN)
    await ticket.told("judged_anew")
    view = await ticket.reaches(Box.RESOLVE, priority=Priority.P1)
    assert answers(view, Box.TRIAGE) == ["P4", "P1"]
    assert answers(view, Box.HIGH_IMPACT) == ["no", "yes"]
    assert answers(view, Box.CRITICAL) == ["no"]
    assert view.tier == 1
    await ticket.told("page_sent", times=2)
    assert "Worse, P4 to P1: 500 users instead of 1" in messages(desk, owner)[-1]

    await ticket.act("acknowledge", by=owner)
    await reported(desk, reporter="max@storyville.example", **LOST)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.path[-3:] == (Box.RESOLVE, Box.ESCALATE, Box.RESOLVE)
    assert answers(view, Box.CRITICAL) == ["no", "yes"]
    (left,) = [d for d in view.decisions if d.box is Box.RESOLVE]
    assert left.reasons[0].startswith("it is critical now: ")
    # Whoever had acknowledged it hears of it, and the whole next tier is paged.
    await ticket.told("worse_sent")
    assert "data loss" in messages(desk, owner)[-1]
    await ticket.told("page_sent", times=4)
    assert {"lea", "leo"} <= set(desk.paged())
    assert view.latest
    assert view.latest.title == LOST["title"]
    assert view.title == "Wiki is slow"


async def test_a_monitor_says_info_then_critical(desk: Desk) -> None:
    desk.amend(
        triage={
            "impact": [{"level": "high", "labels": {"severity": "critical"}}],
            "urgency": [
                {"level": "high", "labels": {"severity": "critical"}},
                {"level": "low", "labels": {"severity": "info"}},
            ],
        }
    )
    alert: dict[str, Any] = {"channel": Channel.MONITOR, "reporter": "alertmanager"}
    ticket = await reported(desk, labels={"severity": "info"}, **alert)
    assert (await ticket.reaches_resolve()).priority is Priority.P5
    await reported(desk, labels={"severity": "critical"}, **alert)
    await ticket.reaches(Box.RESOLVE, priority=Priority.P1)
    await ticket.told("page_sent", times=2)


async def test_a_worse_severity_that_changes_no_priority_is_told_to_who_has_it(desk: Desk) -> None:
    """erikdarlingdata/PerformanceMonitor#3341, getsentry/sentry#82033.

    The policy of this company knows no severities. By itself the label only goes up, too.
    """
    alert: dict[str, Any] = {"channel": Channel.MONITOR, "reporter": "prom"}
    ticket = await reported(desk, "Lag 40 s", labels={"severity": "warning", "host": "a"}, **alert)
    owner = str((await ticket.reaches_resolve()).assignee)
    await ticket.act("acknowledge", by=owner)
    await reported(desk, "Replication stopped", labels={"severity": "error"}, **alert)
    await ticket.told("worse_sent")
    told = messages(desk, owner)[-1]
    assert told.startswith("P4 Replication stopped. It is worse (")
    assert "Its monitor says severity error instead of warning" in told
    view = await ticket.view()
    assert view.labels == {"severity": "error", "host": "a"}

    await reported(desk, "Lag 20 s", labels={"severity": "warning"}, **alert)
    view = await ticket.reaches(Box.RESOLVE, occurrences=3)
    assert view.labels["severity"] == "error"
    assert view.latest
    assert view.latest.title == "Lag 20 s"
    assert len(await ticket.told("worse_sent")) == 1


async def test_a_page_says_what_made_it_worse_though_it_is_better_now(desk: Desk) -> None:
    """sensu-plugins/sensu-plugins-pagerduty#30: critical, then warning again."""
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    await reported(desk, **DOWN)
    await ticket.told("page_sent", times=2)
    await reported(desk, "Wiki is a little slow")
    await ticket.told("reported_again", times=2)
    await ticket.wait_for("page_sent", times=3, minutes=5)
    assert desk.sink.taken[-1].json["title"].startswith("P1 (was P4) Wiki is down for every")


async def test_the_service_that_a_later_report_names_counts_for_silences(desk: Desk) -> None:
    """getsentry/sentry#82033: only the second alert says what it is about."""
    alert: dict[str, Any] = {"channel": Channel.MONITOR, "reporter": "prom"}
    ticket = await reported(desk, "Wiki app crashed", **{"service": ""}, **alert)
    await ticket.reaches_resolve()
    await reported(desk, "Wiki app crashed again", **alert)
    await ticket.told("reported_again")
    silence(desk, -HOUR, 9 * HOUR)  # for the wiki
    await ticket.wait(hours=3.1)
    await ticket.told("quiet")


async def test_what_a_storm_has_that_is_worse_arrives_with_its_count(desk: Desk) -> None:
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    latest = Report(
        title="Wiki is slow", service="wiki", reporter="pingdom", channel=Channel.MONITOR
    )
    worst = latest.model_copy(update=DOWN)
    said = Repeats(counter="storm", total=10_000, report=latest, worse=(worst,))
    for _ in range(2):  # it comes twice
        await ticket.handle.signal("repeats", said)
    view = await ticket.reaches(Box.RESOLVE, priority=Priority.P1)
    assert view.occurrences == 10_001
    assert len(await ticket.told("judged_anew")) == 1


async def test_out_of_a_waiting_approval(desk: Desk) -> None:
    ticket = await reported(desk, "Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await reported(desk, "Press: data loss", service="press", users_affected=500)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.path[-5:] == (
        Box.AUTOMATED_RESOLUTION,
        Box.HIGH_IMPACT,
        Box.CRITICAL,
        Box.ESCALATE,
        Box.RESOLVE,
    )
    assert "it is critical now" in await ticket.note("approval_given_up")
    assert not (desk.place / f"press-{ticket.id}").exists()


async def test_out_of_a_hold(desk: Desk) -> None:
    ticket = await reported(desk)
    view = await ticket.reaches_resolve()
    owner = str(view.assignee)
    await ticket.act("acknowledge", by=owner)
    await ticket.act("hold", by=owner, reason="vendor")
    await reported(desk, **DOWN)
    await ticket.told("worse_sent")
    assert (await ticket.view()).on_hold == "vendor"
    assert "Worse, P4 to P1" in messages(desk, owner)[-1]
    await reported(desk, **LOST)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.on_hold is None


async def test_out_of_a_quiet_night(desk: Desk) -> None:
    silence(desk, -HOUR, 9 * HOUR, reason="night")
    ticket = await reported(desk)
    await ticket.told("quiet")
    assert desk.paged() == []
    await reported(desk, **DOWN)
    view = await ticket.reaches_resolve()
    assert view.quiet_until is None
    assert "Worse, P4 to P1" in messages(desk, desk.paged()[0])[-1]
    assert any("nobody acknowledged" in wait.what for wait in view.waiting_for)


async def test_out_of_verification(desk: Desk) -> None:
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    await reported(desk, **LOST)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.path[-3:] == (Box.ISSUE_RESOLVED, Box.ESCALATE, Box.RESOLVE)
    assert view.critical is True


async def test_out_of_the_watch(desk: Desk) -> None:
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it", workaround=True)
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita@storyville.example", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    await reported(desk, **LOST)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.path[-3:] == (Box.FOLLOW_UP, Box.ESCALATE, Box.RESOLVE)


async def test_what_is_said_twice_is_judged_once(desk: Desk) -> None:
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    for _ in range(3):
        await reported(desk, **LOST)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.told("page_sent", times=3)
    view = await ticket.view()
    assert view.path.count(Box.ESCALATE) == 1
    assert answers(view, Box.CRITICAL) == ["yes"]


async def test_nothing_goes_down_by_itself(desk: Desk) -> None:
    ticket = await reported(desk, **DOWN)
    assert (await ticket.reaches_resolve()).priority is Priority.P1
    await reported(desk, "Wiki is only a little slow after all")
    await ticket.told("reported_again")
    view = await ticket.view()
    assert view.priority is Priority.P1
    assert [entry.event for entry in view.timeline].count("judged_anew") == 0


@pytest.mark.parametrize("pin", [False, True])
async def test_a_person_sets_it_down_and_may_pin_it(desk: Desk, pin: bool) -> None:
    ticket = await reported(desk, **DOWN)
    await ticket.reaches_resolve()
    await ticket.act("reprioritise", by="ana", impact="low", urgency="low", pin=pin)
    await reported(desk, **DOWN)  # it was known when she set it down
    view = await ticket.view()
    assert view.priority is Priority.P5
    assert view.pinned_by == ("ana" if pin else None)
    await reported(desk, "Wiki outage in every building", users_affected=800)
    if pin:
        await ticket.told("reported_again", times=2)
        assert (await ticket.view()).priority is Priority.P5
    else:
        await ticket.reaches(Box.RESOLVE, priority=Priority.P1)


async def test_a_person_raises_it_and_whoever_has_it_is_told(desk: Desk) -> None:
    ticket = await reported(desk)
    view = await ticket.reaches_resolve()
    owner = str(view.assignee)
    await ticket.act("acknowledge", by=owner)
    await ticket.act("reprioritise", by="lea", impact="high", urgency="high")
    await ticket.told("worse_sent")
    assert "Worse, P4 to P1: lea set impact high and urgency high" in messages(desk, owner)[-1]
    assert (await ticket.view()).acknowledged_by == owner


async def test_many_persons_are_many_users(desk: Desk) -> None:
    desk.amend(high_impact={"users": 8})
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    for number in range(8):
        await reported(desk, reporter=f"user{number}@storyville.example")
    view = await ticket.reaches(Box.RESOLVE, high_impact=True)
    assert len(view.reporters) == 9
    assert "users instead of 1" in (await ticket.told("judged_anew"))[0].detail


async def test_what_is_merged_into_it_counts(desk: Desk) -> None:
    ticket = await reported(desk)
    await ticket.reaches_resolve()
    other = await desk.report(LOST["title"], service="wiki", users_affected=500)
    await other.reaches_resolve()
    await other.act("merge", by="ana", into=ticket.id)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.critical is True


async def test_what_it_causes_counts_and_what_is_only_related_does_not(desk: Desk) -> None:
    cause = await reported(desk, "Wiki database is slow")
    await cause.reaches_resolve()
    related = await desk.report("Shop is slow", service="wiki")
    await related.reaches_resolve()
    effect = await desk.report(LOST["title"], service="wiki", users_affected=500)
    await effect.reaches_resolve()
    await effect.act("link", by="ana", to=related.id)
    await related.told("linked")
    await effect.act("link", by="ana", to=cause.id, relation="caused_by")
    assert (await cause.reaches(Box.RESOLVE, tier=2)).critical is True
    shown = await related.view()
    assert (shown.priority, shown.tier) == (Priority.P4, 1)
    assert any(effect.id == line.who for line in shown.ledger)


async def test_the_next_episode_is_judged_by_itself(desk: Desk) -> None:
    ticket = await reported(desk, **LOST)
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="rita", reason="a drill")
    await ticket.closes()
    again = await reported(desk)
    view = await again.reaches(Box.RESOLVE, episode=2)
    assert (view.priority, view.critical) == (Priority.P4, None)
