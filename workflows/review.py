"""The review of one episode that has closed, one durable workflow."""

import asyncio
from contextlib import suppress

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.activity_options import KEEP_REVIEW, TELL

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from activities.requests import News, NextReminder
    from activities.reviews import ReviewActivities
    from standfast.incidents import names
    from standfast.incidents.review import Review, ReviewState
    from standfast.incidents.review_steps import (
        ReviewStep,
        StepRefused,
        not_told,
        reminded,
        stepped,
    )
    from workflows.details import review_details

_WITH_THE_CURRENT_BUILD = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE


@workflow.defn(name=names.REVIEW_WORKFLOW)
class ReviewWorkflow:
    """A review from its draft until each of its action items is settled."""

    @workflow.init
    def __init__(self, review: Review) -> None:
        """Go on from this state: a new one, or that of a run before."""
        self.review = review
        self.reminder: NextReminder | None = None
        self._written = -1
        self._is_another_runs = False
        self._telling: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, review: Review) -> Review:
        """A draft; then it is written and closed, and its action items are done or dropped."""
        if review.state is ReviewState.WANTED:
            await self.draft()
        while await self.keep():
            if not self.is_written:
                continue  # somebody did something meanwhile
            await self.continue_as_new_if_due()
            if self.review.state is ReviewState.OVER:
                if await self.all_is_written():
                    break
            elif self.reminder and self.reminder.at <= workflow.now():
                self.remind(self.reminder)
            else:
                await self.until_a_step_or_a_reminder()
        await workflow.wait_condition(self.nothing_is_under_way)
        return self.review

    async def draft(self) -> None:
        """The first version of what its sections say, by the record."""
        made = await workflow.execute_activity_method(
            ReviewActivities.draft, self.review, **_saying("draft it", KEEP_REVIEW)
        )
        drafted = {"owner": made.owner, "due": made.due, "revision": self.review.revision + 1}
        self.review = self.review.model_copy(update=drafted)

    async def keep(self) -> bool:
        """Write how far it is, and learn who is told next; False where this run is to end."""
        review = self.review
        kept = await workflow.execute_activity_method(
            ReviewActivities.keep, review, **_saying(f"keep it: {review.state}", KEEP_REVIEW)
        )
        self._written, self.reminder = review.revision, kept.reminder
        self._is_another_runs = not kept.stands
        told_at = kept.reminder.at if kept.reminder else None
        workflow.set_current_details(review_details(self.review, told_at))  # costs no event
        return kept.stands

    @property
    def is_written(self) -> bool:
        """Whether the record store has it as it is."""
        return self._written >= self.review.revision

    async def until_a_step_or_a_reminder(self) -> None:
        """Wait for people, or until somebody is to be reminded; who that is, is looked up then."""
        timeout, summary = None, "a step of somebody"
        if self.reminder:
            timeout = self.reminder.at - workflow.now()
            who = {message.recipient for message in self.reminder.news.messages}
            summary = f"until {' and '.join(sorted(who))} are reminded"
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: not self.is_written, timeout=timeout, timeout_summary=summary[:200]
            )

    def remind(self, reminder: NextReminder) -> None:
        """Have who is to be told be told, beside what else is done: it may take some minutes."""
        self.review = reminded(self.review, reminder.items, workflow.now())
        telling = asyncio.create_task(self._tell(reminder.news))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, news: News) -> None:
        """Tell them; whom that did not reach is on the review."""
        try:
            told = await workflow.execute_activity_method(
                NotificationActivities.tell, news, **_saying("remind them", TELL)
            )
            problems = tuple(
                f"{each.recipient}: {each.problem}" for each in told.told.values() if each.problem
            )
        except ActivityError as failed:
            cause = failed.cause
            problems = (cause.message if isinstance(cause, ApplicationError) else str(failed),)
        self.review = not_told(self.review, problems)

    def nothing_is_under_way(self) -> bool:
        """Whether each step is answered, and whoever was to be told is."""
        return workflow.all_handlers_finished() and not self._telling

    async def all_is_written(self) -> bool:
        """Wait for what is under way; False where that is to be written first."""
        await workflow.wait_condition(lambda: self.nothing_is_under_way() or not self.is_written)
        return self.is_written

    async def continue_as_new_if_due(self) -> None:
        """Go on in a new run before this one is too long, or where another build is current now.

        A review is open for months: no build has to be kept for it.
        """
        info = workflow.info()
        due = (
            info.is_continue_as_new_suggested()
            or info.is_target_worker_deployment_version_changed()
        )
        if due and await self.all_is_written():
            workflow.continue_as_new(
                self.review, initial_versioning_behavior=_WITH_THE_CURRENT_BUILD
            )

    @workflow.update(name=names.REVIEW_STEP, description="What a person does with the review")
    async def step(self, step: ReviewStep) -> Review:
        """Do it; answers when it is on record."""
        try:
            self.review = stepped(self.review, step, workflow.now())
        except StepRefused as refused:
            raise ApplicationError(str(refused), type="Refused", non_retryable=True) from None
        wanted = self.review.revision
        await workflow.wait_condition(lambda: self._written >= wanted or self._is_another_runs)
        if self._is_another_runs:
            said = "it was erased, or goes on elsewhere, and this was not done: look again"
            raise ApplicationError(said, type="Refused", non_retryable=True)
        return self.review

    @step.validator
    def _step(self, step: ReviewStep) -> None:
        try:
            stepped(self.review, step, workflow.now())
        except StepRefused as refused:
            raise ApplicationError(str(refused), type="Refused", non_retryable=True) from None


def _saying(summary: str, how: workflow.ActivityConfig) -> workflow.ActivityConfig:
    """Run it so, with these words for the Temporal UI, and after what incidents need."""
    said = workflow.ActivityConfig(summary=summary, priority=Priority(priority_key=5))
    return {**how, **said}
