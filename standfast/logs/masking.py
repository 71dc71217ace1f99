"""What differs from one occurrence of a message to the next, masked."""

import re

MASK = "#"
_VARIES = re.compile(
    r"""
      (?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)   # UUID
    | (?<!\w)0x[0-9a-f]+
    | (?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])    # IPv6, and times
    | (?<!\w)(?=[a-f]*\d)[0-9a-f]{6,}(?!\w)                      # hexadecimal id
    | (?:(?<!\w)[-+])?\d+(?:[.,:]\d+)*                           # number, IPv4, time
    """,
    re.VERBOSE,
)
_SEVERAL = re.compile(rf"{MASK}(?:[\s\-/t:.,+]*{MASK})+(?:z(?!\w))?")
"""The parts of a date, or a list of numbers, which may be of any length."""


def masked(text: str) -> str:
    """Numbers, times, hexadecimal ids, UUIDs and addresses become `#`; `text` is case-folded."""
    return _SEVERAL.sub(MASK, _VARIES.sub(MASK, text))


def one_spaced(text: str) -> str:
    """Runs of white space as one space, none at the ends."""
    return " ".join(text.split())
