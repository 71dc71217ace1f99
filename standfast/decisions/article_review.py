"""Whether somebody may review an article, and what an article's age makes of it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from standfast.incidents.article import ArticleState, ArticleText

if TYPE_CHECKING:  # whoever has a policy has loaded it; the record store need not
    from standfast.policy import Policy


class Terms(NamedTuple):
    """What the policy says of articles at a moment.

    due, retired: an article whose last review is from before is due for another, or retired; None:
        no review is too old.
    window: the follow-up window, in which a fix must last.
    """

    window: timedelta
    due: datetime | None = None
    retired: datetime | None = None


def terms_at(policy: "Policy", now: datetime) -> Terms:
    """What the policy says at a moment."""
    rules = policy.knowledge
    return Terms(
        window=policy.follow_up.window.watch_for,
        due=now - rules.review_after if rules.review_after else None,
        retired=now - rules.retire_after if rules.retire_after else None,
    )


class Standing(NamedTuple):
    """The state of an article, and whether it is due for a review."""

    state: ArticleState
    review_due: bool


def standing(
    published: int | None, reviewed_at: datetime | None, retired_at: datetime | None, terms: Terms
) -> Standing:
    """The state of an article with this version published, reviewed and retired then."""
    if retired_at is not None:
        return Standing(ArticleState.RETIRED, False)
    if published is None or reviewed_at is None:
        return Standing(ArticleState.DRAFT, False)
    due = terms.due is not None and reviewed_at < terms.due
    if terms.retired is not None and reviewed_at < terms.retired:
        return Standing(ArticleState.RETIRED, True)
    return Standing(ArticleState.PUBLISHED, due)


def review_refused(policy: "Policy", name: str) -> str:
    """Why somebody may not publish or retire articles; empty where they may."""
    reviewers = policy.knowledge.reviewers
    if not reviewers or policy.person_signed_in_as(name) in reviewers:
        return ""
    return (
        f"{name} does not review articles: the policy's `knowledge.reviewers` are "
        f"{', '.join(reviewers)}"
    )


def not_ready(text: ArticleText) -> str:
    """Why a version cannot be published; empty where it can."""
    missing = [name for name in ("symptom", "fix") if not getattr(text, name)]
    return f"it has no {' and no '.join(missing)} yet" if missing else ""
