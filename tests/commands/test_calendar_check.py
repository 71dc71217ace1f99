"""`policy check` of calendars: gaps and unknown people in the weeks to come."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from tests.on_call.ics import ALWAYS_ANNA, calendar, event, week
from tests.on_call.server import CalendarServer
from tests.policy.small import SMALL

ROTATION = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]

Checked = Callable[..., tuple[int, str, str]]


@pytest.fixture
def checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Checked:
    """Checks a policy whose one tier has that calendar; `content` is the file rota.ics."""

    def checked(
        content: bytes | None, source: str = "rota.ics", *options: str
    ) -> tuple[int, str, str]:
        schedule = f"        calendar: {source}\n        time_zone: Europe/Berlin\n"
        path = tmp_path / "policy.yaml"
        path.write_text(f"{SMALL.replace(ROTATION, schedule)}hosts: [127.0.0.1]\n")
        if content is not None:
            (tmp_path / "rota.ics").write_bytes(content)
        code = run_command(("policy", "check", str(path), *options))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return checked


PLACE = "policy.yaml:28: teams.desk.tiers.0.calendar: "
EVERY_OTHER_WEEK = "RRULE:FREQ=WEEKLY;INTERVAL=2"


def test_a_calendar_that_always_has_somebody_is_right(checked: Checked) -> None:
    code, out, err = checked(ALWAYS_ANNA)
    assert (code, err) == (0, "")
    assert "is valid" in out


def test_gaps_and_unknown_people_are_errors_with_their_line(
    checked: Checked, tmp_path: Path
) -> None:
    code, _, err = checked(calendar(week("anna\\, zoe", "20260105", "20260112", EVERY_OTHER_WEEK)))
    lines = [line.removeprefix(f"{tmp_path}/{PLACE}") for line in err.splitlines()]
    assert (code, lines[0]) == (1, "no person 'zoe'")
    assert len(lines) in (5, 6)
    assert all(line.startswith("nobody is on call from ") for line in lines[1:])
    assert lines[2].count(" 00:00:00 CE") == 2, "whole weeks of Berlin"


def test_gaps_that_are_allowed_are_no_errors(checked: Checked) -> None:
    content = calendar(week("anna", "20260105", "20260112", EVERY_OTHER_WEEK))
    code, _, err = checked(content, "rota.ics\n        gaps: allowed")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "it cannot be read: No such file or directory"), (b"<html>", "it is no iCalendar")],
)
def test_a_file_that_cannot_be_used_is_an_error(
    checked: Checked, content: bytes | None, words: str
) -> None:
    code, out, err = checked(content)
    assert (code, out) == (1, "")
    assert f"{PLACE}{words}" in err


def test_what_a_calendar_leaves_out_is_told_and_the_rest_counts(checked: Checked) -> None:
    broken = event("anna", "20260105T090000", "20260105T080000")
    code, _, err = checked(
        ALWAYS_ANNA.replace(b"BEGIN:VEVENT", f"{broken}\r\nBEGIN:VEVENT".encode())
    )
    assert code == 1
    assert err.endswith(
        "the event 'anna' of 2026-01-05 cannot be used: it does not end after its start\n"
    )
    assert err.count("\n") == 1


def test_a_rotation_in_which_somebody_never_comes_up_is_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    layers = "layers: [{rotation: {people: [anna]}}, {rotation: {people: [anna, bert]}}]"
    people = 'people:\n  bert: {name: Bert, channels: {box: "outbox://"}}\n'
    path.write_text(SMALL.replace(ROTATION, f"        {layers}\n").replace("people:\n", people, 1))
    assert run_command(("policy", "check", str(path))) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        "desk, L1: anna, bert never come up in layer 2: the layers above it always have somebody\n"
    )
    assert "is valid" in captured.out


def test_a_url_that_can_be_asked_is_checked_like_a_file(checked: Checked) -> None:
    with CalendarServer(calendar(week("anna", "20260105", "20260112"))) as server:
        code, _, err = checked(None, server.url)
    assert code == 1
    assert [line.rpartition("calendar: ")[2][:22] for line in err.splitlines()] == [
        "nobody is on call from"
    ]


def test_a_url_that_cannot_be_asked_from_here_is_a_warning(checked: Checked) -> None:
    url = "http://127.0.0.1:1/private/rota.ics"
    name = "desk, L1: the calendar at 127.0.0.1"
    words = f"{name} could not be checked: no answer: Connection refused"
    code, out, err = checked(None, url)
    assert (code, err) == (0, f"{words}\n")
    assert "is valid" in out
    code, out, _ = checked(None, url, "--json")
    assert (code, json.loads(out)["valid"], json.loads(out)["warnings"]) == (0, True, [words])
