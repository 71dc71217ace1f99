"""Text that people are shown: what cannot be seen does not count."""

import sys
import unicodedata

import pytest
from pydantic import ValidationError

from standfast.incidents.report import Report
from standfast.messages.clean_text import clean, one_line

INVISIBLE = {"Cc", "Zs", "Zl", "Zp"}
SEEN_FORMAT_CHARACTERS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Marks of Arabic, Syriac and Kaithi that are drawn around digits."""


def test_no_space_control_or_format_character_is_a_text() -> None:
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind in INVISIBLE or (
            # Those of hieroglyphs and shorthand lay out letters around them.
            kind == "Cf" and code not in SEEN_FORMAT_CHARACTERS and not 0x13430 <= code < 0x13440
        ):
            assert clean(chr(code) * 3) == "", f"{code:x}"


def test_every_letter_digit_and_sign_is_one() -> None:
    blank = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0}
    for code in range(0x30000):
        if unicodedata.category(chr(code))[0] in "LNPS" and code not in blank:
            assert clean(chr(code)) == chr(code), f"{code:x}"


@pytest.mark.parametrize("title", ["\u200b\u200b\u2060", "\u3164", "\u2800 \u2800", "\ufeff\u00ad"])
def test_a_title_that_nobody_can_see_is_refused(title: str) -> None:
    """forem/forem#4969."""
    with pytest.raises(ValidationError, match="must not be empty"):
        Report(title=title)


@pytest.mark.parametrize("title", ["مشكلة 🔥", "👩‍👩‍👧", "?", "é", "障害"])
def test_a_title_in_any_script_is_taken(title: str) -> None:
    assert Report(title=title).title == title


def test_what_is_seen_keeps_what_joins_it() -> None:
    assert one_line("ok \u200d\U0001f468\u200d\U0001f469") == "ok \u200d\U0001f468\u200d\U0001f469"
