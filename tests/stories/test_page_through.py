"""What a person must look at reaches one, whatever becomes of the incident meanwhile."""

from datetime import timedelta

from temporalio import workflow
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from standfast.incidents.report import Report
    from standfast.notification.channels import Channels
    from standfast.notification.delivery import MessageDelivery
    from standfast.notification.ledger import DeliveryLedger
    from tests.stories.desk import Desk, until
    from workflows.paging import Paging
    from workflows.state import Case
    from workflows.timeouts import PAUSES_OF_A_PAGE


@workflow.defn
class Looking(Paging):
    """Has somebody look, and closes, as the incident does."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> list[str]:
        async with self.unless_withdrawn():
            await self.page_through(["ana", "ben"], "Step 2 could not be undone.")
            self.note("flow_goes_on")
        await workflow.wait_condition(lambda: not self.in_background)
        return [entry.event for entry in self.state.timeline]

    @workflow.signal
    def withdraw(self) -> None:
        self.state.withdrawn = True
        self.stop_paging()
        self.cut_short()

    @workflow.signal
    def acknowledge(self) -> None:
        self.stop_paging()


async def _story(desk: Desk, signal: str) -> list[str]:
    """Ana is out of reach when the signal comes; after all her tries it is Ben's turn."""
    desk.sink.answer("/ana", 500)
    delivery = MessageDelivery(
        desk.policy,
        Channels(desk.policy, desk.place / "outbox.jsonl"),
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
        almost_all = sum(PAUSES_OF_A_PAGE, timedelta(seconds=-1))
        await desk.env.fast_forward(handle, almost_all)
        return await handle.result()


async def test_withdrawing_does_not_stop_it(desk: Desk) -> None:
    assert await _story(desk, "withdraw") == ["not_reached", "look_sent"]
    assert desk.pages_to("ben")[0].startswith("Please look: Printer press is dead")


async def test_acknowledging_does_not_stop_it_and_the_flow_waits_for_it(desk: Desk) -> None:
    assert await _story(desk, "acknowledge") == ["not_reached", "look_sent", "flow_goes_on"]
