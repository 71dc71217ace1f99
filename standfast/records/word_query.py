"""Which words incidents must have: what a full text is asked for, and what it keeps."""

from typing import NamedTuple

from standfast.incidents.search_query import Phrase
from standfast.incidents.word_stems import stem_of

MOST_RANKED = 1_000
"""Incidents with the words of a query that are put in order: the newest of them. So a word that is
in half of all records costs no more than another."""

_SHORTEST_STEM, _LONGEST_ENDING = 4, 5
"""A stem is what is indexed of `certificates`: it may be shorter than the beginning that is looked
for, by so many letters."""


class WordQuery(NamedTuple):
    """ways: all phrases of one of these. unwanted: none of these phrases.

    ranked_by: by what else they are put in order, if they have it.
    reported: look only where the reporter may read.
    """

    ways: tuple[tuple[Phrase, ...], ...]
    unwanted: tuple[Phrase, ...] = ()
    ranked_by: tuple[Phrase, ...] = ()
    reported: bool = False


def stems_of_phrase(phrase: Phrase) -> list[str]:
    """Its words as they are indexed; the last one as it is where it is only a beginning."""
    *before, last = phrase.words
    return [*map(stem_of, before), last if phrase.is_prefix else stem_of(last)]


def shorter_stems(beginning: str) -> list[str]:
    """What is indexed of words that begin so may be shorter: those that are looked for as well."""
    shortest = max(_SHORTEST_STEM, len(beginning) - _LONGEST_ENDING)
    cut = (beginning[:length] for length in range(len(beginning) - 1, shortest - 1, -1))
    return [each for each in dict.fromkeys((stem_of(beginning), *cut)) if each != beginning]


def indexed_texts(part: str) -> list[list[str]]:
    """The words of each text of a part, a line each, as they are indexed. No phrase goes over the
    end of one.
    """
    return [[*map(stem_of, text.split())] for text in part.split("\n")]
