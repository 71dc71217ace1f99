"""A review as a PDF: the same words as in Markdown, on pages that one hands to somebody."""

import logging
from typing import Any

from standfast.documents.markdown_blocks import blocks_of, is_from_right, pieces_of
from standfast.documents.review_facts import facts_of, last_changed
from standfast.documents.typesetting import typeset
from standfast.incidents.review import ShownReview, ShownSection
from standfast.intake.errors import Refused, Unavailable
from standfast.messages.message import short
from standfast.programs.parsers import Busy, Limits, Parsers, TooCostly

_log = logging.getLogger(__name__)

_TEMPLATE = "review.typ"

_LIMITS = Limits(cpu_seconds=30, seconds=60)
"""A review of 400 pages takes ten seconds."""

_PROCESSES = Parsers(processes=1, most_waiting=10, jobs_of_a_process=1)
"""Each ends after its document, so that neither Typst nor its fonts stay in memory."""


async def in_pdf(shown: ShownReview) -> bytes:
    """The review as a PDF, dated by its last change: the same review gives the same bytes.

    Raises:
        Refused: it needs too much time or memory.
        Unavailable: too many are being made.
    """
    where = f"{shown.review.incident_id}, episode {shown.review.episode}"
    try:
        return await _PROCESSES.run(_LIMITS, _pages, shown)
    except TooCostly as costly:
        _log.warning("no PDF of the review of %s: it %s", where, costly)
        raise Refused(
            f"the review of {where} needs too much time or memory as a PDF: export it as Markdown"
        ) from None
    except Busy:
        raise Unavailable("too many PDFs are being made: try again in a minute") from None


def _pages(shown: ShownReview) -> bytes:
    """The PDF; runs in the process for it."""
    return typeset(_TEMPLATE, _content(shown), last_changed(shown))


def _content(shown: ShownReview) -> dict[str, Any]:
    """What the template puts on the pages."""
    review = shown.review
    which = f"{review.incident_id}, episode {review.episode}"
    return {
        "which": which,
        "name": f"Review of {which}: {shown.title}",
        "title": pieces_of(shown.title),
        "title_rtl": is_from_right(shown.title),
        "confidential": shown.confidential,
        "as_of": short(last_changed(shown)),
        "facts": [[name, pieces_of(value)] for name, value in facts_of(shown)],
        "sections": [_section(section) for section in shown.sections],
        "actions": [
            {
                "id": item.id,
                "title": pieces_of(item.title),
                "owner": pieces_of(item.owner or "nobody"),
                "due": f"{item.due:%Y-%m-%d}",
                "state": item.state,
                "note": pieces_of(item.note) if item.note else [],
            }
            for item in review.actions
        ],
    }


def _section(section: ShownSection) -> dict[str, Any]:
    latest = section.latest
    says = latest.text.strip() if latest else ""
    nothing = "Not applicable." if latest and latest.not_applicable else "Nothing yet."
    return {
        "title": pieces_of(section.title),
        "question": pieces_of(section.question) if section.question else [],
        "nothing": "" if says else nothing,
        "blocks": blocks_of(says),
    }
