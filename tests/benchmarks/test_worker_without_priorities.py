"""What the storm is compared with is a server that does not mind priorities."""

from pathlib import Path

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client
from temporalio.common import Priority

from benchmarks.worker_without_priorities import ServerWithoutPriorities
from standfast.hosting.data_directory import ServerRecord
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.settings import Settings

QUEUE = "waiting"

ONE_QUEUE = (
    *("--dynamic-config-value", "matching.numTaskqueueReadPartitions=1"),
    *("--dynamic-config-value", "matching.numTaskqueueWritePartitions=1"),
)
"""Priorities order what waits in one partition of a queue; among several, chance does."""


class AsItIs(EmbeddedServer):
    def _argv(self, program: str, record: ServerRecord) -> list[str]:
        return [*super()._argv(program, record), *ONE_QUEUE]


class WithoutPriorities(ServerWithoutPriorities):
    def _argv(self, program: str, record: ServerRecord) -> list[str]:
        return [*super()._argv(program, record), *ONE_QUEUE]


MANY = 20


async def place_of_the_most_urgent(server: EmbeddedServer) -> int:
    """Its place among many that waited for a worker, of which it came last."""
    await server.start()
    try:
        client = await Client.connect(server.record.address)
        for number in range(MANY):
            last = number == MANY - 1
            await client.start_workflow(
                "Any",
                id="urgent" if last else f"{number}",
                task_queue=QUEUE,
                priority=Priority(priority_key=1 if last else 5),
            )
        poll = PollWorkflowTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=QUEUE)
        )
        came = [
            (await client.workflow_service.poll_workflow_task_queue(poll)).workflow_execution
            for _ in range(MANY)
        ]
        return [each.workflow_id for each in came].index("urgent")
    finally:
        await server.stop()


async def test_the_most_urgent_comes_first_where_priorities_count(tmp_path: Path) -> None:
    place = await place_of_the_most_urgent(AsItIs(settings(tmp_path)))
    assert place < MANY // 2  # a few may have been at hand before it came


async def test_the_most_urgent_waits_for_its_turn_where_they_do_not(tmp_path: Path) -> None:
    place = await place_of_the_most_urgent(WithoutPriorities(settings(tmp_path)))
    assert place >= MANY // 2  # order of arrival, which Temporal does not promise to the last task


def settings(place: Path) -> Settings:
    return Settings(data_dir=place, temporal_port=0)
