"""Reviews begin, and people do something with them: through the record store and Temporal."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable
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

from standfast.decisions.policy_names import no_such
from standfast.decisions.reviews import step_of
from standfast.encryption.errors import EncryptionError
from standfast.incidents import names
from standfast.incidents.ids import review_id
from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review, ReviewState, ShownSection, TextVersion
from standfast.incidents.review_steps import (
    CloseReview,
    NewText,
    StepAsked,
    StepRefused,
    stepped,
)
from standfast.intake.cancellation import is_cancelled
from standfast.intake.errors import Invalid, NoAnswer, NoSuchIncident, Refused
from standfast.policy import Policy
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

ANSWER_WITHIN = 10.0
"""Seconds for a worker to do a step."""

Connect = Callable[[], Awaitable[Client]]
"""Gives the client, where Temporal has to be asked."""

_MOST_AT_ONCE = 50
_RPC_LIMIT = timedelta(seconds=10)
_LEAST_URGENT = Priority(priority_key=5)


async def start_wanted(client: Client, records: RecordStore, task_queue: str) -> int:
    """Start the runs that are to be started; how many were tried.

    Each is tried until it has written itself: to start it twice changes nothing. One that cannot
    be encrypted now does not keep the others back.
    """
    wanted = await asyncio.to_thread(records.reviews.to_start, _MOST_AT_ONCE)
    for review in wanted:
        try:
            await start(client, review, task_queue)
        except EncryptionError as unreadable:
            _log.warning("the review of %s begins later: %s", review.incident_id, unreadable)
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


def changed_event(review: Review, by: str, what: str) -> AuditEvent:
    """What the audit log says of a step, or of that somebody asked for the review."""
    detail = f"episode {review.episode}: {what}"
    return AuditEvent(AuditKind.REVIEW_CHANGED, by=by, subject=review.incident_id, detail=detail)


def sections_of(policy: Policy, records: RecordStore, review: Review) -> list[ShownSection]:
    """The sections of the policy, in its order, and those with texts that it has no more."""
    versions = records.review_texts.versions(review.incident_id, review.episode)
    sections = [
        ShownSection(
            key=key,
            title=section.title,
            question=section.question,
            versions=tuple(versions.pop(key, ())),
        )
        for key, section in policy.reviews.sections.items()
    ]
    sections += [
        ShownSection(key=key, title=key, question="", versions=tuple(texts))
        for key, texts in versions.items()
    ]
    return sections


def missing(policy: Policy, sections: Iterable[ShownSection]) -> tuple[str, ...]:
    """The titles of the policy's sections that neither say something nor are not applicable."""
    return tuple(
        section.title
        for section in sections
        if section.key in policy.reviews.sections
        and not (section.latest and section.latest.says_something)
    )


async def write(
    records: RecordStore, policy: Policy, review: Review, section: str, new: NewText, by: str
) -> TextVersion:
    """Write a new version of a section.

    Raises:
        Invalid: there is no such section, or nothing is written.
        Refused: the review is closed, or somebody wrote it meanwhile.
    """
    if section not in policy.reviews.sections:
        known = ", ".join(policy.reviews.sections)
        raise Invalid(f"there is no section {section!r}; there are: {known}")
    if review.state is ReviewState.WANTED:
        raise Refused("it has no draft yet: try again in a moment")
    if review.closed_at:
        raise Refused(f"{review.closed_by} has closed it: reopen it first")
    if not new.text.strip() and not new.not_applicable:
        raise Invalid("text: write something, or mark the section as not applicable")
    written = await asyncio.to_thread(
        functools.partial(
            records.review_texts.write,
            review.incident_id,
            review.episode,
            section,
            by=by,
            text="" if new.not_applicable else new.text,
            not_applicable=new.not_applicable,
            instead_of=new.instead_of,
        )
    )
    if written is None:
        raise Refused("somebody else has written this section meanwhile: look at what they wrote")
    return written


async def do_asked(
    connect: Connect,
    policy: Policy,
    records: RecordStore,
    review: Review,
    asked: StepAsked,
    at: datetime,
) -> Review:
    """As `do_step`, for a step as somebody asks for it.

    Invalid: also for a field that is wrong.
    """
    try:
        step = step_of(policy.reviews, asked, at)
    except ValueError as wrong:
        raise Invalid(str(wrong)) from None
    return await do_step(connect, policy, records, review, step, at)


async def do_step(
    connect: Connect, policy: Policy, records: RecordStore, review: Review, step: Any, at: datetime
) -> Review:
    """Do one of the steps of `review_steps`; the review after it.

    Raises:
        Invalid: the policy has no such owner.
        Refused: it makes no sense now; says why.
        NoSuchIncident: it was erased meanwhile.
        NoAnswer: no worker answered; it may be done later.
    """
    owner = getattr(step, "owner", "")
    if owner and owner not in policy.people:
        raise Invalid(f"owner: {no_such('person', owner, policy.people)}")
    if isinstance(step, CloseReview) and not review.closed_at:
        sections = await asyncio.to_thread(sections_of, policy, records, review)
        if lacks := missing(policy, sections):
            raise Refused(
                f"these sections say nothing yet: {', '.join(lacks)}; write them, or mark them as "
                "not applicable"
            )
    if review.state is ReviewState.OVER:
        return await _begin_again(records, review, step, at)
    return await _update(await connect(), review, step)


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
