"""A repeat that is worse is told at once, and is lost by nobody; the rest stays in the count."""

import asyncio
import random
from typing import Any

import pytest

from standfast.incidents.flowchart import Box
from standfast.incidents.report import Report
from standfast.intake.deduplication import Deduplication
from standfast.records.database import Database
from standfast.records.errors import RecordsUnavailable
from standfast.records.repeats import CountLine, RepeatCounts
from standfast.records.store import RecordStore
from tests.intake.cable import a_cable
from tests.intake.storms import (
    NEVER,
    deduplication,
    fires,
    signals_of_repeats,
    told_of_repeats,
)
from tests.stories.desk import Desk, Ticket, until

pytestmark = pytest.mark.long


def lost(key: str) -> Report:
    return fires(key, title="Wiki down: data loss", users_affected=60)


async def hears(ticket: Ticket, title: str) -> list[Report]:
    """Wait until the incident was told of a repeat with that title; all that it was told of."""

    async def told() -> list[Report] | None:
        worse = [report for told in await told_of_repeats(ticket.handle) for report in told.worse]
        return worse if any(report.title == title for report in worse) else None

    return await until(f"{ticket.id} hears {title!r}", told)


async def test_what_is_worse_is_told_at_once_and_the_rest_waits(desk: Desk) -> None:
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("worse-worse", labels={"severity": "info"}))
        ticket = desk.ticket(opened.incident_id)
        for _ in range(5):
            await process.accept(fires("worse-worse", labels={"severity": "info"}))
        await ticket.reaches(Box.RESOLVE, occurrences=2)
        await process.accept(lost("worse-worse"))
        told = await hears(ticket, "Wiki down: data loss")
        assert told == [lost("worse-worse")]
        await ticket.reaches(Box.RESOLVE, occurrences=7)
        for _ in range(5):
            await process.accept(lost("worse-worse"))
        assert await signals_of_repeats(ticket.handle) == 2


async def test_a_worse_severity_is_worse_than_the_words(desk: Desk) -> None:
    desk.amend(
        triage={
            **desk.policy.current().model_dump(mode="json")["triage"],
            "urgency": [{"labels": {"severity": "critical"}, "level": "high"}],
        }
    )
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("worse-severity", labels={"severity": "info"}))
        ticket = desk.ticket(opened.incident_id)
        await process.accept(fires("worse-severity", labels={"severity": "critical"}))
        (told,) = await hears(ticket, "Wiki app crashed")
        assert told.labels == {"severity": "critical"}


async def test_a_storm_passes_the_worst_and_the_most_in_few_signals(desk: Desk) -> None:
    """10,000 repeats in any order: what matters in them arrives, with a signal for a thousand."""
    story = [fires("worse-storm", users_affected=n % 40) for n in range(9_900)]
    story += [fires("worse-storm", title=f"Wiki crashed on node {n}") for n in range(97)]
    story += [
        lost("worse-storm"),
        fires("worse-storm", users_affected=45),
        fires("worse-storm", title="Wiki outage"),
    ]
    random.Random(7).shuffle(story)
    async with deduplication(desk) as process:
        opened = await process.accept(fires("worse-storm"))
        for begin in range(0, len(story), 500):
            await asyncio.gather(*map(process.accept, story[begin : begin + 500]))
        await process.flush()
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches(Box.RESOLVE, occurrences=10_001)
    told = await hears(ticket, "Wiki down: data loss")
    words = {report.title.rstrip("0123456789") for report in told}
    assert words == {
        "Wiki app crashed",
        "Wiki crashed on node ",
        "Wiki down: data loss",
        "Wiki outage",
    }
    assert max(report.users_affected for report in told) == 60
    assert await signals_of_repeats(ticket.handle) <= 15
    assert desk.records.repeats.line(ticket.id).worse == ()  # type: ignore[union-attr]


async def test_what_a_dead_process_kept_the_next_one_tells(desk: Desk) -> None:
    async with a_cable(desk.client) as (cable, client):
        dead = Deduplication(
            client, desk.records, desk.policy.current, desk.task_queue, pauses=NEVER
        )
        opened = await dead.accept(fires("worse-dead"))
        cable.pull()
        await dead.accept(lost("worse-dead"))
        ticket = desk.ticket(opened.incident_id)
        line = desk.records.repeats.line(ticket.id)
        assert line is not None
        assert [worse.report for worse in line.worse] == [lost("worse-dead")]
        async with deduplication(desk):
            assert lost("worse-dead") in await hears(ticket, "Wiki down: data loss")
        cable.plug()
        await dead.flush()


async def test_whichever_process_counted_it_the_incident_hears(desk: Desk) -> None:
    other_records = RecordStore(f"sqlite:///{desk.place}/records.db")
    async with (
        deduplication(desk) as one,
        Deduplication(desk.client, other_records, desk.policy.current, desk.task_queue) as other,
    ):
        opened = await one.accept(fires("worse-shared"))
        ticket = desk.ticket(opened.incident_id)
        await other.accept(fires("worse-shared"))
        await asyncio.gather(*(one.accept(fires("worse-shared")) for _ in range(20)))
        await other.accept(lost("worse-shared"))
        await hears(ticket, "Wiki down: data loss")
        await one.flush()
        await other.flush()
        await ticket.reaches(Box.RESOLVE, occurrences=23)
    other_records.close()


async def test_the_next_episode_hears_it_again(desk: Desk) -> None:
    """What the last episode was told, this one was not."""
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("worse-again"))
        ticket = desk.ticket(opened.incident_id)
        await process.accept(lost("worse-again"))
        await hears(ticket, "Wiki down: data loss")
        await ticket.reaches(Box.RESOLVE, occurrences=2)
        await ticket.act("withdraw", by="ana")
        await ticket.closes()
        await process.accept(fires("worse-again"))  # it is believed open: the next episode begins
        await process.flush()
        next_one = desk.ticket(ticket.id)
        await next_one.reaches(Box.RESOLVE, episode=2, occurrences=1)
        await process.accept(lost("worse-again"))
        await hears(next_one, "Wiki down: data loss")


class _Full(RepeatCounts):
    """Counts of a store whose disk is full, while it is."""

    full = False

    def keep(self, *what: Any, **how: Any) -> dict[str, CountLine]:
        if self.full:
            raise RecordsUnavailable("the disk is full")
        return super().keep(*what, **how)


async def test_it_is_kept_before_it_is_answered_or_not_answered(desk: Desk) -> None:
    """Where it could not be kept the sender tries again, and then it counts as news still."""
    url = f"sqlite:///{desk.place}/records.db"
    records = RecordStore(url)
    records.repeats = counts = _Full(Database(url))
    async with Deduplication(
        desk.client, records, desk.policy.current, desk.task_queue, pauses=NEVER
    ) as process:
        opened = await process.accept(fires("worse-kept"))
        ticket = desk.ticket(opened.incident_id)
        await process.accept(fires("worse-kept"))
        await ticket.reaches(Box.RESOLVE, occurrences=2)
        await process.flush()
        counts.full = True
        with pytest.raises(RecordsUnavailable):
            await process.accept(lost("worse-kept"))
        counts.full = False
        await process.accept(lost("worse-kept"))
        await hears(ticket, "Wiki down: data loss")
    records.close()
