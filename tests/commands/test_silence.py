"""`silence add`, `list`, `show`: how people ask to be left in peace, and what they read."""

import getpass
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.incidents.ids import incident_id, is_silence_id
from standfast.incidents.silence import Matcher, Silence
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.commands.silencing import HOUR, NOBODY, Run, a_machine, its_records, on_record

BY_ANA = ("--by", "ana", "--reason", "upgrade of the gateway")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    return a_machine(capsys, monkeypatch, tmp_path)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = its_records(tmp_path)
    yield store
    store.close()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is Berlin's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# Giving one


def test_a_silence_from_now_on(run: Run, records: RecordStore) -> None:
    before = datetime.now(UTC)
    ended = run("add", *BY_ANA, "--service", "vpn", "--for", "2h", "--json")
    shown = ended.json
    given = records.silences.get(shown["id"])
    assert given
    assert is_silence_id(given.id)
    assert before <= given.starts <= datetime.now(UTC)
    assert given.ends - given.starts == 2 * HOUR
    assert (given.by, given.reason) == ("ana", "upgrade of the gateway")
    assert given.matcher == Matcher(services=["vpn"])
    assert shown["state"] == "running"
    assert Silence.model_validate(shown) == given
    [entry] = records.audit.newest(9, kind=AuditKind.ACTED_FOR)
    assert (entry.by, entry.behalf) == (getpass.getuser(), "ana")
    assert entry.subject == f"add {given.id} for {given.matcher.in_words}"


def test_every_condition_there_is(run: Run, records: RecordStore) -> None:
    options = ("--service", "vpn", "--service", "v*", "--category", "network", "--team", "desk")
    more = ("--priority", "p4", "--priority", "P5", "--label", "host=db*", "--label", "rack=a=b")
    ended = run("add", *BY_ANA, *options, *more, "--word", "disk full", "--for", "30m")
    assert (ended.code, ended.err) == (0, "")
    [given] = records.silences.running_or_coming(datetime.now(UTC))
    assert given.matcher == Matcher(
        services=["vpn", "v*"],
        categories=["network"],
        teams=["desk"],
        priorities=["P4", "P5"],
        labels={"host": "db*", "rack": "a=b"},
        words=["disk full"],
    )
    assert ended.out.startswith(f"{given.id}: running until ")
    assert ended.out.endswith(f"; for {given.matcher.in_words}\n")


def test_a_maintenance_window_is_a_silence_that_begins_later(run: Run, berlin: None) -> None:
    window = ("--from", "2031-06-03T22:00", "--until", "2031-06-04T02:00:00+00:00")
    ended = run("add", *BY_ANA, "--everything", *window)
    silence_id = ended.out[:10]
    assert ended.out == (
        f"{silence_id}: from 2031-06-03 22:00:00 CEST until 2031-06-04 04:00:00 CEST; "
        "for everything\n"
    )
    assert ended.err == (
        "--from names no zone: read by this machine's clock, 2031-06-03 22:00:00 CEST\n"
    )
    shown = run("show", silence_id, "--json").json
    assert (shown["state"], shown["starts"]) == ("coming", "2031-06-03T20:00:00Z")


def test_a_duration_counts_from_the_start(run: Run) -> None:
    shown = run(
        "add", *BY_ANA, "--word", "x", "--from", "2031-01-01T00:00Z", "--for", "90d", "--json"
    ).json
    assert shown["ends"] == "2031-04-01T00:00:00Z"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("2031-03-30T02:30", "this machine's clock never shows that; write the zone, like 2031-"),
        ("2031-10-26T02:30", "this machine's clock shows that twice; write the zone, like 2031-"),
    ],
)
def test_a_time_that_the_clock_shows_twice_or_never_needs_its_zone(
    run: Run, berlin: None, option: str, says: str
) -> None:
    ended = run("add", *BY_ANA, "--word", "x", "--from", option, "--for", "1h")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"--from {option}: {says}")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--service", "wpn"), "the policy has no service 'wpn'; did you mean vpn?"),
        (("--service", "x*"), "the policy has no service 'x*'; there are: vpn"),
        (("--team", "dsk"), "the policy has no team 'dsk'; did you mean desk?"),
        (("--category", "net"), "the policy has no category 'net'; did you mean network?"),
    ],
)
def test_a_name_that_the_policy_has_not_is_taken_and_said(
    run: Run, options: tuple[str, ...], says: str
) -> None:
    ended = run("add", *BY_ANA, *options, "--for", "1h", "--json")
    assert ended.err.startswith(says)
    assert ended.err.count("\n") == 1
    assert json.loads(ended.out)["state"] == "running"


def test_without_a_policy_names_are_not_checked_and_that_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").unlink()
    ended = run("add", *BY_ANA, "--team", "desk", "--for", "1h")
    assert ended.code == 0
    assert "cannot be read: No such file or directory" in ended.err
    assert ended.err.endswith("the names that you gave were not checked\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), ""),
        (("ad",), "No such command 'ad'"),
        (("add", "--for", "1h"), "Missing option '--by'"),
        (("add", "--by", "ana", "--for", "1h"), "Missing option '--reason'"),
        (("add", *BY_ANA, "--service", "vpn"), "give one of --until and --for: a silence has an"),
        (
            ("add", *BY_ANA, "--service", "vpn", "--for", "1h", "--until", "2031-01-01T00:00Z"),
            "give one of --until and --for",
        ),
        (("add", *BY_ANA, "--for", "1h"), "or --word; --everything silences all incidents"),
        (("add", *BY_ANA, "--word", "x", "--for", "soon"), "--for soon: must be a duration like"),
        (("add", *BY_ANA, "--word", "x", "--for", "0s"), "longer than zero and at most 90 days"),
        (("add", *BY_ANA, "--word", "x", "--for", "1e9"), "--for 1e9: must be a duration like 30m"),
        (("add", *BY_ANA, "--word", "x", "--until", "tomorrow"), "--until tomorrow: is not a time"),
        (("add", *BY_ANA, "--word", "x", "--until", "0001-01-01"), "--until 0001-01-01: "),
        (("add", *BY_ANA, "--word", "x", "--until", "9999-12-31T23:59Z"), "from 1970 on"),
        (("add", *BY_ANA, "--label", "plain", "--for", "1h"), "write it as NAME=VALUE"),
        (("add", *BY_ANA, "--label", "a=1", "--label", "a=2", "--for", "1h"), "is given twice"),
        (("add", *BY_ANA, "--priority", "P9", "--for", "1h"), "--priority"),
        (("show",), "Missing argument 'ID'"),
        (("show", "SIL-1"), "SIL-1 is not a silence's id; one looks like SIL-7F3K2Q"),
        (("show", "INC-7F3K2QXWM4"), "is not a silence's id"),
        (("end", "\udcff\x1b[31m", "--by", "ben"), "\ufffd[31m is not a silence's id"),
        (("end", NOBODY), "Missing option '--by'"),
    ],
)
def test_wrong_usage_is_one_line_and_two(
    run: Run, records: RecordStore, arguments: tuple[str, ...], says: str
) -> None:
    ended = run(*arguments)
    assert says in ended.err
    assert ended.err.count("\n") == bool(says)
    assert ended.code == 2
    assert records.silences.running_or_coming(datetime.now(UTC)) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--word", "x", "--until", "2020-01-01T00:00Z"), "it would be over already: it ends 2020"),
        (
            ("--word", "x", "--from", "2031-01-01T10:00Z", "--until", "2031-01-01T10:00Z"),
            "it ends 2031-01-01 10:00:00 UTC, which is not after its start",
        ),
        (("--word", "x", "--for", "90d1s"), "it lasts 90 d 1 s; a silence ends at most 90 days"),
        (("--service", "*", "--for", "1h"), "services.0: needs a letter or a digit"),
        (("--word", "x" * 100_000, "--for", "1h"), "words.0: is 100000 characters long; at most"),
        (("--word", "\x1b\x00", "--for", "1h"), "words.0: must not be empty"),
        (("--everything", "--team", "desk", "--for", "1h"), "everything leaves nothing to choose"),
        (("--label", f"a={'x' * 501}", "--for", "1h"), "labels.a: is 501 characters long"),
        (("--word", "x", "--for", "1h", "--by", " "), "by: must not be empty"),
        (("--word", "x", "--for", "1h", "--reason", "\x07"), "reason: must not be empty: say why"),
        (("--word", "x", "--for", "1h", "--reason", "y" * 100_000), "at most 2000 are allowed"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_silenced(
    run: Run, records: RecordStore, options: tuple[str, ...], says: str
) -> None:
    ended = run("add", *BY_ANA, *options)
    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert len(ended.err) < 300
    assert (ended.code, ended.out) == (1, "")
    assert records.silences.running_or_coming(datetime.now(UTC)) == []


def test_hostile_words_stay_words(run: Run) -> None:
    hostile = "[red]x[/red] :bomb: \x1b[31m\u202e\udcff <script>"
    ended = run(
        "add", "--by", hostile, "--reason", f"two\n{hostile}", "--word", hostile, "--for=1h"
    )
    assert ended.code == 0
    shown, listed = run("show", ended.out[:10]).out, run("list").out
    for text in (ended.out, shown, listed):
        assert "[red]x[/red] :bomb: [31m\ufffd <script>" in text
        assert not {"\x1b", "\u202e"} & set(text)
    assert listed.count("\n") == 1


def test_records_that_are_away_are_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "sqlite:////dev/null/records.db")
    for arguments in (
        ("add", *BY_ANA, "--word", "x", "--for", "1h"),
        ("list",),
        ("show", NOBODY),
        ("end", NOBODY, "--by", "ben"),
    ):
        ended = run(*arguments)
        assert "the SQLite file /dev/null/records.db cannot be used" in ended.err
        assert (ended.code, ended.out) == (1, "")


# Looking


def test_the_list_has_those_that_run_and_are_to_come_and_with_all_the_past(
    run: Run, records: RecordStore
) -> None:
    assert run("list") == (0, "", "no silence is active or upcoming\n")
    assert run("list", "--all") == (0, "", "no silences\n")
    assert run("list", "--json").json == []
    over = on_record(records, -2 * HOUR, -HOUR)
    coming = on_record(records, HOUR, 2 * HOUR)
    running = on_record(records, -HOUR, HOUR)

    now = run("list").out.splitlines()
    assert [line[:10] for line in now] == [running.id, coming.id]
    assert " running until " in now[0]
    assert " from " in now[1]
    assert now[0].endswith("; for service vpn; ana: upgrade")
    everything = run("list", "--all", "--json").json
    assert [(one["id"], one["state"]) for one in everything] == [
        (running.id, "running"),
        (coming.id, "coming"),
        (over.id, "over"),
    ]


def test_a_silence_is_shown_with_what_it_silenced(run: Run, records: RecordStore) -> None:
    given = on_record(records, -HOUR, HOUR)
    some = incident_id()
    records.silences.note_silenced(given.id, some)

    lines = run("show", given.id.lower()).out.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("silence", "for", "from", "until", "by", "reason", "silenced")
    ]
    assert lines[-1].startswith(f"silenced   {some} since ")
    shown = run("show", given.id, "--json").json
    assert [one["incident_id"] for one in shown["incidents"]] == [some]
    assert shown["incidents"][0]["woken_at"] is None


@pytest.mark.parametrize("arguments", [("show", NOBODY), ("end", NOBODY, "--by", "ben")])
def test_what_nobody_gave_is_not_there(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == (1, "", f"there is no silence {NOBODY}\n")
