"""What was added to records after their incidents had closed, as it is read."""

from sqlalchemy import Connection, select

from standfast.incidents.addition import Addition, confidential_after
from standfast.incidents.correction import corrected
from standfast.incidents.record import IncidentView
from standfast.records.tables import record_additions


def additions_of(connection: Connection, incident_id: str, episode: int) -> tuple[Addition, ...]:
    """What was added to an episode, oldest first."""
    c = record_additions.c
    documents = connection.execute(
        select(c.document)
        .where(c.incident_id == incident_id, c.episode == episode)
        .order_by(c.number)
    ).scalars()
    return tuple(map(Addition.model_validate_json, documents))


def with_additions(connection: Connection, view: IncidentView) -> IncidentView:
    """A record with what was added to it, and confidential if that was said last."""
    added = additions_of(connection, view.incident_id, view.episode)
    now = confidential_after(view.confidential, added)
    return view.model_copy(update={"additions": added, "confidential": now})


def taught_by(view: IncidentView) -> dict[str, str]:
    """What others read of an episode, to learn from it: its title, and what resolved it.

    view: with what was added to its record, so that corrections count.
    """
    said = corrected(view)
    return {"title": said.title, "resolution": said.resolution.summary if said.resolution else ""}
