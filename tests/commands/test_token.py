"""Tokens: made and revoked on the command line, shown once, and kept as hashes alone."""

import getpass
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.incidents.roles import Role
from standfast.records.store import RecordStore
from standfast.records.tokens import SOURCE_KEY, TOKEN_PREFIX, NewToken
from tests.commands.ended import Ended
from tests.empty_records import empty_records

Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `token …`, with records of its own."""
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> Ended:
        code = run_command(("token", *arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    yield records
    records.close()


def test_a_token_is_printed_alone_once_and_opens_what_its_role_does(
    run: Run, records: RecordStore
) -> None:
    made = run("create", "--name", "ana", "--role", "operator")
    assert made.code == 0
    secret = made.out.strip()
    assert secret.startswith(TOKEN_PREFIX)
    assert len(secret) >= len(TOKEN_PREFIX) + 43  # 256 bits
    assert "token of ana, operator: keep it now" in made.err
    found = records.tokens.of(secret)
    assert found
    assert (found.name, found.role, found.source) == ("ana", Role.OPERATOR, "")
    listed = run("list")
    assert listed.out.startswith(f"{found.id} token of ana, operator, since ")
    assert secret not in listed.out


def test_the_key_of_a_source_is_what_pagerduty_takes_for_one(
    run: Run, records: RecordStore
) -> None:
    made = run("create", "--source", "alertmanager", "--json").json
    assert SOURCE_KEY.fullmatch(made["token"])
    assert (made["name"], made["role"], made["source"]) == ("alertmanager", None, "alertmanager")
    found = records.tokens.of(made["token"])
    assert found
    assert found.source == "alertmanager"
    assert run("list", "--json").json == [
        {name: value for name, value in made.items() if name != "token"}
    ]


def test_a_revoked_token_opens_nothing_and_is_not_forgotten(run: Run, records: RecordStore) -> None:
    made = run("create", "--name", "ana", "--role", "reporter", "--json").json
    revoked = run("revoke", made["id"].lower(), "--json").json
    assert revoked["revoked_at"]
    assert records.tokens.of(made["token"]) is None
    again = run("revoke", made["id"])
    assert again.code == 1
    assert again.err.startswith(f"{made['id']} was revoked ")
    assert run("list", "--json").json == []
    assert [one["id"] for one in run("list", "--all", "--json").json] == [made["id"]]


def test_a_token_expires_after_ninety_days_and_a_key_never(run: Run, records: RecordStore) -> None:
    """A monitor whose key expired at night would be silent, and nobody would hear of it."""
    for arguments, days in (
        (("--name", "ana", "--role", "operator"), 90),
        (("--name", "ci", "--role", "operator", "--expires", "never"), None),
        (("--name", "guest", "--role", "reporter", "--expires", "12h"), 0.5),
        (("--source", "grafana"), None),
        (("--source", "zabbix", "--expires", "10d"), 10),
    ):
        made = records.tokens.of(run("create", *arguments).out.strip())
        assert made
        if days is None:
            assert made.expires_at is None
        else:
            assert made.expires_at
            until = made.expires_at - made.created_at
            assert abs(until - timedelta(days=days)) < timedelta(minutes=1)
    lines = run("list").out.splitlines()
    assert len(lines) == 5
    assert ["never expires" in line for line in lines] == [False, True, False, True, False]
    assert ["expires soon" in line for line in lines] == [False, False, True, False, True]
    assert all("never used" in line for line in lines)


def test_a_token_of_an_earlier_version_goes_on_and_the_list_says_that_it_never_expires(
    run: Run, records: RecordStore
) -> None:
    made = records.tokens.create(NewToken(name="ana", role=Role.OPERATOR))
    assert "never expires" in run("list").out
    assert records.tokens.of(made.secret, datetime.now(UTC) + timedelta(days=3_000))


def test_rotating_makes_a_new_secret_while_the_old_one_works_for_a_while(
    run: Run, records: RecordStore
) -> None:
    old = run("create", "--name", "ana", "--role", "operator").out.strip()
    rotated = run("rotate", "ana", "--grace", "2h")
    new = rotated.out.strip()
    assert "which it replaces, works until" in rotated.err
    now = datetime.now(UTC)
    assert records.tokens.of(old, now + timedelta(minutes=119))
    assert records.tokens.of(old, now + timedelta(minutes=121)) is None
    later = records.tokens.of(new, now + timedelta(days=89))
    assert later
    assert (later.name, later.role) == ("ana", Role.OPERATOR)
    first = run("list").out.splitlines()[0]
    assert f"replaced by {later.id}" in first
    again = run("rotate", first.split()[0])
    assert (again.code, "was replaced by" in again.err) == (1, True)


def test_without_grace_the_old_one_opens_nothing_from_then_on(
    run: Run, records: RecordStore
) -> None:
    old = run("create", "--name", "ana", "--role", "operator").out.strip()
    assert "has expired" in run("rotate", "ana", "--grace", "0s").err
    assert records.tokens.of(old) is None


def test_a_key_that_is_rotated_never_expires_either(run: Run, records: RecordStore) -> None:
    run("create", "--source", "grafana")
    new = records.tokens.of(run("rotate", "grafana").out.strip())
    assert new
    assert (new.source, new.expires_at) == ("grafana", None)


def test_a_key_may_be_for_mail_which_is_no_source_of_the_policy(run: Run) -> None:
    assert run("create", "--source", "email", "--json").json["source"] == "email"


def test_a_key_whose_source_has_left_the_policy_is_told(
    run: Run, records: RecordStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records.tokens.create(NewToken(name="old", source="old-monitor"))
    run("create", "--source", "grafana")
    old, grafana = run("list").out.splitlines()
    assert old.endswith("; the policy has no such source")
    assert "no such source" not in grafana
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "gone.yaml"))
    listed = run("list")
    assert "keys are not compared with the policy's sources" in listed.err
    assert len(listed.out.splitlines()) == 2


def test_who_makes_and_ends_tokens_is_in_the_audit_log(run: Run, records: RecordStore) -> None:
    run("create", "--name", "ana", "--role", "operator")
    [first] = records.tokens.all()
    run("rotate", "ana")
    assert run("revoke", first.id).code == 0
    entries = [(entry.kind, entry.by) for entry in records.audit.all()]
    user = getpass.getuser()
    assert entries == [
        ("token_created", user),
        ("token_rotated", user),
        ("token_revoked", user),
    ]
    assert first.id in records.audit.newest(1)[0].subject
    assert "sft_" not in "".join(entry.model_dump_json() for entry in records.audit.all())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create",), 2, "give one of --role and --source"),
        (("create", "--role", "operator"), 2, "give a --name"),
        (("create", "--role", "king", "--name", "ana"), 2, "'king' is not one of"),
        (("create", "--role", "operator", "--source", "x"), 2, "give one of --role and --source"),
        (("create", "--source", "a/b"), 2, "--source a/b: a source's name has letters"),
        (("create", "--source", "grafanna"), 1, "no source 'grafanna'; did you mean grafana or"),
        (("create", "--source", "alerts"), 1, "the policy has no source 'alerts'; did you mean"),
        (("create", "--name", "x" * 201, "--role", "operator"), 1, "name: is 201 characters long"),
        (("create", "--name", "a", "--role", "operator", "--expires", "soon"), 2, "such as 12h"),
        (("create", "--name", "a", "--role", "operator", "--expires", "0d"), 2, "such as 12h"),
        (("rotate", "TOK-AAAAAA"), 1, "there is no token TOK-AAAAAA"),
        (("rotate", "nobody"), 1, "there is no token nobody"),
        (("rotate", "nobody", "--grace", "-1h"), 2, "--grace -1h"),
        (("revoke", "TOK-AAAAAA"), 1, "there is no token TOK-AAAAAA"),
        (("revoke", "sft_something"), 2, "is not a token's id"),
    ],
)
def test_what_cannot_be_is_told(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
