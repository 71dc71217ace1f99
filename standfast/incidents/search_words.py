"""The words of a text, as they are indexed and looked for: the same in SQLite and PostgreSQL.

Letters and digits only: whatever else somebody types is no operator of a search, and a database's
own idea of a word (a host, a path, an address) cannot hide the words in it.

Chinese, Japanese, Thai and their neighbours write without spaces. Of these every two letters that
stand beside each other are a word, and so is the last one: any part of a text is found as a phrase.
"""

import re
import unicodedata
from collections.abc import Iterator

from standfast.messages.normal_form import normal_form

MOST_WORDS = 24
"""How many words of a text are looked for; the first ones say what it is about."""

LONGEST_WORD = 64
"""Characters of a word that are indexed and looked for: its first ones."""

_WORD = re.compile(r"[^\W_]+")

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U000323af]+)"
)
"""Letters of scripts without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

COMMON = frozenset(
    """
    a about above after again against ain all also am an and any are aren as at be because been
    before being below between both but by can cannot could couldn d did didn do does doesn doing
    don down during each few for from further get gets getting had hadn has hasn have haven having
    he her here hers herself him himself his how i if in into is isn it its itself just ll m ma me
    mightn more most mustn my myself needn no nor not now o of off on once only or other our ours
    ourselves out over own please re s same shan she should shouldn since so some such t than that
    the their theirs them themselves then there these they this those through to too under until up
    ve very was wasn we were weren what when where which while who whom why will with won would
    wouldn y you your yours yourself yourselves
    """.split()  # noqa: SIM905
)
"""Words that say nothing about what is broken; PostgreSQL's own list is among them."""


def words_of(text: str) -> list[str]:
    """All words of a text, in order: lower case, without accents, none longer than `LONGEST_WORD`.

    >>> words_of("Größe of /var/log on WEB-1: naïve")
    ['grosse', 'of', 'var', 'log', 'on', 'web', '1', 'naive']
    >>> words_of("VPN证书过期")
    ['vpn', '证书', '书过', '过期', '期']
    """
    found = _WORD.findall(_folded(text))
    if text.isascii():
        return [word[:LONGEST_WORD] for word in found]
    return [part for word in found for part in _parts(word)]


def is_unspaced(word: str) -> bool:
    """Whether it is of a script without spaces: a single letter of it is only a part of a word."""
    return _UNSPACED.fullmatch(word) is not None


def significant_words(text: str) -> list[str]:
    """The first words of a text that say what it is about, each once.

    >>> significant_words('The "disk" is FULL -- disk_full OR (web-1)')
    ['disk', 'full', 'web']
    """
    words: dict[str, None] = {}
    for word in words_of(text):
        if len(words) == MOST_WORDS:
            break
        says_nothing = len(word) < 3 if word.isascii() else len(word) < 2 and is_unspaced(word)
        if word not in COMMON and not says_nothing:
            words[word] = None
    return list(words)


def same_name(name: str) -> str:
    """A name or label as it is compared: capitals do not matter, nor how é is put together."""
    return " ".join(normal_form("NFC", name).casefold().split())


def _parts(word: str) -> Iterator[str]:
    for number, part in enumerate(_UNSPACED.split(word)):
        is_spaced = number % 2 == 0
        if is_spaced and part:
            yield part[:LONGEST_WORD]
        elif not is_spaced:
            yield from (part[at : at + 2] for at in range(len(part)))


def _folded(text: str) -> str:
    """Without marks: accents, and the vowels above and below the letters of Thai or Hindi."""
    if text.isascii():
        return text.lower()
    apart = normal_form("NFKD", text).casefold()
    return "".join(each for each in apart if not unicodedata.category(each).startswith("M"))
