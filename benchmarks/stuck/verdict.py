"""Which incidents are stuck, once the mistreatment is over and a healthy worker runs."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.stuck.installation import Installation, until
from benchmarks.stuck.people import do
from hosting.connection import quiet_runtime
from hosting.plugin import standfast_plugin
from incidents.actions import Action
from workflows.incident import IncidentWorkflow

NO_ANSWER = "does not go on: a comment was not answered"
FAILING = "its workflow task fails again and again"

_SDK_CODE = re.compile(r"\[TMPRL\d+\] ([^\"]{0,160})")
_NUMBERS = re.compile(r"\d+")


class Stuck(NamedTuple):
    """An incident that does not go on, and why, without the numbers that tell it from others."""

    incident: str
    why: str


async def stuck_ones(installation: Installation, incidents: Sequence[str]) -> list[Stuck]:
    """Those that leave a comment unanswered, fail their workflow task, or do not replay.

    All runs of an incident count: one that was reset out of its trouble had been stuck.
    """
    async with installation.worker():
        answered = await asyncio.gather(
            *(do(installation, one, Action.COMMENT, by="ana", text="and now?") for one in incidents)
        )
        found = {
            incident: NO_ANSWER
            for incident, was_answered in zip(incidents, answered, strict=True)
            if not was_answered
        }
        for incident in incidents:
            if incident not in found and not await _settles(installation, incident):
                found[incident] = FAILING
    replayer = Replayer(
        workflows=[IncidentWorkflow], plugins=[standfast_plugin()], runtime=quiet_runtime()
    )
    for incident in incidents:
        async for history in _histories(installation, incident):
            # What replay says names the cause, so it goes before what was seen from outside.
            found |= {incident: why} if (why := await replay_failure(replayer, history)) else {}
    return [Stuck(incident, why) for incident, why in found.items()]


async def replay_failure(replayer: Replayer, history: WorkflowHistory) -> str:
    """Why a history does not replay, in the SDK's words; empty where it does."""
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    if result.replay_failure is None:
        return ""
    text = str(result.replay_failure)
    said = _SDK_CODE.search(text)
    return _NUMBERS.sub("#", said[1] if said else text[:160])


async def _settles(installation: Installation, incident: str) -> bool:
    """Whether it comes to rest: without a workflow task that is tried again."""

    async def rests() -> bool:
        run = await installation.describe(incident)
        return run.pending_workflow_task.attempt <= 1

    try:
        await until(rests, f"{incident} completes its workflow task")
    except TimeoutError:
        return False
    return True


async def _histories(installation: Installation, incident: str) -> AsyncIterator[WorkflowHistory]:
    """Of each of its runs."""
    async for run in installation.client.list_workflows(f'WorkflowId = "{incident}"'):
        handle = installation.client.get_workflow_handle(incident, run_id=run.run_id)
        yield await handle.fetch_history()
