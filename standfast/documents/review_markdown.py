"""A review as a document in Markdown."""

from collections.abc import Iterator

from standfast.documents.contained_markdown import contained
from standfast.documents.review_facts import facts_of
from standfast.incidents.review import ActionState, ShownReview
from standfast.messages.markdown import prose


def in_markdown(shown: ShownReview) -> str:
    """The review as a document: what its sections say, and its action items."""
    return "\n".join(_lines(shown)).rstrip() + "\n"


def _lines(shown: ShownReview) -> Iterator[str]:
    review = shown.review
    yield f"# Review of {review.incident_id}, episode {review.episode}: {_line(shown.title)}"
    yield ""
    if shown.confidential:
        yield "**Confidential.**"
        yield ""
    yield from (f"- {name}: {_line(value)}" for name, value in facts_of(shown))
    for section in shown.sections:
        yield ""
        yield f"## {_line(section.title)}"
        if section.question:
            yield f"\n*{_line(section.question)}*"
        latest = section.latest
        yield ""
        if latest is None or not latest.says_something:
            yield "Nothing yet."
        else:
            yield "Not applicable." if latest.not_applicable else contained(latest.text)
    yield ""
    yield "## Action items"
    yield ""
    for item in review.actions:
        done = "x" if item.state is ActionState.DONE else " "
        dropped = " (dropped)" if item.state is ActionState.DROPPED else ""
        note = f": {_line(item.note)}" if item.note else ""
        yield f"- [{done}] {item.id}. {_line(item.words)}{dropped}{note}"
    if not review.actions:
        yield "None."


def _line(text: str) -> str:
    """A text that is no Markdown, on one line."""
    return prose(" ".join(text.split()))
