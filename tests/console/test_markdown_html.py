"""Markdown of people is shown at once, whatever is in it."""

import time

import pytest

from standfast.console.markdown_html import markdown_html
from standfast.documents.markdown import LONGEST_MARKDOWN

AT_ONCE = 0.75
"""Seconds of its own processor time on a slow machine; without its bounds each of these takes many
times as long.
"""


@pytest.mark.parametrize("length", [LONGEST_MARKDOWN, 60_000])
@pytest.mark.parametrize(
    "piece", ["[", "![", "[a](", "*a ", "**a", "`a", "> ", "- ", "|", "<", "&"]
)
def test_however_long_it_is_shown_at_once(piece: str, length: int) -> None:
    began = time.thread_time()
    markdown_html((piece * length)[:length])
    assert time.thread_time() - began < AT_ONCE


def table(columns: int, rows: int) -> str:
    return "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|b\n" * rows


def test_a_table_that_short_lines_would_make_huge_is_shown_as_typed() -> None:
    assert markdown_html(table(10, 100)).count("<td>") == 1_000
    for columns, rows in ((1_000, 1_500), (50, 2_000), (3, 6_000)):
        began = time.thread_time()
        assert len(markdown_html(table(columns, rows)[:LONGEST_MARKDOWN])) < 100_000
        assert time.thread_time() - began < AT_ONCE
