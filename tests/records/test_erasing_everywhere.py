"""After erasing, no column of any table has a word of it, also not of a table that is new."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, String, Table, select

from standfast.incidents.addition import Addition, AdditionKind
from standfast.records import tables
from standfast.records.store import RecordStore
from tests.records.samples import incident

ONE, PERSON = "INC-AAAAAAAAAA", "zacharias"
LONG_AGO = datetime(2026, 1, 30, 3, 12, tzinfo=UTC)

DOCUMENTS = {
    "alert_recoveries.aside",
    "findings.document",
    "idempotency.answer",
    "mails_set_aside.envelope",
    "paging_rules.rules",
    "remediation_steps.result",
    "remediations.plan",
    "remediations.result",
    "repeats.report",
    "silences.matcher",
    "timeline.entry",
    "webhooks_seen.answer",
    "worse_repeats.report",
}
"""Columns with JSON."""

FILLED_OTHERWISE = {"incidents", "audit", "installation"}
"""Saved by its own part; hashed row by row and kept until its retention; no text of people."""

NOT_OF_AN_INCIDENT = {
    "alert_recoveries": "by the key of its alert",
    "article_versions": "a version that was published stays: test_articles.py",
    "articles": "the same",
    "channel_messages": "of people",
    "erased_incidents": "what is left",
    "group_members": "by the keys of its alerts",
    "groups": "by the key of its alert",
    "idempotency": "the ids of what was reported, for a day",
    "incident_keys": "thrown away by itself",
    "named_views": "of people",
    "overrides": "of people",
    "own_channels": "of people",
    "paging_rules": "of people",
    "people": "of people",
    "push_devices": "of people",
    "sessions": "of people",
    "silences": "of the policy's services, and its `silenced_incidents` go",
    "tokens": "of people",
    "webhooks_seen": "ids and keys of alerts, and our answers to answers, for a week",
}

KEEPS_THE_NAME = {
    "alert_recoveries.alert_key": "keys that sources choose",
    "group_members.alert_key": "keys that sources choose",
    "group_members.incident_key": "keys that sources choose",
    "groups.incident_key": "keys that sources choose",
    "article_versions.category": "a key of the policy",
    "article_versions.service": "a key of the policy",
    "articles.team": "a key of the policy",
    "delivery_events.key": "our own key",
    "delivery_events.provider_id": "an id of the provider",
    "incident_keys.wrapped": "a key",
    "pages.key": "our own key",
    "pages.team": "a key of the policy",
    "overrides.team": "a key of the policy",
    "overrides.tier": "a key of the policy",
    "remediations.key": "our own key",
    "remediations.runbook": "a key of the policy",
    "remediations.target": "a machine",
    "repairs.key": "our own key",
    "phone_messages.key": "our own key",
    "idempotency.key": "chosen by whoever calls, for a day",
    "chat_steps.key": "our own key",
    "chat_steps.channel": "an id of the chat",
    "chat_steps.made": "an id of the chat",
    "chat_steps.link": "an address of the chat",
    "chat_replies.reply": "an id of the chat",
    "chat_replies.version": "an id of the chat",
    "people.key": "so that nobody else gets the name",
    "people.name": "so that nobody else gets the name",
    "people.issuer": "so that nobody else gets the name",
    "people.subject": "so that nobody else gets the name",
    "tokens.source": "a key of the policy",
}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    store.prepare()
    yield store
    store.close()


def _row(table: Table, says: str) -> dict[str, Any]:
    """A row about the incident; every text in it that is long enough for a name says this."""

    def value(column: "Column[Any]") -> Any:
        named = f"{table.name}.{column.key}"
        if column.key == "incident_id" or named == "problem_links.second":
            return ONE
        if named in ("deliveries.key", "remediation_steps.key"):
            return f"{ONE}:1:page-1:1"
        if named == "findings.key":
            return f"stuck:{ONE}:run"
        if isinstance(column.type, tables.Moment):
            return LONG_AGO
        if named == "record_additions.document":  # it is read to be indexed
            added = Addition(kind=AdditionKind.COMMENT, at=LONG_AGO, by=says, text=says)
            return added.model_dump_json()
        kind = column.type.python_type
        if kind is not str:
            return says.encode() if kind is bytes else kind(1)
        if isinstance(column.type, String) and (column.type.length or 999) < 200:
            return column.key[: column.type.length]
        return json.dumps({"said": says}) if named in DOCUMENTS else says

    return {column.key: value(column) for column in table.columns}


def _fill(records: RecordStore, says: str) -> None:
    with records._database.writing() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name not in FILLED_OTHERWISE:
                connection.execute(table.insert(), _row(table, says))
    records.incidents.save(incident(ONE, title=says, reporters=(says,)))


def _where(records: RecordStore, words: str) -> set[str]:
    """The columns that have these words."""
    with records._database.reading() as connection:
        return {
            f"{table.name}.{name}"
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            for name, value in row.items()
            if words in str(value)
        }


def test_an_erased_incident_is_in_no_table_that_is_about_incidents(records: RecordStore) -> None:
    _fill(records, "Mr Smith")
    records.erasing.erase(ONE, "vera", "asked for")
    assert {column.partition(".")[0] for column in _where(records, "Mr Smith")} == set(
        NOT_OF_AN_INCIDENT
    )


def test_an_erased_person_is_in_no_column_that_may_name_people(records: RecordStore) -> None:
    _fill(records, PERSON)
    records.erased_names.replace(PERSON, "erased person 7F3K")
    records.own_channels.forget(PERSON)
    assert _where(records, PERSON) == set(KEEPS_THE_NAME)
