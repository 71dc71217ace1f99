"""When a run has become too long, and the run that follows it: of this episode or of the next."""

from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.confidentiality import ADMINISTRATORS, TITLE
    from standfast.incidents.flowchart import Box
    from standfast.incidents.record import TimelineEntry
    from workflows.case import Case
    from workflows.state import State

LONGEST_TIMELINE = 400_000
"""Characters of timeline in one run; a payload holds 2 MB, in the worst encoding 4 bytes each."""

KEPT_ENTRIES, KEPT_CHARACTERS = 50, 40_000
"""How much of the timeline goes on into the next run; the rest is in the record store."""

_WITH_THE_CURRENT_BUILD = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""A new run has no history that other code would have to replay, so it need not stay pinned."""


def should_continue_as_new(timeline: list[TimelineEntry]) -> bool:
    """Whether this run should end soon, since Temporal suggests it or the timeline is long."""
    suggested = workflow.info().is_continue_as_new_suggested()
    return suggested or sum(map(_size, timeline)) > LONGEST_TIMELINE


def entries_to_archive(timeline: list[TimelineEntry]) -> list[TimelineEntry]:
    """The older part of the timeline, which does not go on into the next run."""
    kept = sizes = 0
    for entry in reversed(timeline[-KEPT_ENTRIES:]):
        sizes += _size(entry)
        kept += sizes <= KEPT_CHARACTERS
    return timeline[: len(timeline) - kept]


def continue_episode(state: State) -> NoReturn:
    """End this run and go on in a new one with the same state."""
    workflow.continue_as_new(
        Case(report=state.report, episode=state.episode, state=state),
        initial_versioning_behavior=_WITH_THE_CURRENT_BUILD,
    )


def begin_next_episode_if_reported(state: State) -> None:
    """Reports that came while this episode closed begin the next one: none is lost.

    Its key stays that of this incident, whatever key such a report has.
    """
    key = {"dedup_key": state.report.dedup_key}
    reports = [report.model_copy(update=key) for report in state.next_reports]
    if not reports:
        return
    episode = state.episode + 1
    attributes: list[SearchAttributePair[Any]] = [
        SearchAttributePair(names.STAGE, Box.REPORT.value),
        SearchAttributePair(names.EPISODE, episode),
    ]
    secret = state.confidential or any(report.confidential for report in reports)
    if secret:
        readers = [ADMINISTRATORS]
        attributes.append(SearchAttributePair(names.READERS, readers))
    else:
        attributes.append(SearchAttributePair(names.SERVICE, reports[0].service))
    workflow.continue_as_new(
        Case(
            report=reports[0],
            episode=episode,
            repeats=reports[1:],
            more=state.next_more,
            counted=state.counted,
            confidential=(state.confidential.why or "as before") if state.confidential else "",
        ),
        search_attributes=TypedSearchAttributes(attributes),
        memo=names.memo(TITLE if secret else reports[0].title, episode, workflow.now()),
        initial_versioning_behavior=_WITH_THE_CURRENT_BUILD,
    )


def _size(entry: TimelineEntry) -> int:
    """About how many characters an entry takes in a payload."""
    return len(entry.detail) + 200
