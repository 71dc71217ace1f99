"""The least that a durable page can be: a workflow with one activity, which sends one request."""

from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import httpx


@activity.defn
async def touch(url: str) -> None:
    """The one effect."""
    async with httpx.AsyncClient() as client:
        await client.post(url, json={"title": activity.info().workflow_id})


@workflow.defn
class Bare:
    """Decides nothing, waits for nobody."""

    @workflow.run
    async def run(self, url: str) -> None:
        await workflow.execute_activity(touch, url, start_to_close_timeout=timedelta(seconds=5))
