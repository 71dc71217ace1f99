"""`contact`: one's own channels by command; `oncall` and `policy check` tell what is missing."""

import json
import re
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.records.audit import AuditKind
from standfast.records.people import Subject
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.commands.test_oncall import Run, write
from tests.empty_records import empty_records

METHODS = 'contact_methods: {push: "outbox://file/{topic}"}\n'
DEMANDS = "contact_demands: {verified: 1}\n"
TOPIC = "bert-7f3k2qxwm4tz5b"
BERT = ("--by", "bert")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    policy = write(tmp_path, "rotation: {people: [bert]}", METHODS + DEMANDS)
    monkeypatch.setenv("STANDFAST_POLICY", str(policy))
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Ended:
        code = run_command(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def code(tmp_path: Path) -> str:
    lines = (tmp_path / "data" / "outbox.jsonl").read_text("utf-8").splitlines()
    [found] = re.findall(r"\d{6}", json.loads(lines[-1])["title"])
    return str(found)


def test_a_channel_by_command(run: Run, tmp_path: Path) -> None:
    missing = "bert has no verified channels of their own; the policy demands 1"
    for words in (("oncall",), ("policy", "check")):
        told = run(*words)
        assert (told.code, missing in told.err) == (0, True), told

    added = run("contact", "add", "push", TOPIC, *BERT)
    assert (added.code, "a code was sent to" in added.out) == (0, True), added.err
    refused = run("contact", "verify", "push", "12", *BERT)
    assert (refused.code, "not the code" in refused.err) == (1, True)
    verified = run("contact", "verify", "push", code(tmp_path), *BERT)
    assert verified.out == "push is verified: it is used from now on\n"
    assert run("contact", "test", "push", *BERT).code == 0

    ruled = run("contact", "rules", "--high", "push, box after 2m", *BERT)
    assert ruled.out.splitlines()[0] == "urgent: push now, box after 2m", ruled.err
    night = ("--quiet", "22:00-07:00", "--zone", "Europe/Berlin")
    assert "quiet: 22:00 to 07:00, Europe/Berlin" in run("contact", "rules", *night, *BERT).out
    listed = run("contact", "list", *BERT)
    assert "urgent: push now, box after 2m" in listed.out
    assert "quiet" not in run("contact", "rules", "--quiet", "", *BERT).out
    assert missing not in run("oncall").err
    assert run("contact", "list", "--json", *BERT).json["problems"] == []

    records = RecordStore(empty_records(tmp_path / "data" / "records.db"))
    entries = records.audit.newest(9, kind=AuditKind.CHANNEL_ADDED)
    records.close()
    assert [(each.behalf, TOPIC in each.detail) for each in entries] == [("bert", False)]
    assert run("contact", "remove", "push", *BERT).out == "push is removed\n"
    assert run("contact", "remove", "push", *BERT).code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "push", TOPIC, "--by", "mallory"), "nobody called 'mallory'"),
        (("add", "fax", "123", *BERT), "the policy offers no 'fax'"),
        (("rules", "--high", "push in a while", *BERT), "is no rule"),
        (("rules", "--high", "box 2m", *BERT), "the first channel must page now"),
        (("rules", "--quiet", "22:00-07:00", *BERT), "--quiet needs a --zone"),
        (("rules", "--quiet", "22-7", "--zone", "UTC", *BERT), "time of day"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], told: str) -> None:
    ended = run("contact", *words)
    assert ended.code != 0
    assert told in ended.err


def test_who_gets_somebody_elses_name_gets_none_of_their_channels(run: Run, tmp_path: Path) -> None:
    run("contact", "add", "push", TOPIC, *BERT)
    run("contact", "verify", "push", code(tmp_path), *BERT)
    records = RecordStore(empty_records(tmp_path / "data" / "records.db"))
    kept = records.own_channels
    assert kept.of("bert").channels
    issuer = ("--issuer", "https://login.example")
    assert run("person", "bind", "bert", "--subject", "7", *issuer).code == 0
    assert kept.of("bert").channels, "the name was nobody else's before"
    assert records.people.has(Subject(issuer="https://login.example", subject="7"), "bert")
    taken = run("person", "bind", "bert", "--subject", "8", *issuer)
    assert "own channels that were removed: 1" in taken.err
    assert kept.of("bert").channels == ()
    records.close()
