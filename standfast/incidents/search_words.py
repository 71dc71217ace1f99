"""The words of a text, as they are indexed and looked for: the same in SQLite and PostgreSQL.

Letters and digits only: whatever else somebody types is no operator of a search, and a database's
own idea of a word (a host, a path, an address) cannot hide the words in it.
"""

import re
import unicodedata

from standfast.messages.normal_form import normal_form

MOST_WORDS = 24
"""How many words of a text are looked for; the first ones say what it is about."""

LONGEST_WORD = 64
"""Characters of a word that are indexed; what is longer is no word."""

_WORD = re.compile(r"[^\W_]+")

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
    """
    return [word for word in _WORD.findall(_folded(text)) if len(word) <= LONGEST_WORD]


def significant_words(text: str) -> list[str]:
    """The first words of a text that say what it is about, each once.

    >>> significant_words('The "disk" is FULL -- disk_full OR (web-1)')
    ['disk', 'full', 'web']
    """
    words: dict[str, None] = {}
    for word in words_of(text):
        if len(words) == MOST_WORDS:
            break
        if word not in COMMON and not (len(word) < 3 and word.isascii()):
            words[word] = None
    return list(words)


def same_name(name: str) -> str:
    """A name or label as it is compared: capitals do not matter."""
    return " ".join(name.casefold().split())


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = normal_form("NFKD", text).casefold()
    return "".join(each for each in apart if not unicodedata.combining(each))
