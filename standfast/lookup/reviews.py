"""Reviews as they are shown."""

import asyncio

from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review, ShownReview
from standfast.intake.errors import NoSuchIncident
from standfast.intake.reviewing import missing, sections_of
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
