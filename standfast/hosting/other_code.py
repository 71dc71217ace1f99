"""Open incidents and reviews of other code, such as an older version, that this cannot continue.

Their workflow tasks fail from now on. That is told when a worker starts, before their next event is
due, and by `standfast doctor`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standfast.hosting.build import built_by, code_id
from standfast.hosting.replay_check import OpenRun, history_of, open_runs
from standfast.hosting.settings import Settings
from standfast.lookup.replay_loop import in_replay_loop
from workflows.registered import WORKFLOWS

MOST_REPLAYED = 200
"""Incidents that are replayed, at some 50 ms each."""

_MOST_NAMED = 5
_EVENTS = 50
_RPC_LIMIT = timedelta(seconds=30)
_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


class OtherCode(NamedTuple):
    """Open incidents that other code ran last. `stuck` are those that do not replay with this code.

    left_out: so many more were not replayed.
    """

    stuck: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def what(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        if not self.stuck:
            return ""
        count, named = len(self.stuck), ", ".join(self.stuck[:_MOST_NAMED])
        more = f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""
        least = "at least " if self.left_out else ""
        noun = "open incident that other code, such as an older version, ran"
        if count > 1:
            noun = "open incidents that other code, such as an older version, ran"
        return f"this version cannot continue {least}{count} {noun}: {named}{more}"

    @property
    def remedy(self) -> str:
        """What a person can do about it; empty where there is nothing to do."""
        if not self.stuck:
            return ""
        return (
            f"`standfast repair {self.stuck[0]}`, and so on, starts each again from where the two "
            "versions differ, and says first what that means; `standfast replay-check` lists them "
            "all. Or go back to the version that ran them, with the record store as it was before "
            "this version upgraded it, and upgrade once they have closed: see docs/deploys.md"
        )


async def look_for_other_code(
    client: Client, task_queue: str, workflows: Sequence[type] = WORKFLOWS
) -> OtherCode:
    """Replay what other code ran last. Costs a request for each open incident.

    Raises:
        RPCError: Temporal refuses.
    """
    others = [
        run for run in await open_runs(client, task_queue) if await _is_of_other_code(client, run)
    ]
    replayer = Replayer(
        workflows=workflows,
        data_converter=client.data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
        runtime=client.service_client.config.runtime,
    )
    looked_at = others[:MOST_REPLAYED]
    stuck = [run.workflow_id for run in looked_at if not await _replays(client, replayer, run)]
    return OtherCode(tuple(stuck), len(others) - len(looked_at))


async def _is_of_other_code(client: Client, run: OpenRun) -> bool:
    """Whether another version completed its last workflow task."""
    if run.pinned_to:  # its build goes on with it
        return False
    try:
        page = await client.workflow_service.get_workflow_execution_history_reverse(
            GetWorkflowExecutionHistoryReverseRequest(
                namespace=client.namespace,
                execution=Execution(workflow_id=run.workflow_id, run_id=run.run_id),
                maximum_page_size=_EVENTS,
            ),
            timeout=_RPC_LIMIT,
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    done = [event for event in page.history.events if event.event_type == _COMPLETED]
    if not done:
        return bool(page.next_page_token)  # else no workflow task was ever completed
    return built_by(done[0]) != code_id()


async def _replays(client: Client, replayer: Replayer, run: OpenRun) -> bool:
    """Whether this code can continue it; what has been deleted meanwhile needs nobody to."""
    history = await history_of(client, run)
    if history is None:
        return True
    result = await in_replay_loop(replayer.replay_workflow(history, raise_on_replay_failure=False))
    return result.replay_failure is None


async def lines_about_other_code(client: Client, settings: Settings) -> list[str]:
    """What a worker says of them when it starts; it never raises for what Temporal says.

    Where builds run side by side nothing is looked at: the incidents may stay with their build.
    """
    if settings.build_id:
        return []
    try:
        found = await look_for_other_code(client, settings.task_queue)
    except RPCError as error:
        return [f"Not known: whether this version can continue all open incidents: {error.message}"]
    return [f"Attention: {found.what}.", f"{found.remedy}."] if found.stuck else []
