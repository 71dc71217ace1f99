"""How an incident ended, for its record and for whoever is told."""

import asyncio
from collections.abc import Awaitable

from temporalio import workflow

from workflows.activity_options import CLOSE
from workflows.episode import Episode

with workflow.unsafe.imports_passed_through():
    from activities.closure import ClosureActivities
    from activities.requests import Closed, Closing, Recipient
    from standfast.incidents import reporters_part
    from standfast.incidents.closing import Told
    from standfast.incidents.notification import Notification
    from standfast.incidents.record import ClosedIncident, Outcome
    from workflows.state import State


def outcome_of(state: State) -> Outcome:
    """The outcome, as the boxes walked say it."""
    if state.merged_into:
        return Outcome.MERGED
    if state.withdrawn:
        return Outcome.WITHDRAWN
    automated = state.remediation is not None and state.remediation.yes
    return Outcome.AUTOMATED if automated else Outcome.RESOLVED


def closing_words(state: State) -> str:
    """What the owner is told in the end."""
    if state.merged_into:
        return f"It was merged into {state.merged_into}: follow that one."
    return words_to_reporters(state)


def words_to_reporters(state: State) -> str:
    """What reporters are told in the end."""
    if state.merged_into:
        return "It was merged with another report of the same problem, which goes on."
    if state.resolution and not state.withdrawn:
        solved = reporters_part.resolution(state.resolution, "")
        return f"It is closed. {solved.by} resolved it: {solved.summary}"
    return f"It is closed: {state.outcome}."


async def tell_and_record(episode: Episode, news: tuple[Notification, ...]) -> None:
    """Send the news, and keep the record, which says who was told: one activity for both.

    Nobody's action is still being done when it returns, and all that was noted is on record.
    """
    names = _names([message.recipient for message in news])
    waits_for = "the record store takes the record"
    episode.busy_with(f"{names} are told, and {waits_for}" if names else waits_for, CLOSE)
    others = tuple(Recipient.of(each, news[0]) for each in news[1:])
    summary = f"tell {names}, and record it" if names else "record it"
    told: dict[str, Told] = {}
    while True:
        view = episode.view()
        closing = Closing(incident=view, news=next(iter(news), None), others=others, told=told)
        closed = await _to_its_end(
            episode.run_activity(ClosureActivities.close, closing, CLOSE, summary[:200])
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        if len(episode.state.timeline) == len(view.timeline):
            episode.closed(closed.entries)
            return
        # Something was noted meanwhile: the record is written again, to have it too.
        told, summary = closed.told, "record it again"


async def _to_its_end(work: Awaitable[Closed]) -> Closed:
    """Do the work, also when the run is cancelled in Temporal while it is done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


def _names(people: list[str], most: int = 5) -> str:
    if len(people) > most:
        return f"{' and '.join(people[:most])} and {len(people) - most} more"
    return " and ".join(people)


def result_of(state: State) -> ClosedIncident:
    """The result of a workflow whose record was taken."""
    if state.outcome is None or state.closed_at is None:
        raise RuntimeError("asked before it was closed")
    return ClosedIncident(
        incident_id=state.incident_id,
        episode=state.episode,
        outcome=state.outcome,
        priority=state.priority,
        path=tuple(state.path),
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        occurrences=state.occurrences,
        resolution=state.resolution,
    )
