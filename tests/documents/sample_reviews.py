"""Reviews as they are exported."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.review import (
    ActionItem,
    ActionState,
    Review,
    ShownReview,
    ShownSection,
    TextVersion,
)

NOW = datetime(2026, 11, 30, 11, 20, tzinfo=UTC)


def section(text: str, title: str = "What happened", question: str = "What broke?") -> ShownSection:
    """A section that ana wrote; without a text one that says nothing yet."""
    version = TextVersion(section="what", version=1, text=text, by="ana", at=NOW)
    return ShownSection(
        key="what", title=title, question=question, versions=(version,) if text else ()
    )


def shown(
    *sections: ShownSection, title: str = "VPN refuses logins", confidential: bool = False
) -> ShownReview:
    """A closed review with these sections and two action items."""
    item = ActionItem(
        id=1,
        incident_id="INC-7F3K2QXWM4",
        episode=1,
        title="Replace the disk",
        owner="george",
        due=NOW + timedelta(days=14),
        state=ActionState.DONE,
        note="it has two now",
        changed_by="ana",
        changed_at=NOW,
    )
    later = {"id": 2, "title": "Renew *sooner*", "owner": "", "state": ActionState.OPEN, "note": ""}
    review = Review(
        incident_id="INC-7F3K2QXWM4",
        episode=1,
        why="its priority was P1",
        wanted_at=NOW - timedelta(days=3),
        owner="ana",
        due=NOW,
        closed_by="lea",
        closed_at=NOW,
        actions=(item, item.model_copy(update=later)),
    )
    return ShownReview(
        review=review,
        state=review.state,
        title=title,
        priority="P1",
        team="network",
        confidential=confidential,
        sections=sections,
        missing=(),
    )
