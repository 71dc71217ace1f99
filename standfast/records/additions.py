"""What was added to records after their incidents had closed, as it is read."""

from sqlalchemy import Connection, select

from standfast.incidents.addition import Addition, tags_of
from standfast.incidents.reporters_part import addition as reporters
from standfast.incidents.search_entry import MoreWords
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


def found_by(additions: tuple[Addition, ...], reporter: str) -> MoreWords:
    """What the episode is found by because of them, the latest first."""
    shown: list[str] = []
    hidden: list[str] = []
    for each in reversed(additions):
        if reporters(each, reporter):
            text, *reasons = each.words or ("",)
            shown.append(text)
            hidden += reasons
        else:
            hidden += each.words
    return MoreWords(tuple(shown), tuple(hidden), tags_of(additions))
