"""What commands print is data on standard output, and never more than text to a terminal."""

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.commands.failures import DONE, FAILED, INTERRUPTED, MISUSED, UsageError, exit_code_of
from standfast.incidents.actions import Action, ActionResult
from standfast.incidents.flowchart import Box
from standfast.intake.errors import Refused
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json

NASTY = "[bold]x[/bold] :fire: \x1b[31mred\x07 \x9b2J\u202egnp.exe"


def fails_with(error: BaseException) -> int:
    def command() -> None:
        raise error

    return exit_code_of(command)


@pytest.mark.parametrize(
    "printed", [print_line, print_note, lambda text: out().print(plain_text(text))]
)
def test_nobodys_words_become_markup_or_terminal_commands(
    printed: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(printed)
    printed(NASTY)

    captured = capsys.readouterr()
    assert captured.out + captured.err == "[bold]x[/bold] :fire: [31mred 2Jgnp.exe\n"


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("first\nsecond\r\nthird")

    assert capsys.readouterr().err == "first second third\n"


def test_what_the_system_could_not_decode_is_printed_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_note("no such file: \udcff.json")

    assert capsys.readouterr().err == "no such file: \ufffd.json\n"


def test_json_is_one_document_with_models_and_times_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = ActionResult(
        incident_id="INC-7F3K2QXWM4", action=Action.RESOLVE, message="Büro", stage=Box.RESOLVE
    )

    print_json([result, {"nested": result}])

    text = capsys.readouterr().out
    assert json.loads(text)[1]["nested"] == json.loads(text)[0]
    assert "Büro" in text


def test_json_survives_a_terminal_that_knows_only_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)

    print_json({"title": "Büro 日本"})

    terminal.flush()
    terminal.seek(0)
    assert json.loads(terminal.read()) == {"title": "Büro 日本"}


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Refused("title: is missing\nservice: must be text"), FAILED, "service: must be text\n"),
        (UsageError("give one of --a and --b"), MISUSED, "give one of --a and --b\n"),
        (KeyboardInterrupt(), INTERRUPTED, ""),
        (SystemExit(1), FAILED, ""),
    ],
)
def test_expected_failures(
    error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fails_with(error) == code
    assert capsys.readouterr().err.endswith(says)


def test_a_bug_leaves_its_traceback_in_a_file_and_one_line_for_the_user(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fails_with(KeyError("stage")) == FAILED

    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "KeyError: 'stage'" in told
    report = Path(told.split()[-1])
    assert "Traceback" in report.read_text(encoding="utf-8")
    report.unlink()


def test_success_is_zero() -> None:
    assert exit_code_of(lambda: datetime.now(UTC)) == DONE
