"""`intake mail list`, `show`, `open`: what people read of mail that was set aside."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.records.mails_set_aside import MailToSetAside
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.commands.silencing import Run, a_machine, its_records
from tests.mail.messages import RITA, raw
from tests.stories.desk import Desk

BELL = "\x1b[31mred\x07"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    a_machine(capsys, monkeypatch, tmp_path)
    return _running(capsys)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = its_records(tmp_path)
    yield store
    store.close()


def _running(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ended:
        code = run_command(("intake", "mail", *arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def kept(records: RecordStore, subject: str = "Autosvar: Wiki", kind: str = "automatic") -> str:
    content = raw("I am away.", subject=subject, message_id=f"<{subject}@x.example>")
    return records.mails_set_aside.keep(
        MailToSetAside(subject, kind, RITA, subject, f"it is {kind}", content)
    )


def test_listed_with_the_reasons(run: Run, records: RecordStore) -> None:
    nothing = run("list")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no mail is set aside\n")
    first, second = kept(records), kept(records, "Undeliverable", "bounce")
    lines = run("list").out.splitlines()
    assert [line.split()[0] for line in lines] == [second, first]
    assert lines[1].endswith(f"automatic {RITA}: Autosvar: Wiki (it is automatic)")
    [one] = run("list", "--kind", "bounce", "--json").json
    assert (one["id"], one["kind"], one["opened_at"]) == (second, "bounce", None)


def test_shown_with_its_text(run: Run, records: RecordStore) -> None:
    identity = kept(records)
    shown = run("show", identity.lower())
    assert "reason     it is automatic\n" in shown.out
    assert shown.out.endswith("\nI am away.\n")
    assert run("show", identity, "--json").json["text"] == "I am away."


def test_its_text_is_data_for_the_terminal(
    run: Run, records: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = raw(BELL, subject="x")
    wild = MailToSetAside("b", "bounce", BELL, BELL, BELL, content)
    identity = records.mails_set_aside.keep(wild)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for shown in (run("show", identity), run("list"), run("show", identity, "--raw")):
        assert shown.out
        assert "\x1b" not in shown.out
        assert "\x07" not in shown.out


def test_what_is_not_there(run: Run) -> None:
    for command in (("show", "MAIL-AAAAAAAA"), ("show", "MAIL-AAAAAAAA", "--raw")):
        missing = run(*command)
        assert (missing.code, missing.out) == (1, "")
        assert "no mail MAIL-AAAAAAAA is set aside" in missing.err
    wrong = run("show", "INC-AAAAAAAAAA")
    assert wrong.code == 2
    assert "one looks like MAIL-7F3K2QXW" in wrong.err


def test_without_temporal_nothing_is_opened(run: Run, records: RecordStore) -> None:
    identity = kept(records)
    refused = run("open", identity, "--by", "ana")
    assert refused.code == 1
    [line] = records.mails_set_aside.latest()
    assert line.opened_at is None


async def test_opened_twice_it_is_one_incident(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = kept(desk.records)
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", desk.task_queue)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(desk.place))
    monkeypatch.setenv("STANDFAST_POLICY", str(desk.policy.path))
    run = _running(capsys)
    told = await asyncio.to_thread(run, "open", identity, "--by", "ana", "--json")
    assert told.code == 0, told.err
    opened = json.loads(told.out)
    assert opened["result"] == "opened"
    again = await asyncio.to_thread(run, "open", identity, "--by", "ben")
    assert again.out.startswith(f"{identity}: opened {opened['incident_id']} (it has come before")
    assert (await desk.ticket(opened["incident_id"]).view()).occurrences == 1
    listed = await asyncio.to_thread(run, "list")
    assert listed.out.endswith(f"(opened by ana: {opened['incident_id']})\n")
