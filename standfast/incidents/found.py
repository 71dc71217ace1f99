"""What a search answers."""

from typing import Literal

from standfast.incidents.visibility import Everybody
from standfast.messages.message import Instant, Message


class FoundIncident(Message):
    """An episode that was found. What is not known, or not for the searcher, is None.

    as_reporter: it is found only because they reported it, and they see it as its reporter.
    """

    incident_id: Everybody[str]
    episode: Everybody[int]
    title: Everybody[str]
    latest_title: Everybody[str | None] = None
    status: Everybody[Literal["open", "closed"]]
    stage: Everybody[str]
    outcome: Everybody[str | None] = None
    priority: Everybody[str | None] = None
    category: Everybody[str | None] = None
    team: Everybody[str | None] = None
    tier: Everybody[int | None] = None
    assignee: Everybody[str | None] = None
    service: Everybody[str | None] = None
    reporter: Everybody[str | None] = None
    opened_at: Everybody[Instant]
    closed_at: Everybody[Instant | None] = None
    as_reporter: Everybody[bool] = False


class PageFound(Message):
    """Some of what was found, and the cursor of the next page; None on the last page.

    note: says what may be missing.
    """

    incidents: Everybody[tuple[FoundIncident, ...]]
    next: Everybody[str | None] = None
    note: Everybody[str] = ""
