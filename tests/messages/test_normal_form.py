"""Unicode's normal forms of hostile text: bounded time, and ordinary text stays as it is."""

import re
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast import CODE
from standfast.messages.clean_text import clean
from standfast.messages.normal_form import MOST_MARKS, Form, is_mark, normal_form, with_few_marks

FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
OUT_OF_ORDER = "\u0315\u0300"
TIBETAN = "\u0f73\u0f71"  # each is taken apart into two marks, or is one


@pytest.mark.parametrize(
    "heap", [OUT_OF_ORDER, "\u0345\u0316\u0334", TIBETAN, "\uff9e\u0300\u0334"]
)
def test_a_heap_of_marks_costs_no_more_than_other_text(heap: str) -> None:
    text = "a" + heap * (60_000 // len(heap))
    began = time.process_time()
    for form in FORMS:
        normal_form(form, text)
    assert time.process_time() - began < 1.0


def test_what_is_written_anywhere_stays_as_it_is() -> None:
    for text in (
        "Việt Nam",
        "שָׁלוֹם",
        "क्षेत्रीय कार्यालय",
        "བཀྲ་ཤིས",
        "한국어 서버",
        "é" * 1_000,
        "a" * 100,
    ):
        assert with_few_marks(text) == text
    zalgo = "e" + "\u0301" * MOST_MARKS
    assert with_few_marks(zalgo) == zalgo
    assert with_few_marks(zalgo + "\u0301" * 5 + "x") == zalgo + "x"
    assert clean(f"a{OUT_OF_ORDER * 10_000}") == f"a{OUT_OF_ORDER * 15}"


def test_every_mark_of_unicode_is_known() -> None:
    marks = [chr(code) for code in range(sys.maxunicode + 1) if is_mark(chr(code))]
    assert len(marks) > 800
    for mark in marks:
        assert with_few_marks("a" + mark * 40) == "a" + mark * MOST_MARKS


@settings(max_examples=100, deadline=None)
@given(
    st.text(
        st.sampled_from("ab \u0315\u0300\u0f73\uff9e\u1100\u1161\ufdfa\u0130\u034f"), max_size=200
    )
)
def test_no_letter_has_more_marks_in_any_form(text: str) -> None:
    for form in FORMS:
        run = longest = 0
        for character in normal_form(form, text):
            run = run + 1 if unicodedata.combining(character) else 0
            longest = max(longest, run)
        assert longest <= 2 * MOST_MARKS + 2  # one mark may be taken apart into two


def test_nothing_else_asks_for_a_normal_form() -> None:
    others = [
        path.name
        for room in ("standfast", "workflows", "activities")
        for path in (CODE / room).rglob("*.py")
        if re.search(r"unicodedata\.normalize|import normalize", path.read_text("utf-8"))
    ]
    # The other one takes a single character.
    assert sorted(others) == ["normal_form.py", "streams.py"]
