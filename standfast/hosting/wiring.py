"""The composition root: the list of activities, and the worker that runs them."""

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from activities.assessment import AssessmentActivities
from activities.assignment import AssignmentActivities
from activities.closure import ClosureActivities
from activities.notification import NotificationActivities
from activities.remediation import RemediationActivities
from activities.reviews import ReviewActivities
from activities.verification import VerificationActivities
from standfast.decisions.reviews import review_wanted
from standfast.hosting.build import code_id, worker_identity
from standfast.hosting.builds import deployment_of
from standfast.hosting.incident_worker import incident_worker
from standfast.hosting.links import message_links
from standfast.hosting.projector import Projector
from standfast.hosting.push_key import push_sender
from standfast.hosting.settings import Settings, Versioning
from standfast.logs import searching
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.kinds.kind import KindContext
from standfast.notification.ledger import DeliveryLedger
from standfast.notification.rendering import NO_LINKS, Links
from standfast.notification.web_push import PushSender
from standfast.on_call.assigner import Assigner
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy_file.source import PolicySource
from standfast.probes import system_tests
from standfast.records.store import RecordStore
from standfast.runbooks.remediation import Remediation

_WORKFLOW_TASKS = 8
"""At once, in a process. They are all computing, so more would only wait here, where the urgent do
not come first as they do on the server."""

_CACHED_WORKFLOWS = 2_000
"""Open incidents that a process keeps in memory; beyond that, one is replayed for its next task."""


def build_activities(
    policy: PolicySource,
    records: RecordStore,
    *,
    data: Path,
    links: Links = NO_LINKS,
    public_url: str = "",
    push: Callable[[], PushSender] | None = None,
) -> list[Callable[..., Any]]:
    """Every activity of the workflow, with its dependencies.

    `data` is the directory for the file of the channel `outbox://` and for what runbooks write;
    `public_url` is where the world reaches the API, empty for nowhere; `push` gives what sends to
    browsers.
    """
    calendars = Calendars(policy, data / "calendars")
    assigner = Assigner(policy, records, calendars)
    assignment = AssignmentActivities(policy, assigner)
    assessment = AssessmentActivities(policy, records, assigner)
    delivery = MessageDelivery(
        policy,
        Channels(
            policy,
            KindContext(data / "outbox.jsonl", records=records, public_url=public_url, push=push),
        ),
        DeliveryLedger(policy, records),
        links,
    )
    reviews = ReviewActivities(policy, records, OnCallSchedules(records, calendars).dated_shifts)
    notification = NotificationActivities(delivery, reviews.as_it_is_now)
    remediation = RemediationActivities(Remediation(policy, records, data / "runbooks"))
    verification = VerificationActivities(policy, system_tests.run, searching.search)
    closure = ClosureActivities(
        records,
        delivery,
        policy.hours_of,
        lambda view: review_wanted(policy.current().reviews, view),
    )
    return [
        assessment.assess,
        assessment.judge,
        assessment.reprioritise,
        remediation.remediate,
        assignment.assign,
        assignment.reassign,
        assignment.delegate,
        notification.notify,
        notification.tell,
        notification.forget,
        verification.gather_evidence,
        closure.close,
        closure.archive_timeline,
        reviews.draft,
        reviews.keep,
    ]


@asynccontextmanager
async def build_worker(
    client: Client,
    settings: Settings,
    activities: Sequence[Callable[..., Any]],
    *,
    projector: Projector | None = None,
    evict_after_queries: bool = True,
) -> AsyncIterator[Worker]:
    """A worker for the settings' task queue, not running yet, with its thread pool.

    The rest is as for `incident_worker`.
    """
    most = settings.max_activities
    with ThreadPoolExecutor(max_workers=most, thread_name_prefix="activity") as threads:
        yield incident_worker(
            client,
            activities,
            task_queue=settings.task_queue,
            projector=projector,
            evict_after_queries=evict_after_queries,
            activity_executor=threads,
            max_concurrent_activities=most,
            max_concurrent_workflow_tasks=_WORKFLOW_TASKS,
            max_cached_workflows=_CACHED_WORKFLOWS,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            graceful_shutdown_timeout=settings.grace,
            identity=worker_identity(),
            deployment_config=_deployment(settings),
        )


@asynccontextmanager
async def worker_on(
    client: Client, settings: Settings, policy: PolicySource, records: RecordStore, link: str
) -> AsyncIterator[Worker]:
    """A worker as it runs in service, not running yet.

    link: where responders see an incident, with `{incident}` for its id; empty for nowhere.

    Raises:
        HostingError: no key for the answers of reporters can be had.
    """
    activities = build_activities(
        policy,
        records,
        data=settings.data_dir,
        links=message_links(settings, link),
        public_url=settings.public_url or "",
        push=partial(push_sender, settings),
    )
    with Projector(records.projections) as projector:
        async with build_worker(client, settings, activities, projector=projector) as worker:
            yield worker


_BEHAVIOUR = {
    Versioning.PINNED: VersioningBehavior.PINNED,
    Versioning.AUTO_UPGRADE: VersioningBehavior.AUTO_UPGRADE,
}


def _deployment(settings: Settings) -> WorkerDeploymentConfig:
    build_id = settings.build_id
    version = WorkerDeploymentVersion(deployment_of(settings.task_queue), build_id or code_id())
    if not build_id:
        return WorkerDeploymentConfig(version, use_worker_versioning=False)
    return WorkerDeploymentConfig(
        version,
        use_worker_versioning=True,
        default_versioning_behavior=_BEHAVIOUR[settings.versioning],
    )
