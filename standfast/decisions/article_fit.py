"""Whether an article speaks of what somebody describes."""

from collections.abc import Collection

from standfast.incidents.article import ArticleText
from standfast.incidents.search_words import words_of

_IN_COMMON = 2
"""Words: one alone, such as `printer`, is in many articles that do not help."""

_SHORTEST_STEM, _LONGEST_ENDING = 4, 2


def fits(words: Collection[str], text: ArticleText) -> bool:
    """Whether the title or the symptom has at least two of these words, or the only one."""
    stems = {_stem(word) for word in words_of(f"{text.title}\n{text.symptom}")}
    asked = {_stem(word) for word in words}
    return len(asked & stems) >= min(_IN_COMMON, len(asked)) and bool(asked)


def _stem(word: str) -> str:
    """Without an ending, roughly: `drops` and `drop` are one word."""
    return word[: max(_SHORTEST_STEM, len(word) - _LONGEST_ENDING)]
