"""Which incidents are stuck, once the mistreatment is over and a healthy worker runs."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.stuck.installation import Installation, until
from benchmarks.stuck.people import do
from standfast.hosting.connection import quiet_runtime
from standfast.hosting.plugin import standfast_plugin
from standfast.incidents.actions import Action
from workflows.incident import IncidentWorkflow

NO_ANSWER = "does not go on: a comment was not answered"
FAILING = "its workflow task fails again and again"

_SDK_CODE = re.compile(r"\[TMPRL\d+\] ([^\"]{0,160})")
_NUMBERS = re.compile(r"\d+")


async def stuck_ones(installation: Installation, incidents: Sequence[str]) -> dict[str, str]:
    """Those that do not replay, leave a comment unanswered, or fail their workflow task; and why.

    All runs of an incident count: one that was reset out of its trouble had been stuck.
    """
    stuck = await that_do_not_replay(installation, incidents)
    others = [incident for incident in incidents if incident not in stuck]
    async with installation.worker():
        stuck |= await _that_do_not_go_on(installation, others)
    return stuck | await that_do_not_replay(installation, others)


async def that_do_not_replay(
    installation: Installation, incidents: Sequence[str]
) -> dict[str, str]:
    """Those of which a run does not replay with the code at hand, and why.

    The reasons are the SDK's, without the numbers that tell one incident's from another's.
    """
    replayer = Replayer(
        workflows=[IncidentWorkflow], plugins=[standfast_plugin()], runtime=quiet_runtime()
    )
    found = {}
    for incident in incidents:
        async for history in _histories(installation, incident):
            if why := await replay_failure(replayer, history):
                found[incident] = why
    return found


async def _that_do_not_go_on(
    installation: Installation, incidents: Sequence[str]
) -> dict[str, str]:
    answered = await asyncio.gather(
        *(do(installation, one, Action.COMMENT, by="ana", text="and now?") for one in incidents)
    )
    found = {}
    for incident, was_answered in zip(incidents, answered, strict=True):
        if not was_answered:
            found[incident] = NO_ANSWER
        elif not await _settles(installation, incident):
            found[incident] = FAILING
    return found


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
