"""Runs are collected over days, a line each, and summed up."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from benchmarks.faults.results import append, document, read, tables
from benchmarks.faults.run import RunResult


def result(seed: int, **other: object) -> RunResult:
    plain: dict[str, object] = {
        "seed": seed,
        "at": "2026-11-29T22:00:00Z",
        "commit": "4fc7c35",
        "machine": "2 cores",
        "seconds": 40.0,
        "reports": 12,
        "messages": 40,
        "copies": 1,
        "effects": 2,
        "lost": (),
        "doubled": (),
        "stuck": (),
        "recoveries": (("worker killed", 4.2),),
        "tried": {"worker killed": 2, "same mail again": 1},
    }
    return RunResult.model_validate(plain | other)


def test_what_was_added_is_read_again_and_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    runs = [result(1), result(2, stuck=("INC-AAAAAAAAAA: still open",))]
    for one in runs:
        append(tmp_path / "one.jsonl", one)
    assert read([tmp_path / "one.jsonl", tmp_path / "none.jsonl"]) == runs
    assert [one.is_sound for one in runs] == [True, False]


def test_the_document_counts_what_must_not_be() -> None:
    slow = (("worker killed", 3.0), ("disk full + API killed", 9.5))
    runs = [result(1, lost=("a", "b"), doubled=("c",)), result(2, stuck=("d",), recoveries=slow)]
    expected = {"runs": 2, "lost": 2, "doubled": 1, "stuck": 1, "longest_recovery_s": 9.5}
    assert document(runs) == expected
    assert document([])["longest_recovery_s"] == 0.0


def test_the_tables_say_how_often_each_kind_was_tried_and_left_out() -> None:
    console = Console(width=200, record=True, file=StringIO())
    for table in tables([result(1), result(2, left_out={"disk full": 3})]):
        console.print(table)
    words = [line.split("│")[1:-1] for line in console.export_text().splitlines() if "│" in line]
    rows = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in words}
    assert rows["reports taken"] == ["24"]
    assert rows["worker killed"] == ["4", "", "4.2 s"]
    assert rows["disk full"] == ["0", "3", "–"]
