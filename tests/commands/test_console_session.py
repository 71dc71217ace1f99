"""`session` and `person`: who is signed in, whose a name is, and what an administrator changes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.incidents.roles import Role
from standfast.records.people import Subject
from standfast.records.sessions import SignedInBy
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.commands.ended import Ended
from tests.empty_records import empty_records

Run = Callable[..., Ended]
ISSUER = "https://login.example"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command, with records of its own."""
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> Ended:
        code = run_command(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    yield records
    records.close()


def _signed_in(records: RecordStore, name: str) -> None:
    by = SignedInBy(name=name, role=Role.OPERATOR)
    records.sessions.begin(by, datetime.now(UTC))


def test_sessions_are_listed_and_ended_one_by_one_or_all_of_a_person(
    run: Run, records: RecordStore
) -> None:
    token = records.tokens.create(NewToken(name="ana", role=Role.RESPONDER)).token
    records.sessions.begin(SignedInBy(token=token.id), datetime.now(UTC))
    for name in ("ana", "bo", "bo"):
        _signed_in(records, name)
    listed = run("session", "list").out
    assert f"ana, responder, by {token.id}, since" in listed
    assert listed.count("bo, operator, by OpenID Connect, since") == 2
    [first, _] = run("session", "list", "--name", "bo", "--json").json
    assert run("session", "end", first["id"].lower()).out == f"{first['id']} is over\n"
    assert run("session", "end", first["id"]).code == 1
    assert "were ended: 2" in run("session", "end", "--name", "ana").out
    assert [one["name"] for one in run("session", "list", "--json").json] == ["bo"]
    ended = run("session", "end", "--name", "bo", "--json").json
    assert ended == {"session": None, "name": "bo", "ended": 1}
    for name in ("ana", "bo"):
        _signed_in(records, name)
    assert run("session", "end", "--all").out == "sessions that were ended: 2\n"
    assert run("session", "list", "--json").json == []
    assert run("session", "end", "--all", "--name", "bo").code == 2
    assert run("session", "end").code == 2
    assert run("session", "end", "SES-1").code == 2


def test_a_name_is_bound_and_released_and_its_sessions_end(run: Run, records: RecordStore) -> None:
    now = datetime.now(UTC)
    records.people.claim("ana", Subject(issuer=ISSUER, subject="1"), now)
    _signed_in(records, "ana")
    assert f"ana: 1 at {ISSUER}, since" in run("person", "list").out
    bound = run("person", "bind", "ana", "--subject", "2", "--issuer", f"{ISSUER}/")
    assert bound.out == f"ana is 2 at {ISSUER}\n"
    assert "it was 1's before; sessions that were ended: 1" in bound.err
    _signed_in(records, "ana")
    assert "sessions that were ended: 1" in run("person", "release", "Ana").out
    assert run("person", "release", "ana").code == 1
    assert run("person", "bind", "ana", "--subject", "2").code == 2
    bound = run("person", "bind", "bo", "--subject", "3", "--issuer", ISSUER, "--json").json
    assert (bound["name"], bound["subject"], bound["sessions_ended"]) == ("bo", "3", 0)
    assert run("person", "release", "bo", "--json").json == bound
    assert "nobody has signed in" in run("person", "list").err


def test_a_token_for_the_name_of_a_person_is_made_and_it_is_said(
    run: Run, records: RecordStore
) -> None:
    records.people.claim("ana", Subject(issuer=ISSUER, subject="1"), datetime.now(UTC))
    made = run("token", "create", "--name", "ana", "--role", "operator")
    assert "ana also signs in by OpenID Connect: both act under that name" in made.err
