"""A late repeat of what has recovered opens nothing; what fires on, or anew, is never lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.incidents.alert import AlertAction, AlertRecovery
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.intake.alert_ingestion import AlertIngestion, Outcome
from standfast.records.errors import RecordsUnavailable
from tests.intake.storms import deduplication
from tests.intake.test_alert_ingestion import alert, sender
from tests.stories.desk import Desk, Ticket

BEGAN = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
ANEW = BEGAN + timedelta(minutes=40)

RESOLVES = sender(resolves=True)
GROUPED = sender(resolves=True, group="source")


class Monitor:
    """What a monitor says of its alerts."""

    def __init__(self, alerting: AlertIngestion) -> None:
        self.alerting = alerting

    async def says(
        self, action: str, key: str, starts_at: datetime | None = BEGAN, **fields: Any
    ) -> Outcome:
        told = [alert(action, key, starts_at=starts_at, **fields)]
        [outcome] = await self.alerting.ingest(RESOLVES, told)
        return outcome


@pytest.fixture
async def monitor(desk: Desk) -> AsyncIterator[Monitor]:
    async with deduplication(desk) as process:
        yield Monitor(AlertIngestion(desk.client, desk.records, desk.policy.current, process))


async def opens_and_recovers(desk: Desk, monitor: Monitor, key: str, **fields: Any) -> Ticket:
    """An alert fires, and its source resolves it."""
    opened = await monitor.says("trigger", key, **fields)
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await monitor.says("resolve", key, **fields)
    await ticket.closes()
    return ticket


async def opens_the_next(desk: Desk, ticket: Ticket) -> IncidentView:
    """Wait until its next episode is open: a process that believes it open finds out later."""
    return await desk.ticket(ticket.id).reaches(Box.RESOLVE, episode=2)


async def test_a_late_repeat_of_what_has_recovered_opens_nothing(
    desk: Desk, monitor: Monitor
) -> None:
    """prometheus/alertmanager#2447: another Alertmanager of the cluster is behind."""
    ticket = await opens_and_recovers(desk, monitor, "late")
    pages = len(desk.sink.taken)
    late = await monitor.says("trigger", "late")
    assert (late.action, late.created, late.incident_id) == (AlertAction.IGNORE, False, ticket.id)
    assert late.reason.startswith("stale: it began at 2026-11-29 06:00:00 UTC")
    earlier = await monitor.says("trigger", "late", BEGAN - timedelta(seconds=30))
    assert earlier.action is AlertAction.IGNORE
    assert (await ticket.view()).episode == 1
    assert len(desk.sink.taken) == pages

    anew = await monitor.says("trigger", "late", ANEW)
    assert (anew.action, anew.reason) == (AlertAction.TRIGGER, "")
    await opens_the_next(desk, ticket)


async def test_a_late_repeat_reopens_nothing_that_is_watched(desk: Desk, monitor: Monitor) -> None:
    """prometheus/alertmanager#2447, #4008, inside the follow-up window."""
    desk.amend(follow_up={"priorities": ["P2"]})
    told = [alert("trigger", "watched", starts_at=BEGAN, title="Wiki app down", users_affected=6)]
    [opened] = await monitor.alerting.ingest(RESOLVES, told)
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await monitor.says("resolve", "watched")
    await ticket.reaches(Box.FOLLOW_UP)
    assert (await monitor.says("trigger", "watched")).action is AlertAction.IGNORE
    await monitor.says("trigger", "watched", ANEW)
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert (view.occurrences, view.path.count(Box.FOLLOW_UP)) == (2, 1)


@pytest.mark.parametrize("resolved_again", [True, False])
async def test_what_is_set_aside_counts_unless_it_is_resolved_again(
    desk: Desk, monitor: Monitor, resolved_again: bool
) -> None:
    """prometheus/alertmanager#1684, #1618: “resolved” was wrong, and it fires on all the time.

    Also where the process that set it aside is gone meanwhile.
    """
    key = f"aside-{resolved_again}"
    ticket = await opens_and_recovers(desk, monitor, key)
    assert (await monitor.says("trigger", key)).action is AlertAction.IGNORE
    if resolved_again:
        again = await monitor.says("resolve", key)
        assert again.reason == "no incident with that key is open"
    async with deduplication(desk, stale_within=timedelta(0)) as later:
        await later.stale.count_what_goes_on()
        if resolved_again:
            assert (await ticket.view()).episode == 1
        else:
            await opens_the_next(desk, ticket)
        await later.stale.count_what_goes_on()  # and once is enough
    view = await desk.ticket(ticket.id).view()
    assert view.occurrences == 1


async def test_after_a_while_an_old_start_is_no_late_repeat_any_more(
    desk: Desk, monitor: Monitor
) -> None:
    """prometheus/alertmanager#1618: a cycle of “resolved” and “firing” is not silenced for ever."""
    ticket = await opens_and_recovers(desk, monitor, "cycle")
    async with deduplication(desk, stale_within=timedelta(0)) as later:
        ingestion = AlertIngestion(desk.client, desk.records, desk.policy.current, later)
        await Monitor(ingestion).says("trigger", "cycle")
        await opens_the_next(desk, ticket)


async def test_what_people_resolved_while_it_fires_on_is_reported_anew(
    desk: Desk, monitor: Monitor
) -> None:
    """Only the monitor's own word makes a repeat stale: keephq/keep#5257 has people resolve."""
    opened = await monitor.says("trigger", "people")
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    await monitor.says("trigger", "people")
    await opens_the_next(desk, ticket)


async def test_a_source_that_tells_no_start_is_never_stale(desk: Desk, monitor: Monitor) -> None:
    """getsentry/sentry: the first moment that an issue was seen stays, though it regresses."""
    ticket = await opens_and_recovers(desk, monitor, "startless", starts_at=None)
    await monitor.says("trigger", "startless", None)
    await opens_the_next(desk, ticket)


async def test_a_recovery_that_came_before_its_alert_sets_nothing_aside(
    desk: Desk, monitor: Monitor
) -> None:
    """keephq/keep#3418: “resolved” overtakes “firing”, the first time and the next."""
    assert (await monitor.says("resolve", "overtaken")).incident_id == ""
    ticket = await opens_and_recovers(desk, monitor, "overtaken")
    assert (await monitor.says("resolve", "overtaken", ANEW)).incident_id == ""
    await monitor.says("trigger", "overtaken", ANEW)
    await opens_the_next(desk, ticket)


async def test_of_a_group_only_what_is_stale_is_left_out(desk: Desk, monitor: Monitor) -> None:
    """prometheus/alertmanager#2447, with a group of two of which one fires anew."""

    async def group(*told: tuple[str, datetime]) -> list[Outcome]:
        alerts = [
            alert(action, f"two-{n}", group="two", title=f"Wiki node {n} down", starts_at=start)
            for n, (action, start) in enumerate(told)
        ]
        return await monitor.alerting.ingest(GROUPED, alerts)

    opened = await group(("trigger", BEGAN), ("trigger", BEGAN))
    ticket = desk.ticket(opened[0].incident_id)
    await ticket.reaches_resolve()
    await group(("resolve", BEGAN), ("trigger", BEGAN))
    still = await group(("trigger", BEGAN), ("resolve", BEGAN))
    assert [one.action for one in still] == [AlertAction.IGNORE, AlertAction.RESOLVE]
    await ticket.closes()
    assert {one.action for one in await group(("trigger", BEGAN), ("trigger", BEGAN))} == {
        AlertAction.IGNORE
    }
    anew = await group(("trigger", BEGAN), ("trigger", ANEW))
    assert [one.action for one in anew] == [AlertAction.IGNORE, AlertAction.TRIGGER]
    view = await opens_the_next(desk, ticket)
    assert view.title == "Wiki node 1 down"


async def test_while_the_store_is_away_every_repeat_counts(
    desk: Desk, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No alert waits for what cannot be looked up."""
    ticket = await opens_and_recovers(desk, monitor, "away")

    def is_away(alerts: object) -> dict[str, AlertRecovery]:
        raise RecordsUnavailable("the disk is full")

    monkeypatch.setattr(desk.records.recoveries, "of", is_away)
    await monitor.says("trigger", "away")
    await opens_the_next(desk, ticket)
