"""Reviews as they are shown, and as a document."""

import asyncio
from collections.abc import Iterator

from standfast.incidents.record import IncidentView
from standfast.incidents.review import ActionState, Review, ShownReview
from standfast.intake.errors import NoSuchIncident
from standfast.intake.reviewing import missing, sections_of
from standfast.messages.message import short
from standfast.policy import Policy
from standfast.records.store import RecordStore

MOST_LISTED = 500
"""Reviews of one list."""


async def episode_reviewed(records: RecordStore, incident_id: str, episode: int | None) -> int:
    """That episode, or the latest of which there is a review.

    Raises:
        NoSuchIncident: there is none.
    """
    episodes = await asyncio.to_thread(records.reviews.episodes, incident_id)
    if not episodes or (episode is not None and episode not in episodes):
        which = f", episode {episode}," if episode else ""
        raise NoSuchIncident(f"{incident_id}{which} has no review")
    return episode or episodes[0]


async def shown_review(records: RecordStore, policy: Policy, view: IncidentView) -> ShownReview:
    """The review of an episode.

    Raises:
        NoSuchIncident: it has none.
    """
    review = await review_of(records, view)
    sections = await asyncio.to_thread(sections_of, policy, records, review)
    return ShownReview(
        review=review,
        state=review.state,
        title=view.title,
        priority=view.priority or "",
        team=view.team or "",
        confidential=view.confidential is not None,
        sections=tuple(sections),
        missing=missing(policy, sections),
    )


async def review_of(records: RecordStore, view: IncidentView) -> Review:
    """The review of an episode.

    Raises:
        NoSuchIncident: it has none.
    """
    found = await asyncio.to_thread(records.reviews.get, view.incident_id, view.episode)
    if found is None:
        raise NoSuchIncident(f"{view.incident_id}, episode {view.episode}, has no review")
    return found


def in_markdown(shown: ShownReview) -> str:
    """The review as a document: what its sections say, and its action items."""
    return "\n".join(_lines(shown)).rstrip() + "\n"


def _lines(shown: ShownReview) -> Iterator[str]:
    review = shown.review
    yield f"# Review of {review.incident_id}, episode {review.episode}: {shown.title}"
    yield ""
    if shown.confidential:
        yield "**Confidential.**"
        yield ""
    yield f"- Why there is one: {review.why}"
    yield f"- Priority: {shown.priority or 'none'}; team: {shown.team or 'none'}"
    yield f"- Written by: {review.owner or 'nobody yet'}"
    if review.closed_at:
        yield f"- Closed by {review.closed_by}, {short(review.closed_at)}"
    elif review.due:
        yield f"- Not closed yet; due {short(review.due)}"
    for section in shown.sections:
        yield ""
        yield f"## {section.title}"
        if section.question:
            yield f"\n*{section.question}*"
        latest = section.latest
        yield ""
        if latest is None or not latest.says_something:
            yield "Nothing yet."
        else:
            yield "Not applicable." if latest.not_applicable else latest.text
    yield ""
    yield "## Action items"
    yield ""
    for item in review.actions:
        done = "x" if item.state is ActionState.DONE else " "
        dropped = " (dropped)" if item.state is ActionState.DROPPED else ""
        note = f": {item.note}" if item.note else ""
        yield f"- [{done}] {item.id}. {item.words}{dropped}{note}"
    if not review.actions:
        yield "None."
