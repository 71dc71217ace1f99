"""An incident of several alerts says which they are, which joined later, and which are over."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from standfast.incidents.alert import Alert
from standfast.incidents.facts import alerts
from standfast.incidents.flowchart import Box
from standfast.incidents.members import Member
from standfast.incidents.monitoring import MOST_MEMBERS
from standfast.intake.alert_ingestion import AlertIngestion
from standfast.intake.deduplication import Deduplication
from tests.intake.storms import NEVER, deduplication
from tests.intake.test_alert_ingestion import alert, sender
from tests.stories.desk import Desk

BY_POLICY = sender("nodes", group="policy", window="1h")
BY_SOURCE = sender("nodes", group="source")


@pytest.fixture
async def process(desk: Desk) -> AsyncIterator[Deduplication]:
    async with deduplication(desk, pauses=NEVER) as process:
        yield process


@pytest.fixture
def alerting(desk: Desk, process: Deduplication) -> AlertIngestion:
    return AlertIngestion(desk.client, desk.records, desk.policy.current, process)


def node(action: str, number: int) -> Alert:
    return alert(action, f"m-{number}", "nodes", title=f"Wiki node {number} crashed")


async def test_the_page_of_a_group_names_what_fires_and_what_is_over(
    desk: Desk, process: Deduplication, alerting: AlertIngestion
) -> None:
    """grafana/oncall#542, grafana/grafana#42683: titles that differ in a number alone."""
    [opened] = await alerting.ingest(BY_POLICY, [node("trigger", 0)])
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    for n in range(1, 14):
        await alerting.ingest(BY_POLICY, [node("trigger", n)])
    await process.flush()
    await ticket.reaches(Box.RESOLVE, occurrences=14)
    for n in (0, 2):
        [part] = await alerting.ingest(BY_POLICY, [node("resolve", n)])
        assert part.reason == "other alerts of its group are firing"
    await process.flush()
    said = [entry.detail for entry in await ticket.told("members_recovered")]
    assert "; ".join(said) == "Wiki node 0 crashed; Wiki node 2 crashed"
    view = await ticket.view()
    assert len(view.members) == 14
    assert [member for member in view.members if not member.fires] == [
        Member(name=f"Wiki node {n} crashed", fires=False) for n in (0, 2)
    ]

    assert alerts(view).startswith("Wiki node 1 crashed; Wiki node 3 crashed; ")
    assert alerts(view).endswith("; recovered: Wiki node 0 crashed; Wiki node 2 crashed")

    await ticket.wait(hours=3)  # it is paged again
    await ticket.told("page_sent", times=2)
    message = desk.sink.taken[-1].json
    assert "Wiki node 1 crashed; Wiki node 3 crashed; " in str(message["title"])
    assert "Recovered:\n- Wiki node 0 crashed\n- Wiki node 2 crashed\n" in str(message["message"])


async def test_what_joins_a_group_of_the_source_is_on_the_next_page(
    desk: Desk, process: Deduplication, alerting: AlertIngestion
) -> None:
    """prometheus/alertmanager#1587: each body is the whole group, and the first is not the last."""

    def body(*actions: str) -> list[Alert]:
        return [
            alert(action, f"s-{n}", "nodes", "nodes", title=f"Wiki node {n} down")
            for n, action in enumerate(actions)
        ]

    [opened] = await alerting.ingest(BY_SOURCE, body("trigger"))
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await alerting.ingest(BY_SOURCE, body("resolve", "trigger", "trigger"))
    await process.flush()
    view = await ticket.reaches(Box.RESOLVE, occurrences=2)
    assert view.title == "Wiki node 0 down"
    assert view.latest
    assert view.latest.title == "Wiki node 1 down; Wiki node 2 down"
    await ticket.wait(hours=3)
    await ticket.told("page_sent", times=2)
    title, text = (str(desk.sink.taken[-1].json[part]) for part in ("title", "message"))
    assert title.startswith("P3 Wiki node 1 down; Wiki node 2 down. Please acknowledge (")
    assert "Recovered:\n- Wiki node 0 down" in text


async def test_what_recovers_while_others_join_is_not_said_to_fire(
    desk: Desk, process: Deduplication, alerting: AlertIngestion
) -> None:
    """grafana/oncall#542: the storm still waits to be told when the first of it are over.

    Nor does it cost a signal each; and two of one name are two.
    """
    [opened] = await alerting.ingest(BY_POLICY, [node("trigger", 100)])
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    storm = [alert("trigger", f"d-{n}", "nodes", title="Wiki disk full") for n in range(40)]
    await alerting.ingest(BY_POLICY, storm)
    await alerting.ingest(BY_POLICY, [alert("resolve", f"d-{n}", "nodes") for n in range(38)])
    for _ in range(6):
        await process.flush()
    view = await ticket.reaches(Box.RESOLVE, occurrences=41)
    assert alerts(view) == (
        "Wiki node 100 crashed; Wiki disk full (2 alerts); recovered: Wiki disk full (38 alerts)"
    )
    assert "group_member" not in view.labels

    await alerting.ingest(BY_POLICY, [alert("trigger", "d-3", "nodes", title="Wiki disk full")])
    await process.flush()
    view = await ticket.reaches(Box.RESOLVE, occurrences=42)
    assert view.firing == ["Wiki node 100 crashed", *["Wiki disk full"] * 3]

    ends = [node("resolve", 100), *(alert("resolve", f"d-{n}", "nodes") for n in (3, 38, 39))]
    await alerting.ingest(BY_POLICY, ends)
    await ticket.told("recovered")
    assert (await ticket.view()).firing == []
    assert await signals(ticket.handle) < 15


async def test_of_more_than_have_room_those_that_fire_are_named(
    desk: Desk, process: Deduplication, alerting: AlertIngestion
) -> None:
    """grafana/grafana#42683: a thousand alerts in one group, and what the page says of them."""
    [opened] = await alerting.ingest(BY_POLICY, [node("trigger", 200)])
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches_resolve()
    await alerting.ingest(BY_POLICY, [node("trigger", 200 + n) for n in range(1, 120)])
    for _ in range(8):
        await process.flush()
    view = await ticket.reaches(Box.RESOLVE, occurrences=120)
    assert (len(view.firing), view.not_all_named) == (MOST_MEMBERS, True)
    assert alerts(view).endswith(" and at least 46 more")
    known = {member.name for member in view.members}
    [joins] = [n for n in range(200, 320) if f"Wiki node {n} crashed" not in known][:1]
    over = [n for n in range(200, 320) if f"Wiki node {n} crashed" in known][:2]
    await alerting.ingest(BY_POLICY, [node("resolve", n) for n in over])
    await alerting.ingest(BY_POLICY, [node("trigger", joins)])
    for _ in range(2):
        await process.flush()
    view = await ticket.reaches(Box.RESOLVE, occurrences=121)
    assert len(view.members) == MOST_MEMBERS
    assert f"Wiki node {joins} crashed" in view.firing
    assert await signals(ticket.handle) < 15


async def signals(handle: WorkflowHandle[Any, Any]) -> int:
    """How many it has got, by its history."""
    wanted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    return sum(event.event_type == wanted for event in (await handle.fetch_history()).events)
