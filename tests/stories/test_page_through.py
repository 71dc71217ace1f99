"""What a person must look at reaches one, whatever becomes of the incident meanwhile."""

from datetime import timedelta

from temporalio import workflow
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from standfast.incidents.report import Report
    from standfast.notification.channels import Channels
    from standfast.notification.delivery import MessageDelivery
    from standfast.notification.kinds.kind import KindContext
    from standfast.notification.ledger import DeliveryLedger
    from tests.stories.desk import Desk, until
    from workflows.activity_options import PAGE_RETRY_DELAYS
    from workflows.case import Case
    from workflows.clocks import IncidentClocks
    from workflows.episode import Episode
    from workflows.flow import Flow
    from workflows.notifications import Notifications


@workflow.defn
class Looking:
    """Has somebody look, and closes, as the incident does."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.episode = Episode(case)
        self.flow = Flow(self.episode, IncidentClocks(self.episode), before_each_wait=lambda: None)
        self.notifications = Notifications(self.episode, self.flow.start_in_background)

    @workflow.run
    async def run(self, case: Case) -> list[str]:
        async with self.flow.cancellable():
            await self.notifications.page_until_reached(
                ["ana", "ben"], "Step 2 could not be undone."
            )
            self.episode.note("flow_goes_on")
        await self.flow.background_ended()
        return [entry.event for entry in self.episode.state.timeline]

    @workflow.signal
    def withdraw(self) -> None:
        self.episode.state.withdrawn = True
        self.notifications.stop_paging()
        self.flow.cancel()

    @workflow.signal
    def acknowledge(self) -> None:
        self.notifications.stop_paging()


async def _story(desk: Desk, signal: str) -> list[str]:
    """Ana is out of reach when the signal comes; after all her tries it is Ben's turn."""
    desk.sink.answer("/ana", 500)
    delivery = MessageDelivery(
        desk.policy,
        Channels(desk.policy, KindContext(desk.place / "outbox.jsonl")),
        DeliveryLedger(desk.policy, desk.records),
    )
    notify = NotificationActivities(delivery).notify
    task_queue = f"looking-{desk.place}"
    worker = Worker(desk.client, task_queue=task_queue, workflows=[Looking], activities=[notify])
    async with worker:
        handle = await desk.client.start_workflow(
            Looking.run,
            Case(report=Report(title="Printer press is dead")),
            id=task_queue,
            task_queue=task_queue,
        )

        async def ana_was_tried() -> bool:
            return any(request.path.startswith("/ana") for request in desk.sink.requests)

        await until("Ana is tried", ana_was_tried)
        await handle.signal(signal)
        almost_all = sum(PAGE_RETRY_DELAYS, timedelta(seconds=-1))
        await desk.env.fast_forward(handle, almost_all)
        return await handle.result()


async def test_withdrawing_does_not_stop_it(desk: Desk) -> None:
    assert await _story(desk, "withdraw") == ["not_reached", "look_sent"]
    assert desk.pages_to("ben")[0].startswith("P3 Printer press is dead. Please check")


async def test_acknowledging_does_not_stop_it_and_the_flow_waits_for_it(desk: Desk) -> None:
    assert await _story(desk, "acknowledge") == ["not_reached", "look_sent", "flow_goes_on"]
