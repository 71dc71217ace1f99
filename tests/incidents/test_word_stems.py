"""The stems of words: what is the same word to the search."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.word_stems import stem_of

_ENDINGS = """
    s es ies sses ed eed ing ating bling y ational enci izer bli alli entli eli ousli ization ator
    alism iveness fulness ousness aliti iviti biliti logi icate ative alize iciti ical ful ness al
    ance ence er ic able ement ment ent sion tion ou ism ate iti ous ive ize e ll
    """.split()  # noqa: SIM905


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("certificate certificates", "certif"),
        ("connect connected connecting connection connections", "connect"),
        ("policy policies", "polici"),
        ("300s", "300s"),
        ("größe", "größe"),
        ("us", "us"),
    ],
)
def test_endings_do_not_matter(words: str, stem: str) -> None:
    assert {stem_of(word) for word in words.split()} == {stem}


def test_they_are_porters_as_sqlite_has_them() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE text USING fts5(words, tokenize = 'porter ascii')")
        database.execute("CREATE VIRTUAL TABLE stems USING fts5vocab(text, row)")

        @settings(max_examples=300, deadline=None)
        @given(
            st.text("abcdeilnorstuz", min_size=2, max_size=8),
            st.sampled_from(_ENDINGS),
            st.sampled_from(["", *_ENDINGS]),
        )
        def hold(beginning: str, first: str, second: str) -> None:
            word = beginning + first + second
            database.execute("DELETE FROM text")
            database.execute("INSERT INTO text VALUES (?)", (word,))
            [(stem,)] = database.execute("SELECT term FROM stems").fetchall()
            assert stem_of(word) == stem

        hold()
    database.close()
