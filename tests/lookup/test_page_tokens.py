"""Cursors of lists: ours, unchanged, for the same list; nothing else leads anywhere."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.intake.errors import Refused
from standfast.lookup.page_tokens import PageTokens

OLD, NEW = b"old-" * 8, b"new-" * 8
LISTED = ("", "P1", "desk")


def test_a_cursor_leads_to_its_place_in_its_list_alone() -> None:
    tokens = PageTokens([OLD])
    cursor = tokens.make(LISTED, b"place")
    assert tokens.read(cursor, LISTED, "page") == b"place"
    for other in (("", "P1"), ("", "P2", "desk"), ("P1", "", "desk"), ()):
        with pytest.raises(Refused, match="page: is not the `next` of a list like this one"):
            tokens.read(cursor, other, "page")


def test_nobody_reads_what_is_in_a_cursor() -> None:
    """The score of a word tells how many others have it, and a number how many there are."""
    cursor = PageTokens([OLD]).make(LISTED, b"place")
    assert b"place" not in base64.urlsafe_b64decode(cursor)


def test_a_changed_key_leaves_cursors_good_until_it_is_removed() -> None:
    cursor = PageTokens([OLD]).make(LISTED, b"place")
    assert PageTokens([NEW, OLD]).read(cursor, LISTED, "page") == b"place"
    with pytest.raises(Refused):
        PageTokens([NEW]).read(cursor, LISTED, "page")


@pytest.mark.hypothesis
@settings(max_examples=50)
@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_nobody_makes_one_up(cursor: str) -> None:
    with pytest.raises(Refused, match="after"):
        PageTokens([OLD]).read(cursor, LISTED, "after")
