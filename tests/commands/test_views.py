"""`views`: a query is named, shared, searched by, removed; what is refused; whose they are."""

from pathlib import Path

import pytest

from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.store import RecordStore
from tests.commands.test_oncall import Run
from tests.commands.test_oncall import run as run_with_small_policy
from tests.empty_records import empty_records
from tests.records.samples import incident

__all__ = ["run_with_small_policy"]
ANA, BEN = ("--by", "ana"), ("--by", "ben")


@pytest.fixture
def run(run_with_small_policy: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STANDFAST_POLICY", str(SHIPPED_POLICY))
    return run_with_small_policy


@pytest.fixture
def records(tmp_path: Path) -> RecordStore:
    (tmp_path / "data").mkdir()
    return RecordStore(empty_records(tmp_path / "data" / "records.db"))


def test_a_view_by_command(run: Run, records: RecordStore) -> None:
    records.incidents.save(incident(title="Printer on fire"))
    query = "printer is:closed"
    saved = run("views", "save", "Printers", query, "--team", "service-desk", *ANA)
    assert (saved.code, saved.out) == (
        0,
        f"Printers is a view of ana, shared with service-desk: {query}\n",
    )
    assert run("views", "save", "Wiki", "service:wiki", *ANA).code == 0

    both = run("views", "list", "--json", *ANA).json
    assert [(each["name"], each["team"]) for each in both] == [
        ("Printers", "service-desk"),
        ("Wiki", ""),
    ]
    [shared] = run("views", "list", "--json", *BEN).json
    assert (shared["owner"], shared["query"]) == ("ana", query)
    assert run("views", "list", "--shared", "--json", "--by", "marco").json == [shared]
    assert run("views", "list", "--by", "marco").err == "there are no views\n"

    assert "Printer on fire" in run("views", "search", "printers", *BEN).out
    assert (
        "you have no view 'Wiki'; there are: Printers" in run("views", "search", "Wiki", *BEN).err
    )

    assert "ben has no view 'Printers'" in run("views", "remove", "Printers", *BEN).err
    assert run("views", "remove", "PRINTERS", *ANA).out == "Printers is removed\n"
    assert run("views", "remove", "Printers", *ANA).code == 1
    [removed, shared] = records.audit.newest(9)
    assert (removed.kind, removed.behalf, removed.subject) == ("view_removed", "ana", "Printers")
    assert (shared.kind, shared.behalf, shared.detail) == (
        "view_shared",
        "ana",
        "with service-desk",
    )


def test_who_gets_somebody_elses_name_gets_none_of_their_views(
    run: Run, records: RecordStore
) -> None:
    run("views", "save", "Wiki", "service:wiki", *ANA)
    issuer = ("--issuer", "https://login.example")
    assert run("person", "bind", "ana", "--subject", "7", *issuer).code == 0
    assert records.named_views.seen_by("ana", ()), "the name was nobody else's before"
    taken = run("person", "bind", "ana", "--subject", "8", *issuer)
    assert "views that were removed: 1" in taken.err
    assert records.named_views.seen_by("ana", ()) == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x" * 61, "disk"), "name: is 61 characters long; at most 60 are allowed"),
        ((" ", "disk"), "name: must not be empty"),
        (("Disks", "servise:disk"), 'query: "servise:disk" at character 1: there is no field'),
        (("Disks", "disk", "--team", "data"), "ana is not in the team data; the teams of ana are"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], told: str) -> None:
    ended = run("views", "save", *words, *ANA)
    assert ended.code != 0
    assert told in ended.err
