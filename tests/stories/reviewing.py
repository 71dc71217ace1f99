"""The review of an incident, as the people of a story see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle

from standfast.incidents.ids import review_id
from standfast.incidents.review import Review, ReviewState
from standfast.incidents.review_steps import STEP
from standfast.intake.reviewing import do_step, start_wanted
from tests.stories.desk import Desk, Ticket, until
from tests.stories.paths import PATHS

REVIEWED = {"reviews": {"priorities": ["P1", "P2", "P3", "P4", "P5"]}}
SECTIONS = ("went_well", "luck", "changes")
"""Those without a draft."""


class Reviewing:
    """The review of an incident's first episode, as the people of a story see it."""

    def __init__(self, desk: Desk, incident_id: str) -> None:
        self.desk, self.incident_id = desk, incident_id
        self.handle: WorkflowHandle[Any, Review] = desk.client.get_workflow_handle(
            review_id(incident_id, 1), result_type=Review
        )
        # Only its waits are used.
        self.ticket = Ticket(desk, self.handle)  # type: ignore[arg-type]

    async def begins(self) -> Review:
        """A worker starts it, trying again until it has written itself."""

        async def begun() -> bool:
            await start_wanted(self.desk.client, self.desk.records, self.desk.task_queue)
            return not self.desk.records.reviews.to_start(9)

        await until(f"the review of {self.incident_id} begins", begun)
        return await self.becomes(ReviewState.WRITING)

    async def becomes(self, state: ReviewState) -> Review:
        async def there() -> Review | None:
            review = self.now()
            return review if review.state is state else None

        return await until(f"the review of {self.incident_id} is {state}", there)

    def now(self) -> Review:
        review = self.desk.records.reviews.get(self.incident_id, 1)
        assert review
        return review

    async def does(self, do: str, by: str = "ana", **fields: Any) -> Review:
        """Somebody does a step."""
        step = STEP.validate_python({"do": do, "by": by, **fields})
        policy, at = self.desk.policy.current(), datetime.now(UTC)

        async def connected() -> Client:
            return self.desk.client

        return await do_step(connected, policy, self.desk.records, self.now(), step, at)

    async def shown_by_temporal(self) -> str:
        """The current details of its run, as Temporal's UI has them."""
        told = await self.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(told.current_details)

    async def settles(self) -> None:
        await self.ticket.settles()

    async def wait(self, **span: float) -> None:
        await self.settles()
        await self.ticket.wait(**span)
        await self.settles()

    def writes(self, *sections: str) -> None:
        for section in sections:
            self.desk.records.review_texts.write(
                self.incident_id, 1, section, by="ana", text=f"about {section}"
            )

    def messages_to(self, people: str) -> list[str]:
        """What these people were told of reviews, title by title."""
        told = [each for person in people.split() for each in self.desk.pages_to(person)]
        return [each for each in told if "review of" in each]

    async def told(self, people: str, times: int) -> list[str]:
        """Wait until they were told so often."""

        async def titles() -> list[str] | None:
            found = self.messages_to(people)
            return found if len(found) >= times else None

        return await until(f"{people} is told {times} times", titles)


async def reviewed(desk: Desk) -> Ticket:
    """An incident is closed, its review is written and closed, and its action item is done."""
    desk.amend(**REVIEWED)
    review = Reviewing(desk, (await PATHS["human"](desk)).id)
    await review.begins()
    await review.told("ana", 1)
    review.writes(*SECTIONS)
    due = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    await review.does("add_action", title="bigger cache", owner="ben", due=due)
    await review.does("assign", owner="lea")
    await review.wait(minutes=6)
    await review.told("ben", 1)
    await review.does("close", by="lea")
    await review.wait(days=61)
    await review.told("ben", 2)
    await review.does("change_action", by="ben", id=1, state="done", note="512 MB")
    await review.handle.result()
    return review.ticket
