"""Withdrawn in the very moment in which something else happens: it closes all the same."""

from concurrent.futures import ThreadPoolExecutor

from temporalio.worker import Worker

from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.wiring import build_activities
from standfast.incidents.record import Outcome
from tests.stories.desk import Desk, until


async def test_withdrawn_as_its_first_decisions_arrive(desk: Desk) -> None:
    """One workflow task brings both: the withdrawal, and the result that the flow waited for."""
    queue = f"{desk.task_queue}-apart"
    elsewhere = Desk(desk.env, queue, desk.policy, desk.records, desk.sink, desk.place)
    activities = build_activities(desk.policy, desk.records, data=desk.place)
    async with incident_worker(desk.client, [], task_queue=queue, sandboxed=True):
        ticket = await elsewhere.report("Wiki crashed", service="wiki")

        async def asks() -> bool:
            described = (await ticket.handle.describe()).raw_description
            return bool(described.pending_activities)

        await until("it asks for its first decisions", asks)
    await ticket.signal("withdraw", by="rita", reason="a drill")
    with ThreadPoolExecutor(4) as threads:
        async with Worker(
            desk.client, task_queue=queue, activities=activities, activity_executor=threads
        ):

            async def answered() -> bool:
                described = (await ticket.handle.describe()).raw_description
                return not described.pending_activities

            await until("the decisions are made", answered)
            async with incident_worker(desk.client, [], task_queue=queue, sandboxed=True):
                assert (await ticket.closes()).outcome is Outcome.WITHDRAWN
