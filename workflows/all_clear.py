"""The all clear: whoever was paged hears who has it, and when it is over."""

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.activity_options import TELL
from workflows.episode import Episode, cause_of
from workflows.flow import StartInBackground
from workflows.messages import Messages, owners_of

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from activities.requests import News
    from standfast.incidents.closing import entry_of
    from standfast.incidents.notification import Audience, Notification, Purpose

GIVES_ALL_CLEAR = "tells whoever was paged that it is taken, and over"
"""The patch since when there is an all clear.

For incidents that were open when this came (30 November 2026), since the changelog says that they
go on. From 0.2.0 on, `workflow.deprecate_patch` takes its place.
"""


class AllClear:
    """Tells whoever was paged. Where only one person was, and takes it, there is nobody to tell."""

    def __init__(
        self, episode: Episode, messages: Messages, start_in_background: StartInBackground
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._messages = messages
        self._start_in_background = start_in_background

    def taken(self, by: str) -> None:
        """Somebody has it now."""
        people = [person for person in self._state.reached if person != by]
        self._tell(people, Purpose.TAKEN, f"{by} has it", self._episode.now)

    def came_too_late(self, page: Notification) -> None:
        """A page was on its way when somebody took it, and has reached its recipient after all."""
        owner = self._state.acknowledged_by
        is_news = bool(owner) and page.recipient != owner and not self._state.resolution
        if page.purpose is Purpose.PAGE and is_news:
            self._tell([page.recipient], Purpose.TAKEN, f"{owner} has it", self._episode.now)

    def over(self, by: str, why: str) -> None:
        """Somebody, or a monitor, has resolved it; who has it hears that when it closes."""
        people = self._not_told(by, self._state.acknowledged_by)
        self._state.told_it_is_over += people
        self._tell(people, Purpose.OVER, why)

    def how_it_ended(self, why: str, to_reporters: str) -> tuple[Notification, ...]:
        """The news for the reporter, the owner, whoever else was paged, and the followers.

        An owner who has not heard of it, since it was quiet all the time, does not hear of its end.
        """
        state = self._state
        owners = owners_of(state)[:1] if state.notified or state.acknowledged_by else []
        if not state.acknowledged_by:
            owners = [person for person in owners if person not in state.told_it_is_over]
        people = dict.fromkeys((*owners, *self._not_told()))
        recipients = [(person, Audience.PERSON) for person in people]
        if state.report.reporter and not state.report.by_monitor:
            recipients.insert(0, (state.report.reporter, Audience.REPORTER))
        recipients += [(person, Audience.REPORTER) for person in state.followers]
        step = self._messages.next_step(Purpose.TELL)
        return tuple(
            self._messages.message(step, attempt, Purpose.TELL, person, to_reporters, audience)
            if audience is Audience.REPORTER
            else self._messages.message(
                step,
                attempt,
                Purpose.OVER,
                person,
                why,
                through=self._state.reached_through(person),
            )
            for attempt, (person, audience) in enumerate(recipients, start=1)
        )

    def _not_told(self, *but: str) -> list[str]:
        """Who was paged and has not heard that it is over, but for these."""
        told = (*self._state.told_it_is_over, *but)
        return [person for person in self._state.reached if person not in told]

    def _tell(
        self, people: Sequence[str], purpose: Purpose, why: str, since: datetime | None = None
    ) -> None:
        """Tell each of them, in one activity for all. since: when it happened, where that is told.

        No activity, and no mark of the patch, where nobody is to be told.
        """
        if not people or not workflow.patched(GIVES_ALL_CLEAR):
            return
        step = self._messages.next_step(purpose)
        messages = [
            self._messages.message(
                step,
                attempt,
                purpose,
                person,
                why,
                through=self._state.reached_through(person),
                happened_at=since,
            )
            for attempt, person in enumerate(people, start=1)
        ]
        self._start_in_background(self._tell_all(News.of(messages)))

    async def _tell_all(self, news: News) -> None:
        """Send it; the timeline says who got it and who did not."""
        purpose = news.first.purpose
        names = " and ".join(message.recipient for message in news.messages)
        try:
            sent = await self._episode.run_activity(
                NotificationActivities.tell, news, TELL, f"{purpose}: tell {names}"[:200]
            )
        except ActivityError as failed:
            self._episode.note("not_told", detail=f"{purpose}: {cause_of(failed)}")
            return
        for told in sent.told.values():
            event, detail = entry_of(told)
            self._episode.note(event, detail=detail, person=told.recipient, why=purpose)
