"""What every document says of a review before its sections."""

from datetime import datetime

from standfast.incidents.review import ShownReview
from standfast.messages.message import short


def facts_of(shown: ShownReview) -> list[tuple[str, str]]:
    """Names and values, in their order."""
    review = shown.review
    facts = [
        ("Why there is one", review.why),
        ("Priority", shown.priority or "none"),
        ("Team", shown.team or "none"),
        ("Written by", review.owner or "nobody yet"),
    ]
    if review.closed_at:
        facts.append(("Closed", f"{short(review.closed_at)}, by {review.closed_by}"))
    elif review.due:
        facts.append(("Closed", f"not yet; due {short(review.due)}"))
    return facts


def last_changed(shown: ShownReview) -> datetime:
    """When anybody changed anything that a document of it says."""
    review = shown.review
    texts = [section.latest.at for section in shown.sections if section.latest]
    actions = [item.changed_at for item in review.actions]
    closed = [review.closed_at] if review.closed_at else []
    return max(review.wanted_at, *texts, *actions, *closed)
