"""Replaces a person's name wherever the record store has it, by a name that says nothing."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, func, or_, select, true, update

from standfast.incidents.record import IncidentView
from standfast.records import tables as t
from standfast.records.articles import Articles
from standfast.records.closed_incidents import ClosedIncidents
from standfast.records.database import Database
from standfast.records.indexing import Indexing

_TEXTS: dict[Table, tuple[str, ...]] = {
    t.deliveries: ("recipient", "channel", "detail"),
    t.delivery_events: ("channel", "detail"),
    t.pages: ("recipient", "title"),
    t.phone_messages: ("recipient", "text"),
    t.remediation_steps: ("words",),
    t.silences: ("by", "reason", "ended_by"),
    t.overrides: ("person", "by", "reason", "instead_of", "ended_by"),
    t.repairs: ("by",),
    t.mails_set_aside: ("subject", "reason", "opened_by"),
    t.erased_incidents: ("by", "reason"),
    t.problem_links: ("by",),
    t.problem_names: ("title", "owner", "by"),
    t.tokens: ("name",),
    t.sessions: ("name",),
    t.chat_steps: ("detail",),
    t.chat_replies: ("person",),
    t.articles: ("reviewed_by", "retired_by", "retired_because"),
    t.article_versions: ("by", "title", "symptom", "cause", "fix", "verified"),
    t.article_uses: ("by",),
    t.review_texts: ("text", "by"),
}
"""Columns that may have a name in them. A new one goes here."""

_DOCUMENTS: dict[Table, tuple[str, ...]] = {
    t.timeline: ("entry",),
    t.measures: ("document",),
    t.record_additions: ("document",),
    t.remediations: ("plan", "result", "undoing_because"),
    t.remediation_steps: ("result",),
    t.repeats: ("report",),
    t.worse_repeats: ("report",),
    t.alert_recoveries: ("aside",),
    t.idempotency: ("answer",),
    t.mails_seen: ("answer",),
    t.mails_set_aside: ("envelope",),
    t.silences: ("matcher",),
    t.webhooks_seen: ("answer",),
    t.findings: ("document",),
    t.reviews: ("document",),
}
"""The same with JSON, where it is some: its values are changed, its keys are not."""


class ErasedNames:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database, incidents: ClosedIncidents) -> None:
        self._database = database
        self._incidents = incidents
        self._indexing = Indexing(database)
        self._articles = Articles(database)

    def open_incidents(self, name: str) -> list[str]:
        """Open incidents that name this person, by their projections."""
        return self._named_in(t.projections, "document", name)

    def closed_incidents(self, name: str) -> list[str]:
        """Incidents on record that name this person."""
        named = (
            self._named_in(table, column, name)
            for table, column in (
                (t.incidents, "document"),
                (t.timeline, "entry"),
                (t.record_additions, "document"),
                (t.reviews, "document"),
            )
        )
        return sorted({*chain.from_iterable(named)})

    def replace(self, name: str, by: str) -> int:
        """Replace the name in everything that is on record; in how many rows it was.

        Mail that this person sent and that is set aside is deleted, and so are their devices, their
        views, and views of others that name them: a query with another name would find nothing.
        Overrides and silences that are still to come, or in force, keep the name.
        """
        changed = 0
        with self._database.writing() as connection:
            sent = t.mails_set_aside.c.sender
            changed += connection.execute(
                t.mails_set_aside.delete().where(_mentions(sent, name))
            ).rowcount
            changed += connection.execute(t.push_devices.delete().where(_is_named(name))).rowcount
            changed += _delete_views(connection, name)
            now = self._database.now(connection)
            beside = [*_beside_records(connection, name)]
            articles = _articles_that_name(connection, name)
            for columns_of, changing in (
                (_TEXTS, _in_text(name, by)),
                (_DOCUMENTS, _in_json(name, by)),
            ):
                for table, columns in columns_of.items():
                    over = table.c.ends < now if "ends" in table.c else true()
                    changed += _change(connection, table, columns, name, changing, over)
            self._articles.index_again(connection, articles)
            for incident_id, episode in beside:
                self._indexing.refresh(connection, incident_id, episode)
            found = select(t.incidents.c.document).where(
                _mentions(t.incidents.c.document, _written(name))
            )
            documents = list(connection.execute(found).scalars())
        for document in documents:
            new = _in_json(name, by)(document)
            if new != document:
                self._incidents.save(IncidentView.model_validate_json(new))
                changed += 1
        return changed

    def _named_in(self, table: Table, column: str, name: str) -> list[str]:
        holds = table.c[column]
        wanted = select(table.c.incident_id, holds).where(_mentions(holds, _written(name)))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        changed = _in_json(name, "")
        return sorted({row.incident_id for row in rows if changed(row[1]) != row[1]})


def _beside_records(connection: Connection, name: str) -> Iterator[tuple[str, int]]:
    """Episodes with the name in what is indexed with their record and is not in it."""
    for table, column in ((t.timeline, "entry"), (t.record_additions, "document")):
        wanted = select(table.c.incident_id, table.c.episode).distinct()
        found = connection.execute(wanted.where(_mentions(table.c[column], _written(name))))
        for row in found.all():
            yield row.incident_id, row.episode


def _articles_that_name(connection: Connection, name: str) -> list[int]:
    """The numbers of articles of which a version says the name."""
    versions = t.article_versions
    says = (_mentions(versions.c[column], _written(name)) for column in _TEXTS[versions])
    wanted = select(versions.c.number).where(or_(*says)).distinct()
    return list(connection.execute(wanted).scalars())


def _mentions(column: "Column[str]", words: str) -> ColumnElement[bool]:
    return or_(
        column.contains(words, autoescape=True),
        func.lower(column).contains(words.lower(), autoescape=True),
    )


def _is_named(name: str) -> ColumnElement[bool]:
    """Whether a device is this person's."""
    c = t.push_devices.c
    return or_(func.lower(c.person) == name.lower(), func.lower(c.name) == name.lower())


def _delete_views(connection: Connection, name: str) -> int:
    """Delete the views of this person, and those that name them; how many."""
    c, in_text = t.named_views.c, _in_text(name, "")
    texts = (c.owner, c.name, c.query)
    wanted = select(t.named_views).where(or_(*(_mentions(text, name) for text in texts)))
    rows = [
        row
        for row in connection.execute(wanted)
        if any(in_text(text) != text for text in (row.owner, row.name, row.query))
    ]
    for row in rows:
        connection.execute(t.named_views.delete().where(c.owner == row.owner, c.key == row.key))
    return len(rows)


def _change(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    name: str,
    changed: Callable[[str], str],
    only: ColumnElement[bool],
) -> int:
    rows = connection.execute(
        select(table).where(
            only, or_(*(_mentions(table.c[column], _written(name)) for column in columns))
        )
    ).mappings()
    count = 0
    for row in list(rows):
        new = {column: changed(row[column]) for column in columns if row[column]}
        new = {column: value for column, value in new.items() if value != row[column]}
        if not new:
            continue
        this = [column == row[column.key] for column in table.primary_key.columns]
        connection.execute(update(table).where(*this).values(**new))
        count += 1
    return count


def _written(name: str) -> str:
    """The name as JSON has it."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _in_text(name: str, by: str) -> Callable[[str], str]:
    """As a whole word, in any case: `ana` is not in `banana`."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(lambda _: by, text)


def _in_json(name: str, by: str) -> Callable[[str], str]:
    in_text = _in_text(name, by)

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return in_text(value)
        if isinstance(value, list):
            return [replaced(each) for each in value]
        if isinstance(value, dict):
            return {key: replaced(each) for key, each in value.items()}
        return value

    def in_document(document: str) -> str:
        try:
            old = json.loads(document)
        except ValueError:
            return in_text(document)
        new = replaced(old)
        return document if new == old else json.dumps(new, ensure_ascii=False)

    return in_document
