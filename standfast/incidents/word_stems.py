"""Porter's stemmer: `certificates` and `certificate` are the same word to the search.

M. F. Porter, An algorithm for suffix stripping, 1980; https://tartarus.org/martin/PorterStemmer/.
Here and not in the databases, whose stemmers differ: both find the same.
"""

import re
from functools import lru_cache

_SHORTEST = 3
_CONSONANTS, _VOWELS = "[^aeiou][^aeiouy]*", "[aeiouy][aeiou]*"
_HAS_VOWEL = re.compile(f"^(?:{_CONSONANTS})?[aeiouy]")
_ONE_SYLLABLE = re.compile(f"^(?:{_CONSONANTS})?{_VOWELS}{_CONSONANTS}(?:{_VOWELS})?$")
_SYLLABLE = re.compile(f"^(?:{_CONSONANTS})?{_VOWELS}{_CONSONANTS}")
_TWO_SYLLABLES = re.compile(f"^(?:{_CONSONANTS})?(?:{_VOWELS}{_CONSONANTS}){{2}}")
_SHORT = re.compile(f"^{_CONSONANTS}[aeiouy][^aeiouwxy]$")
_DOUBLE = re.compile(r"([^aeiouylsz])\1$")

_SECOND = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "logi": "log",
}
_THIRD = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "ful": "",
    "ness": "",
}
_FOURTH: dict[str, str] = dict.fromkeys(
    (
        *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
        *("(?<=[st])ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"),
    ),
    "",
)


def _ends_in(endings: dict[str, str]) -> re.Pattern[str]:
    return re.compile(f"^(.+?)({'|'.join(endings)})$")


_SECOND_ENDING, _THIRD_ENDING, _FOURTH_ENDING = map(_ends_in, (_SECOND, _THIRD, _FOURTH))


@lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """What a word of `search_words.words_of` has in common with its other endings.

    Only of words of Latin letters: `300s` is not `300`.

    >>> [stem_of(word) for word in ("certificates", "certificate", "expired", "300s")]
    ['certif', 'certif', 'expir', '300s']
    """
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
        return word
    # An y at the beginning is a consonant.
    stem = f"Y{word[1:]}" if word[0] == "y" else word
    stem = _without_participle(_without_plural(stem))
    if stem.endswith("y") and _HAS_VOWEL.match(stem[:-1]):
        stem = f"{stem[:-1]}i"
    stem = _replaced(stem, _SECOND_ENDING, _SECOND, _SYLLABLE)
    stem = _replaced(stem, _THIRD_ENDING, _THIRD, _SYLLABLE)
    stem = _replaced(stem, _FOURTH_ENDING, _FOURTH, _TWO_SYLLABLES)
    return _without_e(stem).lower()


def _without_plural(word: str) -> str:
    if word.endswith(("sses", "ies")) and len(word) > len("ies"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_participle(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _SYLLABLE.match(word[:-3]) else word
    ending = next((each for each in ("ed", "ing") if word.endswith(each)), "")
    left = word[: -len(ending)] if ending else ""
    if not _HAS_VOWEL.match(left):
        return word
    if left.endswith(("at", "bl", "iz")) or _SHORT.match(left):
        return f"{left}e"
    return left[:-1] if _DOUBLE.search(left) else left


def _replaced(
    word: str, ending: re.Pattern[str], by: dict[str, str], needs: re.Pattern[str]
) -> str:
    found = ending.match(word)
    if not found:
        return word
    return found[1] + by.get(found[2], "") if needs.match(found[1]) else word


def _without_e(word: str) -> str:
    if word.endswith("e"):
        left = word[:-1]
        if _TWO_SYLLABLES.match(left) or (_ONE_SYLLABLE.match(left) and not _SHORT.match(left)):
            word = left
    return word[:-1] if word.endswith("ll") and _TWO_SYLLABLES.match(word) else word
