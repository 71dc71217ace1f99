"""Whether an article speaks of what somebody describes."""

from collections.abc import Collection

from standfast.incidents.article import ArticleText
from standfast.incidents.search_words import words_of

_IN_COMMON = 2
"""Words: one alone, such as `printer`, is in many articles that do not help."""

_LONGEST_ENDING = 3
"""Letters by which two forms of a word differ at most: `drop`, `drops`, `dropped`."""


def fits(words: Collection[str], text: ArticleText) -> bool:
    """Whether the title or the symptom has at least two of these words, or the only one."""
    said = set(words_of(f"{text.title}\n{text.symptom}"))
    asked = set(words)
    in_common = sum(any(_alike(word, other) for other in said) for word in asked)
    return bool(asked) and in_common >= min(_IN_COMMON, len(asked))


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= _LONGEST_ENDING
