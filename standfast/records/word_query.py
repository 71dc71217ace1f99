"""Which words incidents must have: what a full text is asked for."""

from typing import NamedTuple

from standfast.incidents.search_query import Phrase

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


def stems(word: str) -> list[str]:
    """What is indexed of words that begin so may be shorter: those that are looked for as well."""
    shortest = max(_SHORTEST_STEM, len(word) - _LONGEST_ENDING)
    return [word[:length] for length in range(len(word) - 1, shortest - 1, -1)]
