"""What becomes of alerts: one incident a problem, whatever its monitor says about it and how often.

The alerts are as a mapping gives them; what bodies become alerts is told elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.incidents.alert import Alert, AlertAction
from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import Outcome as HowItEnded
from standfast.incidents.report import Channel, Report
from standfast.intake.alert_ingestion import AlertIngestion, Outcome, Sender
from standfast.policy.sources import Source
from tests.intake.storms import deduplication
from tests.stories.desk import Desk

MAPPING = {"key": "{key}", "title": "{title}"}


def sender(name: str = "prom", **fields: Any) -> Sender:
    given = {"title": "Prometheus", "mappings": {"only": MAPPING}, **fields}
    return Sender(name, Source.model_validate(given))


PROM = sender()

ABOUT = ("title", "service", "users_affected")


def alert(action: str, key: str, source: str = "prom", group: str = "", **fields: Any) -> Alert:
    """One alert of a source, as its mapping gives it."""
    about = {name: fields.pop(name) for name in ABOUT if name in fields}
    report = Report(
        **{"title": "Wiki app crashed", "service": "wiki", **about},
        reporter=source,
        channel=Channel.MONITOR,
        dedup_key=incident_key(source, key),
    )
    return Alert(
        action=AlertAction(action),
        dedup_key=key,
        group_key=group,
        report=report if action in ("trigger", "resolve") else None,
        **{"by": source, "detail": f"{key} says {action}", **fields},
    )


@pytest.fixture
async def alerting(desk: Desk) -> AsyncIterator[AlertIngestion]:
    async with deduplication(desk) as process:
        yield AlertIngestion(desk.client, desk.records, desk.policy.current, process)


async def one(alerting: AlertIngestion, action: str, key: str, **fields: Any) -> Outcome:
    [outcome] = await alerting.ingest(PROM, [alert(action, key, **fields)])
    return outcome


async def test_trigger_acknowledge_and_resolve_act_on_one_incident(
    desk: Desk, alerting: AlertIngestion
) -> None:
    opened = await one(alerting, "trigger", "sequence")
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    again = await one(alerting, "trigger", "sequence")
    taken = await one(alerting, "acknowledge", "sequence", by="ana")
    over = await one(alerting, "resolve", "sequence")
    assert [o.incident_id for o in (again, taken, over)] == [ticket.id] * 3
    assert [o.created for o in (opened, again, taken, over)] == [True, False, False, False]
    view = await ticket.reaches(Box.RESOLVE, occurrences=2, assignee="ana")
    assert (await ticket.told("recovered"))[0].detail == "sequence says resolve"
    assert view.resolution is None


async def test_what_its_source_may_resolve_a_resolution_resolves(
    desk: Desk, alerting: AlertIngestion
) -> None:
    trusted = sender(resolves=True)
    [opened] = await alerting.ingest(trusted, [alert("trigger", "trusted")])
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await alerting.ingest(trusted, [alert("resolve", "trusted")])
    closed = await ticket.closes()
    assert closed.outcome is HowItEnded.RESOLVED
    assert closed.resolution is not None
    assert closed.resolution.by == "prom"


async def test_what_makes_no_sense_is_dropped_with_the_reason(
    desk: Desk, alerting: AlertIngestion
) -> None:
    for action in ("acknowledge", "resolve"):
        nothing = await one(alerting, action, "never-fired")
        assert (nothing.incident_id, nothing.reason) == ("", "no incident with that key is open")
    opened = await one(alerting, "trigger", "twice")
    await desk.ticket(opened.incident_id).reaches_resolve()
    await one(alerting, "acknowledge", "twice", by="ana")
    twice = await one(alerting, "acknowledge", "twice", by="ben")
    assert "ana" in twice.reason
    ignored = await one(alerting, "ignore", "", reason="a test notification")
    assert (ignored.incident_id, ignored.reason) == ("", "a test notification")


async def test_an_acknowledgement_that_no_worker_answers_is_left_for_one(desk: Desk) -> None:
    async with deduplication(desk) as process:
        hasty = AlertIngestion(
            desk.client, desk.records, desk.policy.current, process, acknowledged_within=0.0
        )
        [opened] = await hasty.ingest(PROM, [alert("trigger", "hasty")])
        ticket = desk.ticket(opened.incident_id)
        await ticket.reaches_resolve()
        [taken] = await hasty.ingest(PROM, [alert("acknowledge", "hasty", by="ana")])
    assert "once one does" in taken.reason
    await ticket.reaches(Box.RESOLVE, assignee="ana")


async def test_alerts_of_one_body_are_taken_each_for_itself(
    desk: Desk, alerting: AlertIngestion
) -> None:
    body = [
        alert("resolve", "fresh"),
        alert("trigger", "body-1"),
        alert("trigger", "body-2", title="Wiki app slow"),
        alert("ignore", "", reason="unknown"),
        alert("trigger", "body-1"),
    ]
    outcomes = await alerting.ingest(PROM, body)
    assert [o.action for o in outcomes] == [a.action for a in body]
    ids = [o.incident_id for o in outcomes]
    assert ids[1] == ids[4] == incident_id(incident_key("prom", "body-1"))
    assert ids[2] == incident_id(incident_key("prom", "body-2"))
    assert [o.created for o in outcomes] == [False, True, True, False, False]
    await desk.ticket(ids[1]).reaches(Box.RESOLVE, occurrences=2)


async def test_sources_do_not_meet_in_their_keys(alerting: AlertIngestion) -> None:
    [one] = await alerting.ingest(PROM, [alert("trigger", "same-key")])
    [other] = await alerting.ingest(
        sender("pingdom"), [alert("trigger", "same-key", source="pingdom")]
    )
    assert one.incident_id != other.incident_id


async def test_a_group_of_the_source_is_one_incident_and_recovers_as_a_whole(
    desk: Desk, alerting: AlertIngestion
) -> None:
    grouped = sender(group="source")

    async def group(*actions: str, left_out: int = 0) -> list[Outcome]:
        alerts = [
            alert(action, f"g-{n}", group="{}:{wiki}", title=f"Node {n} down", left_out=left_out)
            for n, action in enumerate(actions)
        ]
        return await alerting.ingest(grouped, alerts)

    opened = await group("trigger", "trigger", "trigger")
    assert {o.created for o in opened} == {True}
    [identity] = {o.incident_id for o in opened}
    assert identity == incident_id(incident_key("prom", "{}:{wiki}"))
    ticket = desk.ticket(identity)
    view = await ticket.reaches_resolve()
    assert view.title == "Node 0 down; Node 1 down; Node 2 down"
    assert view.occurrences == 1
    assert all(f"Node {n} down" in view.report.description for n in range(3))

    part = await group("resolve", "trigger", "resolve")
    assert [o.reason for o in part] == [
        "other alerts of its group are firing",
        "",
        "other alerts of its group are firing",
    ]
    cut = await group("resolve", "resolve", left_out=4)
    assert {o.reason for o in cut} == {
        "4 more alerts of its group were left out, and may be firing"
    }
    view = await ticket.reaches(Box.RESOLVE, occurrences=2)
    assert not [entry for entry in view.timeline if entry.event == "recovered"]

    over = await group("resolve", "resolve", "resolve")
    assert {o.incident_id for o in over} == {identity}
    assert len(await ticket.told("recovered")) == 1


async def test_an_alert_without_a_group_is_its_own(alerting: AlertIngestion) -> None:
    [alone] = await alerting.ingest(sender(group="source"), [alert("trigger", "ungrouped")])
    assert alone.incident_id == incident_id(incident_key("prom", "ungrouped"))


async def test_alerts_of_one_service_and_category_join_within_the_window(
    desk: Desk, alerting: AlertIngestion
) -> None:
    by_policy = sender(group="policy", window="1h")
    crashed = await alerting.ingest(
        by_policy,
        [
            alert("trigger", "p-1"),
            alert("trigger", "p-2", title="Wiki app is slow"),
            alert("trigger", "p-3", title="VPN to the vpn server fails", service="vpn"),
        ],
    )
    first, second, vpn = (o.incident_id for o in crashed)
    assert first == second != vpn
    [again] = await alerting.ingest(by_policy, [alert("trigger", "p-2")])
    assert (again.incident_id, again.created) == (first, False)
    ticket = desk.ticket(first)
    await ticket.reaches(Box.RESOLVE, occurrences=3)

    [part] = await alerting.ingest(by_policy, [alert("resolve", "p-1")])
    assert (part.incident_id, part.reason) == (first, "other alerts of its group are firing")
    [taken] = await alerting.ingest(by_policy, [alert("acknowledge", "p-2", by="ana")])
    assert taken.incident_id == first
    [over] = await alerting.ingest(by_policy, [alert("resolve", "p-2")])
    assert (over.incident_id, over.reason) == (first, "")
    assert len(await ticket.told("recovered")) == 1


async def test_after_the_window_a_new_alert_opens_another(alerting: AlertIngestion) -> None:
    by_policy = sender(group="policy", window=timedelta(microseconds=1))
    [first] = await alerting.ingest(by_policy, [alert("trigger", "w-1")])
    [second] = await alerting.ingest(by_policy, [alert("trigger", "w-2")])
    [still] = await alerting.ingest(by_policy, [alert("trigger", "w-1")])
    assert first.incident_id != second.incident_id
    assert still.incident_id == first.incident_id


async def test_alerts_at_the_same_moment_make_one_group(alerting: AlertIngestion) -> None:
    by_policy = sender(group="policy", window="1h")
    bodies = [[alert("trigger", f"rush-{n}")] for n in range(20)]
    outcomes = await asyncio.gather(*(alerting.ingest(by_policy, body) for body in bodies))
    assert len({outcome.incident_id for [outcome] in outcomes}) == 1
    assert [outcome.created for [outcome] in outcomes].count(True) == 1


async def test_a_clock_that_is_ahead_hides_no_alert(desk: Desk, alerting: AlertIngestion) -> None:
    ahead = alert("trigger", "ahead")
    assert ahead.report is not None
    report = ahead.report.model_copy(update={"occurred_at": datetime(2199, 1, 1, tzinfo=UTC)})
    [outcome] = await alerting.ingest(PROM, [ahead.model_copy(update={"report": report})])
    assert outcome.created
    assert "in the future" in outcome.reason
    view = await desk.ticket(outcome.incident_id).reaches_resolve()
    assert view.report.occurred_at is None
