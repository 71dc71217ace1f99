"""An incident of several alerts says which they are, which joined later, and which are over."""

from collections.abc import AsyncIterator

import pytest

from standfast.incidents.alert import Alert
from standfast.incidents.facts import alerts
from standfast.incidents.flowchart import Box
from standfast.incidents.record import Member
from standfast.intake.alert_ingestion import AlertIngestion
from standfast.intake.deduplication import Deduplication
from tests.intake.storms import deduplication
from tests.intake.test_alert_ingestion import alert, sender
from tests.stories.desk import Desk

BY_POLICY = sender(group="policy", window="1h")
BY_SOURCE = sender(group="source")


@pytest.fixture
async def process(desk: Desk) -> AsyncIterator[Deduplication]:
    async with deduplication(desk, pauses=(0.0,)) as process:
        yield process


@pytest.fixture
def alerting(desk: Desk, process: Deduplication) -> AlertIngestion:
    return AlertIngestion(desk.client, desk.records, desk.policy.current, process)


def node(action: str, number: int) -> Alert:
    return alert(action, f"m-{number}", title=f"Wiki node {number} crashed")


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
    assert [entry.detail for entry in await ticket.told("member_recovered", times=2)] == [
        "Wiki node 0 crashed",
        "Wiki node 2 crashed",
    ]
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
            alert(action, f"s-{n}", group="nodes", title=f"Wiki node {n} down")
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
    assert title.startswith("Please acknowledge: P3 Wiki node 1 down; Wiki node 2 down (")
    assert "Recovered:\n- Wiki node 0 down" in text
