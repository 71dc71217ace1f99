"""The policy cannot be asked how bad it is: that holds up no page, and is made up for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.wiring import build_activities
from standfast.incidents.flowchart import Box
from tests.stories.desk import Desk

Activities = Sequence[Callable[..., Any]]


async def test_what_could_not_be_judged_is_judged_at_the_next_event(desk: Desk) -> None:
    queue = f"{desk.task_queue}-apart"
    elsewhere = Desk(desk.env, queue, desk.policy, desk.records, desk.sink, desk.place)
    all_of_them = build_activities(desk.policy, desk.records, data=desk.place)
    without = [work for work in all_of_them if work.__name__ != "judge"]
    with ThreadPoolExecutor(8) as threads:

        def at_work(activities: Activities) -> Any:
            return incident_worker(
                desk.client,
                activities,
                task_queue=queue,
                sandboxed=True,
                activity_executor=threads,
                max_concurrent_activities=8,
            )

        async with at_work(without):
            ticket = await elsewhere.report("Wiki is slow", service="wiki", dedup_key=queue)
            await ticket.reaches_resolve()
            lost: dict[str, Any] = {"service": "wiki", "dedup_key": queue, "users_affected": 500}
            await elsewhere.report("Wiki: data loss", **lost)
            await ticket.wait_for("not_judged", minutes=5)
            assert (await ticket.view()).critical is None
        async with at_work(all_of_them):
            await ticket.act("escalate", by="ana")
            view = await ticket.reaches(Box.RESOLVE, critical=True)
            assert (view.tier or 0) >= 2
            await ticket.act("withdraw", by="rita")
            await ticket.closes()
