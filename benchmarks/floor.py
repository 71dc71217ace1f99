"""The least that Temporal can charge for a path: its people and its world, and nothing else."""

from datetime import timedelta

from temporalio import activity, workflow

from standfast.messages.message import Message


class Needs(Message):
    """What no implementation can do without on a path.

    worldly: how often the world is touched, one after the other (runbook, page, question, close).
    people: how many updates come from people, each waited for.
    """

    worldly: tuple[int, ...]
    """How often before the first update, then after each update."""


@activity.defn
async def decide_everything() -> None:
    """All the decisions of a path in one activity."""


@activity.defn
async def touch_the_world() -> None:
    """One effect outside."""


@workflow.defn
class Floor:
    """Touches the world and waits for people as the path does; no clocks, nothing to filter by."""

    def __init__(self) -> None:
        self._updates = 0

    @workflow.run
    async def run(self, needs: Needs) -> None:
        for before, effects in enumerate(needs.worldly):
            await workflow.wait_condition(lambda before=before: self._updates >= before)  # type: ignore[misc]
            if before == 0:
                await workflow.execute_activity(
                    decide_everything, start_to_close_timeout=timedelta(seconds=5)
                )
            for _ in range(effects):
                await workflow.execute_activity(
                    touch_the_world, start_to_close_timeout=timedelta(seconds=5)
                )

    @workflow.update
    def act(self) -> None:
        self._updates += 1
