"""A review as a document in Markdown."""

from collections.abc import Iterator

from standfast.incidents.review import ActionState, ShownReview
from standfast.messages.message import short


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
