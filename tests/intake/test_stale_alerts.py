"""A late repeat of what has recovered opens nothing; what fires on, or anew, is never lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.incidents.alert import AlertAction, AlertRecovery, StaleAlert
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.intake.alert_ingestion import AlertIngestion, Outcome
from standfast.intake.deduplication import Deduplication
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from tests.intake.storms import deduplication
from tests.intake.test_alert_ingestion import alert, sender
from tests.stories.desk import Desk, Ticket

BEGAN = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
ANEW = BEGAN + timedelta(minutes=40)

# Sources of their own: what other stories report on the same server has other ids.
RESOLVES = sender("late", resolves=True)
GROUPED = sender("late", resolves=True, group="source")
IN_GROUPS = sender("groups", resolves=True, group="policy", window="1h")


class Monitor:
    """What a monitor says of its alerts."""

    def __init__(self, alerting: AlertIngestion) -> None:
        self.alerting = alerting

    async def says(
        self, action: str, key: str, starts_at: datetime | None = BEGAN, **fields: Any
    ) -> Outcome:
        told = [alert(action, key, "late", starts_at=starts_at, **fields)]
        [outcome] = await self.alerting.ingest(RESOLVES, told)
        return outcome


@pytest.fixture
async def monitor(desk: Desk) -> AsyncIterator[Monitor]:
    async with deduplication(desk) as process:
        yield Monitor(AlertIngestion(desk.client, desk.records, policy_of(desk), process))


def policy_of(desk: Desk) -> Callable[[], Policy]:
    """The policy in force, with the sources of these stories."""
    sources = {sender.name: sender.source for sender in (RESOLVES, IN_GROUPS)}
    return lambda: desk.policy.current().model_copy(update={"sources": sources})


@asynccontextmanager
async def later(desk: Desk) -> AsyncIterator[tuple[AlertIngestion, Deduplication]]:
    """Another process, when nothing is late any more."""
    async with deduplication(desk, pauses=(0.0,)) as process:
        ingestion = AlertIngestion(
            desk.client, desk.records, policy_of(desk), process, stale_within=timedelta(0)
        )
        yield ingestion, process


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
    told = [
        alert(
            "trigger", "watched", "late", starts_at=BEGAN, title="Wiki app down", users_affected=6
        )
    ]
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
    async with later(desk) as (ingestion, _):
        await ingestion.stale.count_what_goes_on()
        if resolved_again:
            assert (await ticket.view()).episode == 1
        else:
            await opens_the_next(desk, ticket)
        await ingestion.stale.count_what_goes_on()  # and once is enough
    view = await desk.ticket(ticket.id).view()
    assert view.occurrences == 1


async def test_after_a_while_an_old_start_is_no_late_repeat_any_more(
    desk: Desk, monitor: Monitor
) -> None:
    """prometheus/alertmanager#1618: a cycle of “resolved” and “firing” is not silenced for ever."""
    ticket = await opens_and_recovers(desk, monitor, "cycle")
    async with later(desk) as (ingestion, _):
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
            alert(
                action,
                f"two-{n}",
                "late",
                group="two",
                title=f"Wiki node {n} down",
                starts_at=start,
            )
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


async def test_a_clock_that_was_ahead_holds_back_nothing_new(desk: Desk, monitor: Monitor) -> None:
    """prometheus/alertmanager#1684 has such clocks: set right, the next start is earlier."""
    ahead = datetime.now(UTC) + timedelta(hours=2)
    ticket = await opens_and_recovers(desk, monitor, "ahead", starts_at=ahead)
    assert (await monitor.says("trigger", "ahead", ahead)).action is AlertAction.IGNORE
    anew = datetime.now(UTC) + timedelta(minutes=1)
    assert (await monitor.says("trigger", "ahead", anew)).action is AlertAction.TRIGGER
    await opens_the_next(desk, ticket)


async def test_a_late_recovery_ends_nothing_that_fires_anew(desk: Desk, monitor: Monitor) -> None:
    """keephq/keep#3418, the other way round: the old “resolved” overtakes nothing."""
    ticket = await opens_and_recovers(desk, monitor, "overtaken-anew")
    await monitor.says("trigger", "overtaken-anew", ANEW)
    await opens_the_next(desk, ticket)
    late = await monitor.says("resolve", "overtaken-anew", BEGAN)
    assert late.action is AlertAction.IGNORE
    assert late.reason.startswith("stale: its source has said before that what began at 2026-11-29")
    assert not (await desk.ticket(ticket.id).view()).recovered
    own = await monitor.says("resolve", "overtaken-anew", ANEW)
    assert own.action is AlertAction.RESOLVE
    await desk.ticket(ticket.id).closes()


async def test_what_goes_on_is_counted_in_its_group(desk: Desk) -> None:
    """prometheus/alertmanager#1684 with `group: policy`: it fires in its group again."""
    async with later(desk) as (ingestion, process):

        async def says(action: str, key: str) -> Outcome:
            told = alert(action, key, source="groups", starts_at=BEGAN, title=f"Wiki {key} down")
            [outcome] = await ingestion.ingest(IN_GROUPS, [told])
            return outcome

        opened = await says("trigger", "one")
        ticket = desk.ticket(opened.incident_id)
        await ticket.reaches_resolve()
        await says("trigger", "two")
        await says("resolve", "two")
        stale = alert("trigger", "two", source="groups", starts_at=BEGAN, title="Wiki two down")
        aside = StaleAlert(source="groups", incident_id=ticket.id, alert=stale)
        desk.records.recoveries.set_aside({"groups:two": aside})
        await ingestion.stale.count_what_goes_on()
        assert (await says("resolve", "one")).reason == "other alerts of its group are firing"
        await process.flush()
        assert (await ticket.view()).firing == ["Wiki two down"]
        await says("resolve", "two")
        await ticket.closes()


async def test_what_cannot_be_counted_keeps_no_other_from_it(desk: Desk, monitor: Monitor) -> None:
    """Its source has left the policy."""
    ticket = await opens_and_recovers(desk, monitor, "goes-on")
    await monitor.says("trigger", "goes-on")
    gone = StaleAlert(source="gone", incident_id=ticket.id, alert=alert("trigger", "a", "gone"))
    desk.records.recoveries.note({"gone:a": BEGAN})
    desk.records.recoveries.set_aside({"gone:a": gone})
    async with later(desk) as (ingestion, _):
        await ingestion.stale.count_what_goes_on()
    await opens_the_next(desk, ticket)
    assert desk.records.recoveries.aside() == []
