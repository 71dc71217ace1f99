"""The measure of records runs on both databases, and every look of it finds what it should."""

import os
from pathlib import Path

import pytest

from benchmarks.record_queries import FIND_NONE, LISTS, SEARCHES
from benchmarks.records import measured, own_schema

_OTHERS = 2 + 1 + 2 + 6 + 1
"""Deep pages, the board, similar ones, statistics, a write."""


@pytest.mark.nightly
def test_every_look_finds_something(tmp_path: Path) -> None:
    found = [measured(f"sqlite:///{tmp_path}/records.db", 2_000, 1)]
    if url := os.environ.get("STANDFAST_TEST_POSTGRESQL"):
        with own_schema(url) as schema:
            found.append(measured(schema, 2_000, 1))
    for each in found:
        figures = {figure["what"]: figure["found"] for figure in each["figures"]}
        assert len(figures) == len(SEARCHES) + len(LISTS) + _OTHERS
        assert {what for what, count in figures.items() if not count} == FIND_NONE
        assert all(each["megabytes"].values())
