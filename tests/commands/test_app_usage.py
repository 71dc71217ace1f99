"""What people get wrong at the command line, and what they are told: one line, no traceback."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import starter
from standfast.commands.app import run as run_command
from tests.patience import PATIENCE

ROOT = Path(starter.__file__).parent
SOME = "INC-7F3K2QXWM4"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command where no server answers: nothing listens on the port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{unused.getsockname()[1]}")
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        code = run_command(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "No such command 'nope'"),
        (["reprot"], "Did you mean 'report'"),
        (["report"], "give --title, or --file"),
        (["erase"], "give the ids of incidents, or --person NAME"),
        (["erase", SOME, "--person", "ana"], "give the ids of incidents, or --person NAME"),
        (["erase", "payroll"], "payroll is not an incident id"),
        (["erase", SOME, "--yes"], "give a --reason"),
        (["report", "--titel", "x"], "No such option: --titel"),
        (["report", "--title", "x", "--users-affected", "many"], "--users-affected"),
        (["report", "--title", "x", "--label", "plain"], "--label plain: write it as NAME=VALUE"),
        (
            ["report", "--title", "x", "--label", "a=1", "--label", "a=2"],
            "--label a is given twice",
        ),
        (["report", "--title", "x", "--file", "-"], "--file cannot be combined"),
        (["report", "--title", "x", "--channel", "fax"], "--channel"),
        (["list", "--status", "lost"], "--status"),
        (["list", "--priority", "P9"], "--priority"),
        (["list", "--limit", "0"], "--limit"),
        (["show"], "Missing argument 'ID'"),
        (["show", "INC-1"], "INC-1 is not an incident id; one looks like INC-7F3K2QXWM4"),
        (["show", "INC-7F3K2QXWM4; rm"], "is not an incident id"),
        (["show", SOME, "--episode", "0"], "--episode"),
        (["watch", "INC-1"], "INC-1 is not an incident id"),
        (["acknowledge", SOME], "Missing option '--by'"),
        (["acknowledge", "\udcff", "--by", "ana"], "\ufffd is not an incident id"),
        (["resolve", SOME, "--by", "ana"], "Missing option '--summary'"),
        (["verify", SOME, "--by", "ana"], "give one of --resolved, --partial and --unresolved"),
        (["verify", SOME, "--by", "ana", "--resolved", "--partial"], "give one of --resolved"),
        (["hold", SOME, "--by", "ana", "--reason", "lunch"], "'lunch' is not one of 'user'"),
        (["reprioritise", SOME, "--by", "ana", "--impact", "high"], "Missing option '--urgency'"),
        (["reprioritise", SOME, "--by", "ana", "--impact", "no", "--urgency", "low"], "--impact"),
    ],
)
def test_wrong_usage_is_one_line_and_two(arguments: list[str], says: str, run: Run) -> None:
    ended = run(*arguments)

    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "--title", " "], "title: must not be empty"),
        (
            ["report", "--title", "x" * 301],
            "title: is 301 characters long; at most 300 are allowed",
        ),
        (["report", "--title", "x", "--users-affected", "-1"], "users_affected: must be greater"),
        (["report", "--title", "x", "--occurred-at", "soon"], "occurred_at: is not a time like"),
        (["report", "--title", "x", "--occurred-at", "2999-01-01T00:00:00Z"], "is in the future"),
        (["report", "--title", "x", "--label", f"a={'x' * 501}"], "labels.a: is 501 characters"),
        (["report", "--file", "nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["report", "--file", "."], ". cannot be read: Is a directory"),
        (["resolve", SOME, "--by", "ana", "--summary", ""], "summary: must not be empty: say what"),
        (["comment", SOME, "--by", " ", "--text", "x"], "by: must not be empty"),
        (["list", "--team", 'x" OR "1"="1'], "team: cannot be a name: there is a quote"),
        (["policy", "check", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_field(
    arguments: list[str], says: str, run: Run
) -> None:
    ended = run(*arguments)

    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.out) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "--title", "Website down"],
        ["list"],
        ["list", "--json"],
        ["show", SOME],
        ["show", SOME.lower(), "--json"],
        ["watch", SOME],
        ["replay-check"],
        ["build", "list"],
        ["acknowledge", SOME, "--by", "ana"],
        ["deny", SOME, "--by", "\udcffana", "--json"],
    ],
)
def test_without_a_server_every_command_says_so_within_seconds(
    arguments: list[str], run: Run
) -> None:
    started = time.monotonic()

    ended = run(*arguments)

    assert ended.err.startswith("cannot reach Temporal at 127.0.0.1:")
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.out) == (1, "")
    assert time.monotonic() - started < 10


def test_a_file_without_one_good_report_needs_no_server(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "reports.json"
    file.write_text('[{"titel": "x"}, {"title": "x", "occurred_at": "2999-01-01T00:00:00Z"}]')

    ended = run("report", "--file", str(file), "--json")

    assert ended.err.splitlines() == [
        "entry 1: title: is missing",
        "entry 1: titel: there is no such field; did you mean title?",
        "entry 2: occurred_at: 2999-01-01T00:00:00+00:00 is in the future",
    ]
    assert (ended.code, ended.out) == (1, "[]\n")


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDFAST_TEMPORAL_PORT", "many")

    ended = run("list")

    assert ended.err.startswith("STANDFAST_TEMPORAL_PORT: ")
    assert ended.code == 1


def test_a_policy_is_checked_with_the_line_of_each_error(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("organisation: Fernhill\nservices: {}\nservice_desk: [\n")

    ended = run("policy", "check", str(file))

    assert ended.code == 1
    assert f"{file}:4" in ended.err


def test_the_shipped_policy_is_right(run: Run) -> None:
    ended = run("policy", "check", "--json")

    assert (ended.code, ended.err) == (0, "")
    assert '"valid": true' in ended.out


def test_without_a_command_the_commands_are_shown(run: Run) -> None:
    ended = run()

    assert "acknowledge" in ended.out
    assert ended.code == 2


def test_the_program_itself_takes_bytes_that_are_no_text_and_ends_with_its_code(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "starter.py", "show", b"INC-\xff\x1b[31m"],
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )

    assert ended.stderr.decode() == (
        "INC-\ufffd[31m is not an incident id; one looks like INC-7F3K2QXWM4\n"
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
