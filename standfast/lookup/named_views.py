"""Views that people name, as doors offer them: listed, named, removed."""

from collections.abc import Callable
from datetime import UTC, datetime

from standfast.incidents.named_view import MOST_VIEWS, NamedView, NewView
from standfast.incidents.search_query import QueryError, parse
from standfast.intake.errors import Invalid, NotFound
from standfast.policy import Policy
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.named_views import TooMany
from standfast.records.store import RecordStore


class NoSuchView(NotFound):
    """Somebody has no view of that name."""


def views_for(records: RecordStore, policy: Policy, person: str) -> tuple[NamedView, ...]:
    """The views of a person, and those that are shared with their teams."""
    return records.named_views.seen_by(person, policy.teams_of(person))


Note = Callable[[AuditEvent], None]
"""Adds to the audit log."""


def save_view(records: RecordStore, policy: Policy, new: NewView, note: Note) -> NamedView:
    """Name a view. It is noted if it is shared.

    Raises:
        Invalid: its query cannot be understood, whoever names it is not in that team, or has as
            many as are possible.
    """
    try:
        parse(new.query, datetime.now(UTC))
    except QueryError as wrong:
        raise Invalid(f"query: {wrong}") from None
    teams = policy.teams_of(new.by)
    if new.team and new.team not in teams:
        theirs = (
            f"; the teams of {new.by} are {', '.join(teams)}" if teams else ", nor in any other"
        )
        raise Invalid(f"team: {new.by} is not in the team {new.team}{theirs}")
    saved = records.named_views.save(new)
    if isinstance(saved, TooMany):
        theirs = f"{MOST_VIEWS} views are shared with {saved.team}"
        whose = theirs if saved.team else f"{new.by} has {MOST_VIEWS} views"
        raise Invalid(f"{whose}, as many as are possible: remove one")
    if saved.team:
        shared = AuditEvent(AuditKind.VIEW_SHARED, by=new.by, subject=saved.name)
        note(shared._replace(detail=f"with {saved.team}"))
    return saved


def remove_view(records: RecordStore, person: str, name: str, note: Note) -> NamedView:
    """Remove a view of a person, which is noted. NoSuchView: they have none of that name."""
    removed = records.named_views.remove(person, name)
    if removed is None:
        raise NoSuchView(f"{person} has no view {name!r}")
    shared = f"it was shared with {removed.team}" if removed.team else ""
    note(AuditEvent(AuditKind.VIEW_REMOVED, by=person, subject=removed.name, detail=shared))
    return removed
