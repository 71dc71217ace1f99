"""Reviews begin, and people do something with them: through the record store and Temporal."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from standfast.incidents import names
from standfast.incidents.ids import review_id
from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review, ReviewState
from standfast.incidents.review_steps import CloseReview, StepRefused, stepped
from standfast.intake.cancellation import is_cancelled
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused
from standfast.policy import Policy
from standfast.records.store import RecordStore

ANSWER_WITHIN = 10.0
"""Seconds for a worker to do a step."""

_MOST_AT_ONCE = 50
_RPC_LIMIT = timedelta(seconds=10)
_LEAST_URGENT = Priority(priority_key=5)


async def start_wanted(client: Client, records: RecordStore, task_queue: str) -> int:
    """Start the runs that are to be started; how many were tried.

    Each is tried until it has written itself: to start it twice changes nothing.
    """
    wanted = await asyncio.to_thread(records.reviews.to_start, _MOST_AT_ONCE)
    for review in wanted:
        await start(client, review, task_queue)
    return len(wanted)


async def start(client: Client, review: Review, task_queue: str) -> None:
    """Start the run of a review, unless there is one.

    A run may begin after one that is over. If it begins with what is not the newest, the record
    store refuses what it writes, and it ends.
    """
    try:
        await client.start_workflow(
            names.REVIEW_WORKFLOW,
            review,
            id=review_id(review.incident_id, review.episode),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            priority=_LEAST_URGENT,
            static_summary=f"Review of {review.incident_id}, episode {review.episode}",
            rpc_timeout=_RPC_LIMIT,
        )
    except WorkflowAlreadyStartedError:
        return


async def ask_for_review(
    records: RecordStore, view: IncidentView, *, by: str, why: str, at: datetime
) -> Review:
    """Have a review begin that the policy does not want; a worker starts it within seconds.

    Raises:
        Refused: it is open, is not on record, or there is a review.
    """
    where = f"{view.incident_id}, episode {view.episode}"
    if view.closed_at is None:
        raise Refused(f"{where} is open: it is reviewed when it has closed")
    review = Review(
        incident_id=view.incident_id,
        episode=view.episode,
        why=why or f"{by} asked for it",
        asked_by=by,
        wanted_at=at,
    )
    if await asyncio.to_thread(records.incidents.get, view.incident_id, view.episode) is None:
        raise Refused(f"{where} is not on record: there is nothing to review")
    if not await asyncio.to_thread(records.reviews.want, review):
        raise Refused(f"{where} has a review")
    return review


def missing(policy: Policy, records: RecordStore, review: Review) -> list[str]:
    """The titles of the sections that neither say something nor are marked as not applicable."""
    versions = records.review_texts.versions(review.incident_id, review.episode)
    return [
        section.title
        for key, section in policy.reviews.sections.items()
        if not any(latest.says_something for latest in versions.get(key, [])[:1])
    ]


async def do_step(
    client: Client, policy: Policy, records: RecordStore, review: Review, step: Any, at: datetime
) -> Review:
    """Do one of the steps of `review_steps`; the review after it.

    Raises:
        Refused: it makes no sense now; says why.
        NoSuchIncident: it was erased meanwhile.
        NoAnswer: no worker answered; it may be done later.
    """
    owner = getattr(step, "owner", "")
    if owner and owner not in policy.people:
        known = ", ".join(sorted(policy.people))
        raise Refused(f"owner: the policy has no person {owner!r}; there are: {known}")
    if isinstance(step, CloseReview) and not review.closed_at:
        lacks = await asyncio.to_thread(missing, policy, records, review)
        if lacks:
            raise Refused(
                f"these sections say nothing yet: {', '.join(lacks)}; write them, or mark them as "
                "not applicable"
            )
    if review.state is ReviewState.OVER:
        return await _begin_again(records, review, step, at)
    return await _update(client, review, step)


async def _begin_again(records: RecordStore, review: Review, step: Any, at: datetime) -> Review:
    """The step that one that is over takes: its run has ended, and another one is to start."""
    try:
        changed = stepped(review, step, at)
    except StepRefused as refused:
        raise Refused(str(refused)) from None
    if not await asyncio.to_thread(records.reviews.begin_again, changed):
        raise Refused("somebody else has changed it meanwhile: look again")
    return changed


async def _update(client: Client, review: Review, step: Any) -> Review:
    workflow_id = review_id(review.incident_id, review.episode)
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            after: Review = await handle.execute_update(names.REVIEW_STEP, step, result_type=Review)
            return after
    except WorkflowUpdateFailedError as refused:
        cause = refused.cause
        raise Refused(
            cause.message if isinstance(cause, ApplicationError) else str(cause)
        ) from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        if is_cancelled():
            raise asyncio.CancelledError from None
        raise NoAnswer(
            f"no worker answered for {workflow_id} within {ANSWER_WITHIN:.0f} s: is worker.py "
            "running? It may still be done"
        ) from None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise NoSuchIncident(
            "its run has not started yet: try again in a moment"
            if review.state is ReviewState.WANTED
            else f"{workflow_id} does not run: a worker starts it within some seconds"
        ) from None
