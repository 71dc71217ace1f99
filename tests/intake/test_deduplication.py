"""Repeats are folded: few signals, exact counts, whatever ends or dies in between."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from standfast.incidents import names
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.monitoring import Recovery
from standfast.incidents.record import Outcome
from standfast.intake.deduplication import Deduplication
from standfast.intake.errors import Refused, Unavailable
from standfast.records.store import RecordStore
from tests.examples import examples
from tests.intake.cable import a_cable
from tests.intake.storms import MONITOR, NEVER, deduplication, fires, signals_of_repeats
from tests.stories.desk import Desk, until
from tests.stories.desk import Refused as NotNow

pytestmark = pytest.mark.long


async def test_repeats_of_an_open_incident_are_counted_and_told_in_few_signals(
    desk: Desk,
) -> None:
    async with deduplication(desk) as process:
        first = await process.accept(fires("wiki-500"))
        again = await asyncio.gather(*(process.accept(fires("wiki-500")) for _ in range(500)))
        await process.flush()
    assert first.created
    assert {taken.created for taken in again} == {False}
    assert {taken.incident_id for taken in again} == {first.incident_id}
    ticket = desk.ticket(first.incident_id)
    await ticket.reaches(Box.RESOLVE, occurrences=501)
    assert await signals_of_repeats(ticket.handle) <= 4


async def test_reports_that_come_together_open_one_incident(desk: Desk) -> None:
    async with deduplication(desk) as process:
        taken = await asyncio.gather(*(process.accept(fires("all-at-once")) for _ in range(40)))
        await process.flush()
    assert [one.created for one in taken].count(True) == 1
    await desk.ticket(taken[0].incident_id).reaches(Box.RESOLVE, occurrences=40)


async def test_the_first_repeat_is_told_at_once_and_later_ones_wait(desk: Desk) -> None:
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("told-at-once"))
        ticket = desk.ticket(opened.incident_id)
        await process.accept(fires("told-at-once"))
        await ticket.reaches(Box.RESOLVE, occurrences=2)
        for _ in range(20):
            await process.accept(fires("told-at-once"))
        line = desk.records.repeats.line(opened.incident_id)
        assert line is not None
        assert line.total == 21
        assert (await ticket.view()).occurrences == 2
    await ticket.reaches(Box.RESOLVE, occurrences=22)  # a process that ends tells the rest


async def test_what_a_dead_process_only_counted_the_next_one_tells(desk: Desk) -> None:
    """As if it was killed: nothing is told at its end, and nothing is known after it."""
    dead = Deduplication(
        desk.client, desk.records, desk.policy.current, desk.task_queue, pauses=NEVER
    )
    opened = await dead.accept(fires("killed"))
    ticket = desk.ticket(opened.incident_id)
    for _ in range(30):
        await dead.accept(fires("killed"))
    await ticket.reaches(Box.RESOLVE, occurrences=2)
    async with deduplication(desk) as process:
        await ticket.reaches(Box.RESOLVE, occurrences=31)
        assert not (await process.accept(fires("killed"))).created
        await ticket.reaches(Box.RESOLVE, occurrences=32)


async def test_processes_that_share_a_store_neither_lose_nor_double(desk: Desk) -> None:
    other_records = RecordStore(f"sqlite:///{desk.place}/records.db")
    async with (
        deduplication(desk) as one,
        Deduplication(desk.client, other_records, desk.policy.current, desk.task_queue) as other,
    ):
        taken = await asyncio.gather(
            *((one, other)[which % 2].accept(fires("shared")) for which in range(200))
        )
        await one.flush()
        await other.flush()
    other_records.close()
    assert [one.created for one in taken].count(True) == 1
    await desk.ticket(taken[0].incident_id).reaches(Box.RESOLVE, occurrences=200)


async def test_what_comes_after_the_end_is_the_next_episode_with_all_it_missed(
    desk: Desk,
) -> None:
    """The process believes it open: what it counts is heard by the episode that follows."""
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("comes-back"))
        ticket = desk.ticket(opened.incident_id)
        for _ in range(10):
            await process.accept(fires("comes-back"))
        await process.flush()
        await ticket.reaches(Box.RESOLVE, occurrences=11)
        await ticket.act("withdraw", by="ana")
        assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
        for _ in range(7):
            await process.accept(fires("comes-back"))
        await process.flush()
        await ticket.reaches(Box.RESOLVE, episode=2, occurrences=7)
        for _ in range(5):
            await process.accept(fires("comes-back"))
        await process.flush()
        await ticket.reaches(Box.RESOLVE, episode=2, occurrences=12)


async def test_an_episode_that_another_process_began_counts_from_there(desk: Desk) -> None:
    """A process that was restarted opens it anew; the counter goes on, and counts once."""
    async with deduplication(desk) as before:
        opened = await before.accept(fires("restarted"))
        ticket = desk.ticket(opened.incident_id)
        for _ in range(10):
            await before.accept(fires("restarted"))
    await ticket.reaches(Box.RESOLVE, occurrences=11)
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    async with deduplication(desk) as after:
        assert (await after.accept(fires("restarted"))).created
        for _ in range(3):
            await after.accept(fires("restarted"))
        await after.flush()
        await ticket.reaches(Box.RESOLVE, episode=2, occurrences=4)


async def test_a_recovery_is_heard_after_the_repeats_before_it(desk: Desk) -> None:
    async with deduplication(desk, pauses=NEVER) as process:
        opened = await process.accept(fires("recovers"))
        ticket = desk.ticket(opened.incident_id)
        await ticket.reaches_resolve()
        for _ in range(9):
            await process.accept(fires("recovers"))
        said = Recovery(by=MONITOR, detail="HTTP 200 again")
        assert await process.recover(opened.incident_id, said)
        view = await ticket.reaches(Box.RESOLVE, occurrences=10)
        assert view.timeline[-1].event == "recovered"
        # After it a recurrence is news: told at once, though the pause is not over.
        await process.accept(fires("recovers"))
        await ticket.reaches(Box.RESOLVE, occurrences=11)


async def test_a_recovery_of_nothing_open_is_dropped(desk: Desk) -> None:
    async with deduplication(desk) as process:
        assert not await process.recover("INC-AAAAAAAAAA", Recovery(by=MONITOR))


async def test_while_temporal_is_away_repeats_count_and_news_must_wait(desk: Desk) -> None:
    async with (
        a_cable(desk.client) as (cable, client),
        deduplication(desk, client, answer_within=1.0) as process,
    ):
        opened = await process.accept(fires("cable"))
        cable.pull()
        for _ in range(15):
            assert not (await process.accept(fires("cable"))).created
        with pytest.raises(Unavailable):
            await process.accept(fires("news"))
        ticket = desk.ticket(opened.incident_id)
        assert (await ticket.view()).occurrences == 1
        cable.plug()
        await ticket.reaches(Box.RESOLVE, occurrences=16)
        assert (await process.accept(fires("news"))).created


async def test_an_incident_opens_while_the_store_is_away_and_counts_from_then(
    desk: Desk, tmp_path: Path
) -> None:
    """It cannot be told what was counted before its time, so that is never counted again."""
    async with deduplication(desk) as before:
        opened = await before.accept(fires("no-store"))
        ticket = desk.ticket(opened.incident_id)
        for _ in range(10):
            await before.accept(fires("no-store"))
    await ticket.reaches(Box.RESOLVE, occurrences=11)
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    place = tmp_path / "elsewhere"
    place.mkdir()
    file = tmp_path / "records.db"
    url = f"sqlite:///{place}/records.db"
    (place / "records.db").mkdir()
    records = RecordStore(url)
    async with Deduplication(desk.client, records, desk.policy.current, desk.task_queue) as process:
        assert (await process.accept(fires("no-store"))).created
        (place / "records.db").rmdir()
        (place / "records.db").symlink_to(file)
        for _ in range(4):
            await process.accept(fires("no-store"))
        await process.flush()
        await ticket.reaches(Box.RESOLVE, episode=2, occurrences=5)
    records.close()


async def test_an_alert_that_is_sent_again_counts_once_whoever_takes_it(desk: Desk) -> None:
    """Its answer could not be kept, so that only the incident knows that it has it."""
    async with deduplication(desk) as process:
        opened = await process.accept(fires("again"), attempt="first")
        assert await process.accept(fires("again"), attempt="first") == opened
        for attempt in ("second", "third", "second"):
            assert not (await process.accept(fires("again"), attempt=attempt)).created
    ticket = desk.ticket(opened.incident_id)
    await ticket.reaches(Box.RESOLVE, occurrences=3)
    async with deduplication(desk) as restarted:
        assert await restarted.accept(fires("again"), attempt="first") == opened
    async with deduplication(desk) as another:
        for _ in range(2):
            assert not (await another.accept(fires("again"), attempt="fourth")).created
    async with deduplication(desk) as last:
        assert not (await last.accept(fires("again"), attempt="fourth")).created
    await ticket.act("comment", by="ana", text="Looking")
    assert (await ticket.view()).occurrences == 4


async def test_a_report_that_cannot_be_taken_counts_for_nothing(desk: Desk) -> None:
    async with deduplication(desk) as process:
        opened = await process.accept(fires("future"))
        with pytest.raises(Refused, match="occurred_at"):
            await process.accept(fires("future", occurred_at="2199-01-01T00:00:00Z"))
        assert desk.records.repeats.line(opened.incident_id) is None


async def test_a_storm_of_fifty_alerts(desk: Desk) -> None:
    """4,000 repeats: exact counts, and at most a signal for ten of them."""
    keys = [f"storm-{number}" for number in range(50)]
    async with deduplication(desk) as process:
        opened = await asyncio.gather(*(process.accept(fires(key)) for key in keys))
        for _ in range(80):
            await asyncio.gather(*(process.accept(fires(key)) for key in keys))
        await process.flush()
    tickets = [desk.ticket(taken.incident_id) for taken in opened]
    assert len({ticket.id for ticket in tickets}) == 50
    for ticket in tickets:
        await ticket.reaches(Box.RESOLVE, occurrences=81)
    signals = [await signals_of_repeats(ticket.handle) for ticket in tickets]
    assert sum(signals) <= 400


async def test_a_repeat_costs_no_call_to_temporal(desk: Desk) -> None:
    """What is known to be open is counted while every call would fail."""
    async with (
        a_cable(desk.client) as (cable, client),
        deduplication(desk, client, pauses=NEVER) as process,
    ):
        opened = await process.accept(fires("free"))
        cable.pull()
        await asyncio.gather(*(process.accept(fires("free")) for _ in range(1000)))
        line = desk.records.repeats.line(opened.incident_id)
        assert line is not None
        assert line.total == 1000
        cable.plug()

        async def told() -> bool:
            view = await desk.ticket(opened.incident_id).view()
            return view.occurrences == 1001

        await until("the incident hears of all", told)


class _Life:
    """An incident whose process is restarted, and which recovers and ends, in any order."""

    def __init__(self, desk: Desk, key: str) -> None:
        self._desk = desk
        self._key = key
        self.ticket = desk.ticket(incident_id(key))
        self.fired = 0
        self.process = self._new_process()

    def _new_process(self) -> Deduplication:
        desk = self._desk
        return Deduplication(desk.client, desk.records, desk.policy.current, desk.task_queue)

    async def fire(self) -> None:
        await asyncio.gather(*(self.process.accept(fires(self._key)) for _ in range(3)))
        self.fired += 3

    async def fire_at_another(self) -> None:
        await self._new_process().accept(fires(self._key))
        self.fired += 1

    async def restart(self) -> None:
        self.process = self._new_process()  # the old one dies as it is

    async def recover(self) -> None:
        await self.process.recover(self.ticket.id, Recovery(by=MONITOR))

    async def end(self) -> None:
        if not self.fired:
            return
        ended = await self._episode()
        with contextlib.suppress(NotNow, RPCError):
            await self.ticket.act("withdraw", by="ana")

        async def over() -> bool:
            # What is told while it closes begins the next episode at once.
            run = await self.ticket.handle.describe()
            return run.status is not WorkflowExecutionStatus.RUNNING or (
                await self._episode() > ended
            )

        await until("the episode is over", over)

    async def _episode(self) -> int:
        run = await self.ticket.handle.describe()
        return run.typed_search_attributes.get(names.EPISODE) or 0

    async def heard(self) -> int:
        """How often it was reported, over all its episodes, once all is told."""
        async with deduplication(self._desk) as last:
            await self.process.flush()
            await last.accept(fires(self._key))
            await last.flush()
        view = await self.ticket.view()
        closed = [
            self._desk.records.incidents.get(self.ticket.id, n + 1) for n in range(view.episode - 1)
        ]
        return view.occurrences + sum(record.occurrences for record in closed if record)


_STEPS = ("fire", "fire_at_another", "restart", "recover", "end")
_lives = itertools.count()


@settings(
    max_examples=examples(12),
    phases=[Phase.generate],  # on a real server a shorter example would take minutes to find
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.sampled_from(_STEPS), min_size=2, max_size=9))
async def test_in_any_order_every_report_counts_once(desk: Desk, steps: list[str]) -> None:
    life = _Life(desk, f"life-{next(_lives)}")
    await life.fire()
    for step in steps:
        await getattr(life, step)()
    assert await life.heard() == life.fired + 1
