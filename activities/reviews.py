"""Reviews: the draft, and writing how far one is, which says who is reminded next."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import tried_again_after
from activities.requests import Drafted, KeptReview, News, NextReminder
from standfast.decisions.review_draft import drafted
from standfast.decisions.reviews import (
    Reminder,
    owner_of,
    reminders,
    told_of_delay,
    words_of,
)
from standfast.incidents.assessment import Priority
from standfast.incidents.confidentiality import TITLE
from standfast.incidents.correction import corrected
from standfast.incidents.ids import episode_of, idempotency_key
from standfast.incidents.notification import Notification, Purpose
from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review, ReviewState
from standfast.incidents.schedule import DatedShifts
from standfast.records.errors import RecordsUnavailable
from standfast.time.working_time import opens_next

if TYPE_CHECKING:
    from standfast.policy import Policy
    from standfast.policy_file.source import PolicySource
    from standfast.records.store import RecordStore

_STEP = "review-"
"""Begins the step in the keys of what reviews tell."""

_SECRET, _SIGN_IN = f" ({TITLE.lower()})", "Sign in to see it."

TOGETHER = timedelta(hours=1)
"""Reminders that come within this time are one message to each person."""


class ReviewActivities:
    """Decides by the policy that is in force now, and writes to the record store."""

    def __init__(
        self,
        policy: "PolicySource",
        records: "RecordStore",
        dated_shifts: "Callable[[Policy, Collection[str], datetime], DatedShifts]",
    ) -> None:
        """`dated_shifts` are overrides and calendars of these teams at a moment."""
        self._policy = policy
        self._records = records
        self._dated_shifts = dated_shifts

    @activity.defn(name="draft_review", no_thread_cancel_exception=True)
    def draft(self, review: Review) -> Drafted:
        """Write the first version of each section; who is to go on, until when. What people have
        written stays.
        """
        policy = self._policy.current()
        with tried_again_after(RecordsUnavailable):
            view = self._records.incidents.get(review.incident_id, review.episode)
            if view:
                sections = list(policy.reviews.sections)
                texts = drafted(corrected(view), view.timeline, sections)
                self._records.review_texts.draft(review.incident_id, review.episode, texts)
        owner = review.owner or (owner_of(policy, view) if view else "")
        hours = policy.hours_of((view.team if view else "") or "", _now())
        return Drafted(owner=owner, due=opens_next(hours, _now() + policy.reviews.due_within))

    @activity.defn(name="keep_review", no_thread_cancel_exception=True)
    def keep(self, review: Review) -> KeptReview:
        """Write how far it is; who is told next of what."""
        with tried_again_after(RecordsUnavailable):
            if not self._records.reviews.keep(review):
                return KeptReview(stands=False)
            view = self._records.incidents.get(review.incident_id, review.episode)
        if view is None or review.state in (ReviewState.WANTED, ReviewState.OVER):
            return KeptReview(stands=view is not None)
        policy = self._policy.current()
        due = reminders(policy, view.team or "", review, _now())
        if not due:
            return KeptReview(stands=True)
        first = due[0].at
        together = [each for each in due if each.at <= first + TOGETHER]
        messages = [*self._messages(policy, view, review, together)]
        items = tuple(each.item for each in together)
        reminder = NextReminder(at=first, items=items, news=News.of(messages))
        return KeptReview(stands=True, reminder=reminder)

    def as_it_is_now(self, reminder: Notification) -> Notification:
        """A reminder, which says nothing of an incident that was made confidential since it was
        put into words. Other messages stay as they are.

        Raises:
            RecordsUnavailable: it is not known.
        """
        if f":{_STEP}" not in reminder.key or reminder.title.endswith(_SECRET):
            return reminder
        episode = episode_of(reminder.key)
        view = self._records.incidents.get(reminder.incident_id, episode)
        if view is None or not view.confidential:
            return reminder
        title = f"{reminder.title.partition(': ')[0]}{_SECRET}"
        return reminder.model_copy(update={"title": title, "body": _SIGN_IN})

    def _messages(
        self, policy: "Policy", view: IncidentView, review: Review, due: list[Reminder]
    ) -> Iterator[Notification]:
        """A message to each owner, and to who is told where something is late or has no owner."""
        told: dict[str, list[Reminder]] = {}
        manager = ""
        for each in due:
            if each.owner:
                told.setdefault(each.owner, []).append(each)
            if each.late or not each.owner:
                manager = manager or self._told_of_delay(policy, view.team or "", each.at)
                if manager != each.owner:
                    told.setdefault(manager, []).append(each)
        step = f"{_STEP}{review.messages + 1}"
        for number, (person, theirs) in enumerate(told.items(), start=1):
            title, body = _words(view, review, person, theirs)
            yield Notification(
                key=idempotency_key(view.incident_id, view.episode, step, number),
                incident_id=view.incident_id,
                purpose=Purpose.TELL,
                recipient=person,
                priority=view.priority or Priority.P5,
                title=title,
                body=body,
                team=view.team or "",
            )

    def _told_of_delay(self, policy: "Policy", team: str, at: datetime) -> str:
        teams = {team, policy.incident_manager or "", policy.service_desk} & set(policy.teams)
        return told_of_delay(policy, team, at, self._dated_shifts(policy, teams, at))


def _words(view: IncidentView, review: Review, person: str, due: list[Reminder]) -> tuple[str, str]:
    """Title and text. Of a confidential incident others may see the phone or the chat."""
    late = any(each.late for each in due)
    what = "is overdue" if late else "needs you"
    if view.confidential:
        return f"The review of {view.incident_id} {what}{_SECRET}", _SIGN_IN
    lines = [f"Review of {view.incident_id}: {view.title}", ""]
    for each in due:
        whose = "" if each.owner == person else f" ({each.owner or 'nobody'} has it)"
        lines.append(f"- {words_of(review, each)}{whose}")
    return f"The review of {view.incident_id} {what}: {view.title}", "\n".join(lines)


def _now() -> datetime:
    # By the server's clock, as the run's own timers.
    return activity.info().current_attempt_scheduled_time
