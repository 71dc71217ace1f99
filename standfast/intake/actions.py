"""Sends an action to an open incident, as a workflow update: accepted or refused at once."""

import asyncio
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents.actions import Action, ActionResult
from standfast.intake.cancellation import is_cancelled
from standfast.intake.errors import Closed, NoAnswer, NoSuchIncident, Refused
from standfast.messages.message import InboundMessage, short

ANSWER_WITHIN = 10.0
"""Seconds for a worker to accept or refuse an action."""

_RPC_LIMIT = timedelta(seconds=10)


async def act(
    client: Client,
    incident_id: str,
    action: Action,
    payload: InboundMessage,
    *,
    answer_within: float = ANSWER_WITHIN,
    update_id: str | None = None,
) -> ActionResult:
    """Do `action`; `payload` is its model of `incidents.actions.ACTIONS`.

    update_id: the idempotency key of the action.

    Raises:
        Refused: the incident refused the action, with the reason.
        NoSuchIncident: no incident with that id is open; Closed where one was.
        NoAnswer: no worker answered; the text says whether the action may still happen.
    """
    handle = client.get_workflow_handle(incident_id)
    accepted = False
    try:
        async with asyncio.timeout(answer_within):
            update: WorkflowUpdateHandle[ActionResult] = await handle.start_update(
                action.value,
                payload,
                id=update_id,
                wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                result_type=ActionResult,
            )
            accepted = True
            return await update.result()
    except WorkflowUpdateFailedError as refused:
        raise Refused(f"{incident_id}: {_reason(refused)}") from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        if is_cancelled():
            raise asyncio.CancelledError from None
        if accepted:
            raise NoAnswer(
                f"{incident_id} has accepted `{action}`, and a worker is still working on it: "
                f"`show {incident_id}` will tell"
            ) from None
        raise NoAnswer(
            f"No worker answered for {incident_id} within {answer_within:.0f} s: is worker.py "
            f"running? `{action}` may still be done if one comes up now; `show {incident_id}` "
            "will tell"
        ) from None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise await _not_open(client, incident_id) from None


def _reason(refused: WorkflowUpdateFailedError) -> str:
    cause = refused.cause
    return cause.message if isinstance(cause, ApplicationError) else str(cause)


async def _not_open(client: Client, incident_id: str) -> NoSuchIncident:
    """Why an action found nobody: the incident has closed, or never was."""
    nobody = f"no incident {incident_id} is open"
    try:
        run = await client.get_workflow_handle(incident_id).describe(rpc_timeout=_RPC_LIMIT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return NoSuchIncident(nobody)
        raise
    if run.close_time:
        return Closed(f"{nobody}: it closed at {short(run.close_time)}")
    return NoSuchIncident(nobody)
