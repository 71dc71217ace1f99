"""Reading an incident log: whatever order and shape it is in, and what is wrong in words."""

import gzip
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.replay.log import LogError, LoggedIncident, read_log
from standfast.incidents.assessment import Level
from tests.benchmarks.replay.small_log import COLUMNS, INCIDENTS, LIES, Row, log_of, text_of


def read(tmp_path: Path, text: str | bytes, limit: int | None = None) -> list[LoggedIncident]:
    path = tmp_path / "log.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_log(path, limit)


def without_lines(incidents: list[LoggedIncident]) -> list[LoggedIncident]:
    """Where a row stood in its file is told, and nothing depends on it."""
    return [
        replace(incident, events=tuple(replace(event, line=0) for event in incident.events))
        for incident in incidents
    ]


def test_an_event_is_what_its_row_says(tmp_path: Path) -> None:
    usual = read(tmp_path, text_of(log_of(INCIDENTS)))[0]
    assert (usual.number, len(usual.events)) == ("INC-usual", 5)
    event = usual.events[1]
    assert event.at == datetime(2027, 3, 1, 9, 20, tzinfo=UTC)
    assert (event.line, event.state, event.priority, event.reopen_count) == (3, "Active", "P3", 0)
    assert (event.impact, event.urgency) == (Level.MEDIUM, Level.MEDIUM)
    assert (event.group, event.assigned_to, event.caller) == ("Group 1", "Ana 1", "Caller 7")
    assert event.changed == ("incident_state", "assigned_to")


def test_what_the_log_does_not_know_is_left_out(tmp_path: Path) -> None:
    (unknowns,) = read(tmp_path, text_of(log_of({"INC": INCIDENTS["INC-unknowns"]})))
    first, second, third, fourth, _ = unknowns.events
    assert (first.state, first.priority, first.impact, first.caller) == ("", "", None, "")
    assert (second.state, fourth.state, fourth.reopen_count) == ("", "", None)
    assert third.at == second.at


def test_nothing_that_tells_the_end_is_read(tmp_path: Path) -> None:
    rows = log_of(INCIDENTS)
    truth = read(tmp_path, text_of([row | dict.fromkeys(LIES, "?") for row in rows]))
    for number, row in enumerate(rows):
        row |= dict.fromkeys(LIES, f"lie {number}")
    assert read(tmp_path, text_of(rows)) == truth


@pytest.mark.parametrize("seed", range(5))
def test_rows_may_stand_in_any_order_and_twice(tmp_path: Path, seed: int) -> None:
    rows = log_of(INCIDENTS)
    in_order = read(tmp_path, text_of(rows))
    shuffled = [*rows, *rows[::3]]
    random.Random(seed).shuffle(shuffled)
    by_number = {incident.number: incident for incident in read(tmp_path, text_of(shuffled))}
    again = [by_number[incident.number] for incident in in_order]
    assert without_lines(again) == without_lines(in_order)


def test_a_first_row_whose_count_is_too_high_stays_the_first(tmp_path: Path) -> None:
    rows = log_of({"INC": INCIDENTS["INC-usual"]})
    rows[0]["sys_mod_count"] = "7"
    (incident,) = read(tmp_path, text_of(rows))
    assert [event.state for event in incident.events][:2] == ["New", "Active"]


def test_the_limit_counts_incidents_in_their_order(tmp_path: Path) -> None:
    incidents = read(tmp_path, text_of(log_of(INCIDENTS)), limit=3)
    assert [incident.number for incident in incidents] == list(INCIDENTS)[:3]


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="with a byte order mark"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="lines of Windows"),
        pytest.param(lambda text: text.replace(b"\n", b"\n\n"), id="empty lines"),
        pytest.param(lambda text: text.replace(b",", b", "), id="blanks"),
    ],
)
def test_however_it_is_packed(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    text = text_of(log_of(INCIDENTS))
    read_again = read(tmp_path, packed(text.encode()))
    assert without_lines(read_again) == without_lines(read(tmp_path, text))


GOOD = text_of(log_of({"INC": INCIDENTS["INC-usual"]}))


def spoiled(**cells: str) -> str:
    rows: list[Row] = log_of({"INC": INCIDENTS["INC-usual"]})
    rows[1] |= cells
    return text_of(rows)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \n\n", "is empty", id="blank"),
        pytest.param(",".join(COLUMNS), "has no incident", id="nothing but columns"),
        pytest.param("Dear all,\nthe log is late.\n", "lacks the columns number, ", id="a letter"),
        pytest.param(
            GOOD.replace("impact", "effect"), "lacks the column impact", id="a column less"
        ),
        pytest.param("PK\x03\x04\x00\xff".encode("latin-1"), "not text in UTF-8", id="a picture"),
        pytest.param(gzip.compress(GOOD.encode())[:-20], "damaged gzip", id="half a gzip file"),
        pytest.param(GOOD + "INC,New\n", "line 7: 2 cells for 36 columns", id="a short row"),
        pytest.param(spoiled(number=""), "line 3: no number", id="no number"),
        pytest.param(
            spoiled(sys_updated_at="yesterday"),
            "line 3: 'yesterday' is not a time like 29/2/2016 04:57",
            id="no time",
        ),
        pytest.param(
            spoiled(sys_updated_at="31/2/2027 04:57"), "'31/2/2027 04:57' is not", id="no such day"
        ),
        pytest.param(
            text_of(log_of(INCIDENTS)).replace("/2027 ", "/27 "),
            "line 6: '6/3/27 11:32' is not a time like 29/2/2016 04:57; and 5",
            id="more than one wants to read",
        ),
    ],
)
def test_what_is_no_log_is_said_in_words(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    with pytest.raises(LogError) as told:
        read(tmp_path, text)
    assert complaint in str(told.value)
    assert str(tmp_path / "log.csv") in str(told.value)


@pytest.mark.parametrize("path", [".", "nowhere.csv"])
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, path: str) -> None:
    with pytest.raises(LogError, match="cannot be read: "):
        read_log(tmp_path / path)
