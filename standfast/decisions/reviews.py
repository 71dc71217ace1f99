"""Which incidents are reviewed, by whom until when, and when who is reminded of what."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from standfast.decisions.on_call import on_call_at
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.review import ActionItem, Review, ReviewState
from standfast.incidents.review_steps import STEP, StepAsked
from standfast.incidents.schedule import DatedShifts
from standfast.messages.problems import lines
from standfast.policy import Policy
from standfast.policy.reviews import ReviewRules
from standfast.time.asked_moment import due_moment
from standfast.time.working_time import opens_next

THE_REVIEW = 0
"""Stands for the review itself among the ids of action items."""

GATHERED_FOR = timedelta(minutes=5)
"""How long a new action item waits for more: people write them down in a meeting, one by one."""

_CANNOT_WAIT = timedelta(days=1)

_NOT_REVIEWED = (Outcome.WITHDRAWN, Outcome.MERGED)


def why_reviewed(rules: ReviewRules, view: IncidentView) -> str:
    """Why the policy wants a review of an episode that has closed; empty if it does not."""
    if view.outcome in _NOT_REVIEWED:
        return ""
    reasons = []
    if view.priority in rules.priorities:
        reasons.append(f"its priority was {view.priority}")
    if rules.missed_target and view.breaches:
        missed = dict.fromkeys(str(breach.target) for breach in view.breaches)
        reasons.append(f"it missed its {' and '.join(missed)} target")
    if rules.reopened and view.reopened:
        reasons.append("it was not resolved after all when somebody had said so")
    if rules.failed_undo and view.remediation and view.remediation.rolled_back is False:
        reasons.append(f"the runbook {view.remediation.runbook} could not be undone")
    return "; ".join(reasons)


def review_wanted(rules: ReviewRules, view: IncidentView) -> Review | None:
    """The review that closing this episode begins; None where it begins none."""
    why = why_reviewed(rules, view)
    if not why or view.closed_at is None:
        return None
    return Review(
        incident_id=view.incident_id, episode=view.episode, why=why, wanted_at=view.closed_at
    )


def owner_of(policy: Policy, view: IncidentView) -> str:
    """Who writes the review of an episode, unless somebody says who: its commander, who resolved
    it, who had it. Empty where none of them is in the policy.
    """
    resolved_by = view.resolution.by if view.resolution else ""
    people = (view.commander, resolved_by, view.acknowledged_by, view.assignee)
    return next((each for each in people if each and each in policy.people), "")


def told_of_delay(policy: Policy, team: str, at: datetime, dated: DatedShifts) -> str:
    """Who is told of what is overdue, or has no owner: the incident manager on call, else whoever
    is on call in the team's last tier.
    """
    key = policy.incident_manager or team
    tiers = policy.teams[key if key in policy.teams else policy.service_desk].tiers
    who = on_call_at(tiers[-1], key, at, dated)
    return next(iter(who.people), "") or next(iter(sorted(policy.people)))


class Reminder(NamedTuple):
    """Who is told of what next.

    at: when. of: the owner; empty where there is none. late: whether others are told as well.
    first: whether the owner is told that it is theirs.
    """

    at: datetime
    item: int
    owner: str
    due: datetime
    late: bool
    first: bool


def reminders(policy: Policy, team: str, review: Review, now: datetime) -> list[Reminder]:
    """The next reminder of each thing that is still to be done, the soonest first.

    A reminder comes when it is due, before that by `remind_every`, and from then on so often. That
    an action item is theirs, people hear after `GATHERED_FOR`, unless it is due within a day. All
    of it in the hours in which the owner may be told what can wait, else in their team's.
    """
    found = []
    for item, owner, due, last, known_from in _open(review, now):
        known = owner if owner in policy.people else ""
        next_ = known_from if last is None else _next(policy.reviews, due, last)
        at = _awake(policy, known, team, max(next_, now))
        late = at >= due + policy.reviews.escalate_after
        found.append(Reminder(at, item, known, due, late, last is None))
    return sorted(found)


def _open(
    review: Review, now: datetime
) -> Iterator[tuple[int, str, datetime, datetime | None, datetime]]:
    """Each thing with its owner, when it is due, when they were told last, and from when on they
    are told that it is theirs.
    """
    if review.state is ReviewState.WRITING and review.due:
        yield THE_REVIEW, review.owner, review.due, review.reminded_at, now
    for item in review.open_actions:
        can_wait = item.due - item.changed_at > _CANNOT_WAIT
        known_from = item.changed_at + GATHERED_FOR if can_wait else now
        yield item.id, item.owner, item.due, item.reminded_at, known_from


def _next(rules: ReviewRules, due: datetime, last: datetime) -> datetime:
    """When its owner is reminded again, whatever the hour; `last` is when that was before."""
    late_from = due + rules.escalate_after
    if last < due - rules.remind_every:
        at = due - rules.remind_every
    elif last < due:
        at = due
    elif last < late_from:
        at = min(last + rules.remind_every, late_from)
    else:
        at = last + rules.remind_every
    return at


def _awake(policy: Policy, owner: str, team: str, at: datetime) -> datetime:
    """The first moment from then on at which they may be told what can wait."""
    person = policy.people.get(owner)
    hours = person.day.around(at) if person and person.day else policy.hours_of(team, at)
    return opens_next(hours, at)


def step_of(rules: ReviewRules, asked: StepAsked, now: datetime) -> Any:
    """The step of `review_steps` that somebody asks for.

    Where it needs a due date and has none, the policy says when.

    Raises:
        ValueError: a field is wrong; names it.
    """
    fields = asked.model_dump(exclude_defaults=True)
    if asked.due:
        try:
            fields["due"] = due_moment(asked.due, now)
        except ValueError as wrong:
            raise ValueError(f"due: {asked.due!r} {wrong}") from None
    elif asked.do in _DUE_WITHIN:
        fields["due"] = now + _DUE_WITHIN[asked.do](rules)
    try:
        return STEP.validate_python(fields)
    except ValidationError as invalid:
        # Without the step's own name, which is no field.
        errors = invalid.errors(include_url=False, include_input=False)
        its_fields: list[ErrorDetails] = [{**each, "loc": each["loc"][1:]} for each in errors]
        raise ValueError("; ".join(lines(its_fields, StepAsked.model_fields))) from None


_DUE_WITHIN: Mapping[str, Callable[[ReviewRules], timedelta]] = MappingProxyType(
    {
        "add_action": lambda rules: rules.actions_due_within,
        "reopen": lambda rules: rules.due_within,
    }
)


def words_of(review: Review, reminder: Reminder) -> str:
    """What is to be done, in one line: `the review, due 2026-12-01`."""
    if reminder.item == THE_REVIEW:
        return f"Write and close the review, due {review.due:%Y-%m-%d}"
    item: ActionItem = review.actions[reminder.item - 1]
    return f"Action item {item.id}: {item.title}, due {item.due:%Y-%m-%d}"
