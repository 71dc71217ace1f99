"""Builds the watchdog of a worker, and its parts for commands that scan or repair without one."""

from datetime import UTC, datetime

from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standfast.health.finder import Finder
from standfast.health.notices import Notices
from standfast.health.operators import operators
from standfast.health.repair import Repairer
from standfast.health.review_finder import ReviewFinder
from standfast.health.watchdog import Measure, Watchdog
from standfast.hosting.build import built_by, code_id
from standfast.hosting.kind_context import kind_context
from standfast.hosting.settings import Settings
from standfast.incidents import names
from standfast.lookup.lookup import Lookup
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.ledger import DeliveryLedger
from standfast.notification.rendering import Links
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from workflows.registered import WORKFLOWS


def build_finder(
    client: Client, records: RecordStore, task_queue: str, up_since: datetime | None = None
) -> Finder:
    """The finder for the open incidents and reviews of a task queue."""
    return Finder(
        client,
        records.projections,
        Lookup(client, records),
        ReviewFinder(client, records.reviews),
        task_queue,
        up_since=up_since,
    )


def build_repairer(client: Client, records: RecordStore) -> Repairer:
    """The repairer of stuck runs, with this code."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=client.data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
        runtime=client.service_client.config.runtime,
    )
    return Repairer(client, records, replayer, code_id(), built_by)


def build_watchdog(
    client: Client, settings: Settings, policy: PolicySource, records: RecordStore, link: str = ""
) -> Watchdog:
    """The watchdog of a worker that starts now; `link` as for `worker_on`."""
    schedules = OnCallSchedules(records, Calendars(policy, settings.data_dir / "calendars"))
    delivery = MessageDelivery(
        policy,
        Channels(policy, kind_context(settings, records)),
        DeliveryLedger(policy, records),
        Links(incident=link),
    )
    notices = Notices(
        records.findings,
        lambda: operators(policy.current(), schedules, datetime.now(UTC)),
        delivery.deliver,
    )
    return Watchdog(
        build_finder(client, records, settings.task_queue, up_since=datetime.now(UTC)),
        build_repairer(client, records),
        notices,
        _gauge(client),
    )


def _gauge(client: Client) -> Measure:
    runtime = client.service_client.config.runtime or Runtime.default()
    gauge = runtime.metric_meter.create_gauge(
        names.FINDINGS, "Open incidents and reviews with a finding of the watchdog"
    )
    return lambda kind, count: gauge.set(count, {"kind": str(kind)})
