"""The search as doors offer it: what it says of what it has left out."""

from pathlib import Path

import pytest

from standfast.incidents.roles import Role
from standfast.lookup.search import search
from standfast.records import search as searching
from standfast.records.search import Searcher
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.records.samples import incident


async def test_an_answer_says_that_only_the_newest_were_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    for number in range(3):
        records.incidents.save(incident(f"INC-{number}"))
    rita = Searcher("rita", Role.ADMINISTRATOR)
    assert (await search(records, "printer", rita, 2)).note == ""
    monkeypatch.setattr(searching, "MOST_RANKED", 2)
    found = await search(records, "printer", rita, 2)
    assert [each.incident_id for each in found.incidents] == ["INC-2", "INC-1"]
    assert found.note == (
        "At least 2 incidents have these words. The newest 2 were looked at; narrow the search by "
        "a field or a date to find older ones."
    )
    records.close()


@pytest.mark.parametrize(
    ("text", "role", "note"),
    [
        (
            "printer OR scanner",
            Role.ADMINISTRATOR,
            "OR was left out: an incident must have every word. Search for each by itself.",
        ),
        (
            "printer NOT test",
            Role.REPORTER,
            "NOT was left out: write -word for incidents without the word.",
        ),
        (
            "team:desk printer person:bo",
            Role.REPORTER,
            "What you reported is not found by team, person: leave that out.",
        ),
        ("team:desk printer", Role.RESPONDER, ""),
        ("service:printers", Role.REPORTER, ""),
    ],
)
async def test_an_answer_says_what_of_a_query_means_nothing(
    tmp_path: Path, text: str, role: Role, note: str
) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    assert (await search(records, text, Searcher("mia", role), 2)).note == note
    records.close()
