"""What somebody searches for, as they type it: `service:vpn label:host=web-1 certificate* -test`.

`parse` reads it; it does no I/O, and its errors name the word and its place. docs/search.md has the
grammar.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, NamedTuple

from standfast.incidents.assessment import Priority
from standfast.incidents.ids import is_incident_id
from standfast.incidents.record import Outcome
from standfast.incidents.search_words import COMMON, MOST_WORDS, is_unspaced, same_name, words_of
from standfast.messages.clean_text import one_line
from standfast.time.asked_moment import asked_moment

LONGEST_QUERY = 1_000
"""Characters of a query."""

LONGEST_VALUE = 600
"""Characters of a value; the longest label is as long."""

_AT_LEAST_OF_A_PREFIX = 3
"""Letters before a `*`: with fewer, too many words begin so. In other scripts two say as much."""

_LONGEST_PHRASE = 4 * MOST_WORDS
"""Words of a phrase; a line of Chinese has as many as it has letters."""

Field = Literal[
    "service",
    "category",
    "priority",
    "team",
    "assignee",
    "outcome",
    "reporter",
    "person",
    "tag",
    "label",
    "related",
    "id",
]
"""What an incident can be narrowed by, besides `is`, `since` and `before`."""


class QueryError(ValueError):
    """A query that cannot be understood. word: as it was typed; at: its place, from 1."""

    def __init__(self, word: str, at: int, why: str) -> None:
        shown = one_line(word)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        super().__init__(f'"{shown}" at character {at}: {why}')
        self.word = word
        self.at = at


class Phrase(NamedTuple):
    """Words that stand beside each other, as `search_words.words_of` gives them.

    is_prefix: the last one is only the beginning of a word.
    """

    words: tuple[str, ...]
    is_prefix: bool = False


class Condition(NamedTuple):
    """An incident has one of these values in this field; excluded: none of them.

    Values are as they were typed, but those that `FIELDS` brings into another form.
    """

    field: Field
    values: tuple[str, ...]
    excluded: bool = False


class SearchQuery(NamedTuple):
    """What is looked for: everything in it must hold. Empty, it is every incident.

    text: as it was typed; two queries with the same text find the same.
    conditions: by field. `label`, `tag`, `reporter`, `person` and `related` may come more than
        once, and each must hold.
    wanted, unwanted: words that must, and that must not be in it.
    is_open: True for open ones, False for closed ones, None for both.
    since, before: from when on, and until before when it was reported.
    left_out: OR and NOT, where somebody seems to have meant more by them than the word.
    """

    text: str = ""
    conditions: tuple[Condition, ...] = ()
    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    is_open: bool | None = None
    since: datetime | None = None
    before: datetime | None = None
    left_out: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether there is more in it than words."""
        return bool(self.conditions or self.since or self.before or self.is_open is not None)


class _FieldRule(NamedTuple):
    """several: an incident may have several of them. form: brings a value into its own form, and
    raises ValueError with the reason where it cannot be one.
    """

    several: bool
    form: Callable[[str], str]


def _name(value: str) -> str:
    return value


def _priority(value: str) -> str:
    if value.upper() not in set(Priority):
        raise ValueError(f"is no priority; they are {', '.join(Priority)}")
    return value.upper()


def _outcome(value: str) -> str:
    if value.lower() not in set(Outcome):
        raise ValueError(f"is no outcome; they are {', '.join(Outcome)}")
    return value.lower()


def _label(value: str) -> str:
    name, equals, _ = value.partition("=")
    if not equals or not name:
        raise ValueError("a label is looked for as label:NAME=VALUE")
    return same_name(value)


def _id(value: str) -> str:
    if not is_incident_id(value.upper()):
        raise ValueError("is not the id of an incident; ids look like INC-7F3K2QXWM4")
    return value.upper()


FIELDS: Mapping[str, _FieldRule] = MappingProxyType(
    {
        "service": _FieldRule(False, _name),
        "category": _FieldRule(False, _name),
        "priority": _FieldRule(False, _priority),
        "team": _FieldRule(False, _name),
        "assignee": _FieldRule(False, _name),
        "outcome": _FieldRule(False, _outcome),
        "reporter": _FieldRule(True, same_name),
        "person": _FieldRule(True, same_name),
        "tag": _FieldRule(True, same_name),
        "label": _FieldRule(True, _label),
        "related": _FieldRule(True, _id),
        "id": _FieldRule(False, _id),
    }
)
"""How the value of each field is read."""

_OTHERS = ("is", "since", "before")
ALL_FIELDS = (*FIELDS, *_OTHERS)
"""Every word that may stand before a colon."""

_AS_TYPED = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), "：": ":", "＊": "*"})
"""Phones and word processors put them in the place of what is on a keyboard."""

_OPERATORS = ("OR", "NOT")
"""Of other searches. Here they are words like others, that are in nearly every incident."""

_TOKEN = re.compile(r'(-?)(?:([A-Za-z_]+):(?!//))?("[^"]*"?|[^\s"]+)?(\*?)')


def written(field: str, value: str) -> str:
    """A condition as one types it, `team:"service desk"`. A value in it has no quotes.

    >>> written("service", "vpn")
    'service:vpn'
    """
    return f'{field}:"{value}"' if re.search(r"\s", value) else f"{field}:{value}"


class _Parts:
    """What has been read so far."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.conditions: list[Condition] = []
        self.wanted: list[Phrase] = []
        self.unwanted: list[Phrase] = []
        self.is_open: bool | None = None
        self.since: datetime | None = None
        self.before: datetime | None = None


def parse(text: str, now: datetime) -> SearchQuery:
    """Read a query. `now` is what `since:7d` counts from.

    Raises:
        QueryError: it cannot be understood; the error says which word, where, and why.

    >>> parse("service:vpn -test", datetime(2026, 11, 30)).unwanted
    (Phrase(words=('test',), is_prefix=False),)
    """
    if len(text) > LONGEST_QUERY:
        raise QueryError(
            text, 1, f"it is {len(text)} characters long; at most {LONGEST_QUERY} are looked for"
        )
    typed, text = text, text.translate(_AS_TYPED)
    parts, at, said_nothing = _Parts(now), 0, ""
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        token = found.group() if found else ""
        if not found or not token:
            raise QueryError(text[at:], at + 1, "cannot be read")
        word, place = token, at + 1
        minus, field, value, star = found.groups()
        at = found.end()
        if field is not None:
            _read_field(parts, field, value or "", star, excluded=bool(minus), word=word, at=place)
        elif not _read_words(parts, value or "", star, excluded=bool(minus), word=word, at=place):
            said_nothing = said_nothing or word
        many = len(parts.conditions) + len(parts.wanted) + len(parts.unwanted)
        if many > MOST_WORDS:
            raise QueryError(word, place, f"at most {MOST_WORDS} words and fields are looked for")
    query = SearchQuery(
        text=typed.strip(),
        conditions=tuple(parts.conditions),
        wanted=tuple(dict.fromkeys(parts.wanted)),
        unwanted=tuple(dict.fromkeys(parts.unwanted)),
        is_open=parts.is_open,
        since=parts.since,
        before=parts.before,
    )
    if said_nothing and query == SearchQuery(text=query.text):
        why = "letters and digits are looked for, and no signs"
        if words_of(said_nothing):
            why = "such words are in nearly every incident"
        raise QueryError(
            said_nothing,
            text.find(said_nothing) + 1,
            f"there is nothing in it to look for; {why}",
        )
    # A title in capitals has such words, too.
    given = text.split() if text != text.upper() else ()
    return query._replace(left_out=tuple(each for each in _OPERATORS if each in given))


def _read_words(
    parts: _Parts, value: str, star: str, *, excluded: bool, word: str, at: int
) -> bool:
    """Whether there was something to look for."""
    if not star and is_incident_id(value.upper()):
        _add(parts, "id", _id(value), excluded=excluded)
        return True
    is_quoted = value.startswith('"')
    text = _unquoted(value, word, at) if is_quoted else value
    is_prefix = bool(star) or (not is_quoted and text.endswith("*"))
    words = words_of(text)
    if not words or (not is_prefix and set(words) <= COMMON):
        return False
    if len(words) > _LONGEST_PHRASE:
        raise QueryError(word, at, f"a phrase has at most {_LONGEST_PHRASE} words")
    least = _AT_LEAST_OF_A_PREFIX - (not words[-1].isascii())
    if is_prefix and len(words[-1]) < least and not is_unspaced(words[-1]):
        raise QueryError(word, at, f"needs at least {least} letters before the *")
    phrase = _phrase(words, is_prefix=is_prefix)
    (parts.unwanted if excluded else parts.wanted).append(phrase)
    return True


def _phrase(words: list[str], *, is_prefix: bool) -> Phrase:
    """Where a script has no spaces, what was typed may go on in the text, as with a `*`."""
    *before, last = words
    if not is_unspaced(last):
        return Phrase(tuple(words), is_prefix)
    if len(before) and is_unspaced(before[-1]) and before[-1].endswith(last):
        return Phrase(tuple(before))  # the two letters before say it all
    return Phrase(tuple(words), is_prefix=True)


def _read_field(
    parts: _Parts, typed: str, value: str, star: str, *, excluded: bool, word: str, at: int
) -> None:
    name = typed.lower()
    if name not in ALL_FIELDS:
        close = get_close_matches(name, ALL_FIELDS, n=1)
        hint = f"did you mean {close[0]}? The" if close else "the"
        known = ", ".join(ALL_FIELDS)
        raise QueryError(
            word, at, f"there is no field {typed}; {hint} fields are {known}; put words in quotes"
        )
    text = one_line(_unquoted(value, word, at) + star)
    if not text:
        raise QueryError(word, at, f"write what to look for right after {name}:")
    if len(text) > LONGEST_VALUE:
        raise QueryError(word, at, f"a value has at most {LONGEST_VALUE} characters")
    try:
        if name in _OTHERS:
            _read_other(parts, name, text, excluded=excluded)
        else:
            _add(parts, name, FIELDS[name].form(text), excluded=excluded)
    except ValueError as wrong:
        raise QueryError(word, at, str(wrong)) from None


def _unquoted(value: str, word: str, at: int) -> str:
    if not value.startswith('"'):
        return value
    if len(value) < 2 or not value.endswith('"'):
        raise QueryError(word, at, "the quotes are not closed")
    return value[1:-1]


def _add(parts: _Parts, field: str, value: str, *, excluded: bool) -> None:
    """Of what an incident has one of, a further value is an alternative."""
    rule = FIELDS[field]
    for place, known in enumerate(parts.conditions):
        if known.field == field and known.excluded is excluded and not rule.several:
            values = tuple(dict.fromkeys((*known.values, value)))
            parts.conditions[place] = known._replace(values=values)
            return
    new = Condition(field, (value,), excluded)  # type: ignore[arg-type]
    if new not in parts.conditions:
        parts.conditions.append(new)


def _read_other(parts: _Parts, name: str, value: str, *, excluded: bool) -> None:
    if excluded:
        raise ValueError(f"{name}: cannot be excluded; leave out the -")
    if name == "is":
        if value.lower() not in ("open", "closed"):
            raise ValueError("an incident is:open or is:closed")
        parts.is_open = value.lower() == "open"
    elif name == "since":
        parts.since = asked_moment(value, parts.now)
    else:
        parts.before = asked_moment(value, parts.now)
