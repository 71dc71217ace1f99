"""The measure of records runs on both databases, and every search of it finds what it should."""

import os
from pathlib import Path

import pytest

from benchmarks.records import LISTS, SEARCHES, STATS, measured, own_schema

_FIND_NONE = {
    "search: a common word, none of a service",
    "list: those of nobody",
    "list: none of a priority",
}

_MAY_FIND_NONE = {
    "search: two labels",
    "search: a common word, as a reporter",
    "list: closed P1s of a service",
}
"""Among so few."""


@pytest.mark.nightly
def test_every_look_finds_something(tmp_path: Path) -> None:
    found = [measured(f"sqlite:///{tmp_path}/records.db", 2_000, 1)]
    if url := os.environ.get("STANDFAST_TEST_POSTGRESQL"):
        with own_schema(url) as schema:
            found.append(measured(schema, 2_000, 1))
    for each in found:
        figures = {figure["what"]: figure["found"] for figure in each["figures"]}
        assert len(figures) == len(SEARCHES) + len(LISTS) + len(STATS) + 3
        none = {what for what, count in figures.items() if not count}
        assert none - _MAY_FIND_NONE == _FIND_NONE
        assert each["megabytes"]["full text"] > 0
