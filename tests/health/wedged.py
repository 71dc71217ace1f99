"""Incidents that are stuck on purpose, and the watchdog of a story."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from standfast.health.finder import ScanResult
from standfast.health.notices import Notices
from standfast.health.repair import Repairer
from standfast.health.watchdog import Watchdog
from standfast.hosting.build import code_id
from standfast.hosting.watchdog import build_finder, build_repairer
from standfast.hosting.wiring import build_activities
from standfast.incidents import names
from standfast.incidents.actions import Action, ActionResult, Comment
from standfast.incidents.record import ClosedIncident
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.kinds.kind import KindContext
from standfast.notification.ledger import DeliveryLedger
from standfast.records.findings import NoticeLimits
from standfast.records.store import RecordStore
from tests.hosting.changed_flow import ChangedWorkflow
from tests.stories.desk import Desk, until
from workflows.case import Case
from workflows.incident import IncidentWorkflow

AT_ONCE = NoticeLimits(at_most_every=timedelta(0), settled_after=timedelta(0))

OTHER_CODE = "1@elsewhere code=0123456789ab"
OUR_CODE = f"1@elsewhere code={code_id()}"


@workflow.defn(name=names.WORKFLOW)
class BuggyWorkflow(IncidentWorkflow):
    """The workflow with a bug in what a comment does."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> ClosedIncident:
        """As before."""
        return await super().run(case)

    @workflow.update(name=Action.COMMENT.value)
    async def update_comment(self, action: Comment) -> ActionResult:
        """What it cannot do."""
        raise ValueError("nobody thought of that")


@contextlib.asynccontextmanager
async def changed_worker(
    desk: Desk, identity: str, changed: type = ChangedWorkflow
) -> AsyncIterator[None]:
    """A worker of the changed workflow, for the desk's incidents."""
    with ThreadPoolExecutor(5) as threads:
        worker = Worker(
            desk.client,
            task_queue=desk.task_queue,
            workflows=[changed],
            activities=build_activities(desk.policy, desk.records, data=desk.place),
            workflow_runner=UnsandboxedWorkflowRunner(),
            identity=identity,
            activity_executor=threads,
            max_concurrent_activities=5,
        )
        async with worker:
            yield


@contextlib.contextmanager
def nobody_works(desk: Desk) -> Iterator[Desk]:
    """The desk while no worker of ours runs: its record store is open."""
    records = RecordStore(f"sqlite:///{desk.place}/records.db")
    yield Desk(desk.env, desk.task_queue, desk.policy, records, desk.sink, desk.place)
    records.close()


def watchdog(
    desk: Desk, pace: NoticeLimits = AT_ONCE, operators: tuple[str, ...] = ("max",)
) -> Watchdog:
    """A worker's watchdog that tells these people."""
    delivery = MessageDelivery(
        desk.policy,
        Channels(desk.policy, KindContext(desk.place / "outbox.jsonl")),
        DeliveryLedger(desk.policy, desk.records),
    )
    return Watchdog(
        build_finder(desk.client, desk.records, desk.task_queue),
        repairer(desk),
        Notices(desk.records.findings, lambda: operators, delivery.deliver, pace),
        lambda kind, count: None,
    )


def repairer(desk: Desk) -> Repairer:
    """What resets the desk's runs."""
    return build_repairer(desk.client, desk.records)


async def flagged(desk: Desk, runs: int = 1) -> None:
    """Wait until the server has flagged so many of the desk's runs."""
    query = (
        f"{names.RUNNING} "
        f'AND TaskQueue = "{desk.task_queue}" AND {names.REPORTED_PROBLEMS.name} IS NOT NULL'
    )

    async def are() -> bool:
        return (await desk.client.count_workflows(query)).count == runs

    await until(f"{runs} runs are flagged", are)


async def looks_until_nothing_is_found(dog: Watchdog) -> ScanResult:
    """Look again and again until everything is well."""

    async def well() -> ScanResult | None:
        scan = await dog.scan()
        return None if scan.findings else scan

    return await until("nothing is found any more", well)
