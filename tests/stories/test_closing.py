"""What happens while it closes is on record too."""

import asyncio
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk, until
from tests.stories.slow_lookup import SlowLookup


async def test_a_comment_after_the_record_was_written_is_on_record_when_the_run_ends(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    """The run goes on for as long as somebody's action is looked up."""
    policy = SlowLookup(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await desk.report(service="wiki")
        await ticket.reaches_resolve()
        policy.hold_next()
        reassigning = asyncio.create_task(ticket.act("reassign", by="ana", team="desk"))
        await policy.is_waiting()
        await ticket.signal("withdraw", by="rita@storyville.example")

        async def written() -> bool:
            run = (await ticket.handle.describe()).raw_description
            working = [each.activity_type.name for each in run.pending_activities]
            is_idle = not run.HasField("pending_workflow_task")
            return (
                is_idle
                and working == ["reassign"]
                and desk.records.incidents.episodes(ticket.id) == 1
            )

        await until("the record is written", written)
        said = await ticket.act("comment", by="ben", text="It was the cable", to_reporter=True)
        assert said == "noted; it is closing, so nobody is told"
        policy.goes_on.set()
        assert "too late" in await reassigning
        await ticket.closes()
        record = desk.records.incidents.get(ticket.id)
        assert record is not None
        assert "It was the cable" in [entry.detail for entry in record.timeline]
        numbers = [entry.number for entry in record.timeline]
        assert numbers == list(range(1, len(numbers) + 1))
        assert (record.timeline[-1].event, record.additions) == ("closed", ())
