"""Markdown of people is shown at once, whatever is in it."""

import time

import pytest

from standfast.console.markdown_html import markdown_html
from standfast.documents.markdown import LONGEST_MARKDOWN


@pytest.mark.parametrize("length", [LONGEST_MARKDOWN, 60_000])
@pytest.mark.parametrize(
    "piece", ["[", "![", "[a](", "*a ", "**a", "`a", "> ", "- ", "|", "<", "&"]
)
def test_however_long_it_is_shown_at_once(piece: str, length: int) -> None:
    began = time.process_time()
    markdown_html((piece * length)[:length])
    assert time.process_time() - began < 0.25
