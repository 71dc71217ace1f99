"""Numbers of an incident computed from Temporal's history alone, knowing nothing of timelines."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from activities.requests import Assessment
from standfast.incidents.measures import Automated
from standfast.incidents.notification import Delivery, Notification, Purpose
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import RemediationResult
from tests.stories.desk import Desk, Ticket

LONG_AGO, NEVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

BY_PEOPLE = {
    *("acknowledge", "approve", "comment", "command", "decline", "delegate", "deny", "escalate"),
    *("hold", "merge", "page", "reassign", "reprioritise", "resolve"),
}
"""Actions by which a responder does something about an incident."""

ENDS_HOLDING = {"reassign", "resolve", "withdraw", "merge", "next tier", "silent"}


class Step(NamedTuple):
    """Something that was done: an action by its name, or one of these: `next tier`, because more
    help was needed; `silent`, because nothing was heard from whoever had it; `runbook`, which
    began, and then with its outcome; `close`.

    at: seconds from the start.
    """

    what: str
    at: float
    by: str = ""


class Happened(NamedTuple):
    """What one run did, in order. pages: who was paged, and how many seconds after the start."""

    pages: list[tuple[str, float]]
    steps: list[Step]

    def times_of(self, *names: str) -> list[float]:
        """When something of these names was done."""
        return [step.at for step in self.steps if step.what in names]


async def happened(client: Client, history: WorkflowHistory) -> Happened:
    """What one run did, by its activities, timers and updates. What is refused is not done.

    An event counts from the task that saw it: the start of a workflow task is what its code takes
    for now.
    """
    events = list(history.events)
    by_id = {event.event_id: event for event in events}
    decode = client.data_converter.decode
    began = _time(events[0])
    found = Happened([], [])
    has_run_out = False

    def after(place: int) -> float:
        return (_next_task(events[place:]) - began).total_seconds()

    def before(place: int) -> float:
        return (_last_task(events[:place]) - began).total_seconds()

    for place, event in enumerate(events):
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                if _activity(event) == "close":
                    at = (_time(event) - began).total_seconds()
                    found.steps.append(Step("close", at))
                elif _activity(event) == "remediate":
                    found.steps.append(Step("runbook", before(place)))
            case EventType.EVENT_TYPE_TIMER_FIRED:
                started = by_id[event.timer_fired_event_attributes.started_event_id]
                has_run_out = (await _summary(client, started)).startswith("ask whether")
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                done = event.activity_task_completed_event_attributes
                scheduled = by_id[done.scheduled_event_id]
                asked = scheduled.activity_task_scheduled_event_attributes
                summary = await _summary(client, scheduled)
                if (_activity(scheduled), summary) == ("assign", "who gets it?"):
                    found.steps.append(Step("next tier", after(place)))
                elif _activity(scheduled) == "assess":
                    (answers,) = await decode(done.result.payloads, [Assessment])
                    if answers.assignment and answers.assignment.tier > 1:  # critical: at once
                        found.steps.append(Step("next tier", after(place)))
                elif _activity(scheduled) == "remediate":
                    (ran,) = await decode(done.result.payloads, [RemediationResult])
                    found.steps.append(Step(f"runbook {ran.outcome}", after(place)))
                elif _activity(scheduled) == "assign" and has_run_out:
                    found.steps.append(Step("silent", after(place)))
                    has_run_out = False
                elif _activity(scheduled) == "notify":
                    (sent,) = await decode(asked.input.payloads, [Notification])
                    (delivery,) = await decode(done.result.payloads, [Delivery])
                    if sent.purpose is Purpose.PAGE and delivery.channel:
                        found.pages.append((sent.recipient, after(place)))
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
                answered = event.workflow_execution_update_completed_event_attributes
                if answered.outcome.HasField("failure"):
                    continue
                accepted = by_id[answered.accepted_event_id]
                taken = accepted.workflow_execution_update_accepted_event_attributes
                asked_for = taken.accepted_request.input
                (payload,) = await decode(asked_for.args.payloads, [dict[str, Any]])
                found.steps.append(Step(asked_for.name, before(place), payload.get("by", "")))
    return found


async def its_numbers_are_those_of_its_history(desk: Desk, ticket: Ticket) -> None:
    """What was measured from the record, against what Temporal's own events say."""
    of_all = desk.records.measures.between(LONG_AGO, NEVER, None)
    (episode,) = [each for each in of_all if each.incident_id == ticket.id]
    measures, times = episode.measures, episode.measures.calendar
    found = await happened(desk.client, await ticket.handle.fetch_history())
    assert times.to_page == _about(_first([at for _, at in found.pages]))
    assert [page.person for page in measures.pages] == [person for person, _ in found.pages]
    assert times.to_acknowledge == _about(_first(found.times_of("acknowledge")))
    began = () if _automation(found.steps) is Automated.NOT_TRIED else ("runbook",)
    acted = found.times_of(*began, *BY_PEOPLE)
    assert times.to_first_action == _about(min(acted, default=None))
    assert measures.automation is _automation(found.steps)
    if episode.outcome == Outcome.RESOLVED:
        if resolved := found.times_of("resolve"):  # else a monitor did
            assert times.to_resolve == _about(resolved[-1])
    else:
        assert (times.to_resolve is None) is (episode.outcome != Outcome.AUTOMATED)
    assert times.to_close == _about(found.times_of("close")[-1])
    if times.to_verify is not None:
        assert times.to_resolve is not None
        assert times.to_resolve <= times.to_verify <= times.to_close
    assert [(page.at - episode.closed_at).total_seconds() for page in measures.pages] == _about(
        [at - times.to_close for _, at in found.pages]
    )
    assert measures.escalations == len(found.times_of("next tier")), found.steps
    assert measures.reopened == _reopened(found.steps), found.steps
    assert measures.hand_offs == _hand_offs(found.steps)
    held = {each.person: each.seconds for each in measures.held_by}
    assert held == _about(_held(found.steps)), (held, _held(found.steps), found.steps)


def _hand_offs(steps: Sequence[Step]) -> int:
    """How often somebody else had it than before, or it was given to somebody."""
    owners = [step for step in steps if step.what in ("acknowledge", "reassign")]
    given = sum(step.what == "reassign" for step in owners)
    taken = [
        step.by != before.by and (before.what, step.what) == ("acknowledge", "acknowledge")
        for before, step in pairwise(owners)
    ]
    return given + sum(taken)


def _reopened(steps: Sequence[Step]) -> int:
    """How often it went to the next tier after somebody had resolved it."""
    count, resolved = 0, False
    for step in steps:
        if step.what == "resolve":
            resolved = True
        elif step.what == "next tier":
            count, resolved = count + resolved, False
    return count


def _automation(steps: Sequence[Step]) -> Automated:
    done = [step.what for step in steps if step.what.startswith("runbook ")]
    if not done or done[-1] == "runbook refused":
        return Automated.NOT_TRIED
    return Automated.WORKED if done[-1] == "runbook succeeded" else Automated.FAILED


def _held(steps: Sequence[Step]) -> dict[str, float]:
    """For how many seconds each had it: between two steps whoever acknowledged it last, if any."""
    held: dict[str, float] = defaultdict(float)
    owner = ""
    for step, following in pairwise(steps):
        if step.what == "acknowledge":
            owner = step.by
        elif step.what in ENDS_HOLDING:
            owner = ""
        if owner:
            held[owner] += following.at - step.at
    return dict(held)


def _about(expected: Any) -> Any:
    return pytest.approx(expected, abs=1e-4)


def _first(moments: list[float]) -> float | None:
    return moments[0] if moments else None


def _activity(event: HistoryEvent) -> str:
    return event.activity_task_scheduled_event_attributes.activity_type.name


async def _summary(client: Client, event: HistoryEvent) -> str:
    if not event.user_metadata.HasField("summary"):
        return ""
    (words,) = await client.data_converter.decode([event.user_metadata.summary], [str])
    return str(words)


def _time(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(UTC)


def _started(events: list[HistoryEvent]) -> Iterator[HistoryEvent]:
    return (e for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)


def _next_task(events: list[HistoryEvent]) -> datetime:
    return _time(next(_started(events)))


def _last_task(events: list[HistoryEvent]) -> datetime:
    return _time(next(_started(events[::-1])))
