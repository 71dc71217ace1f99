"""Whom an event of a calendar names: in its summary, or else among its attendees."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from standfast.incidents.observation import quote
from standfast.messages.normal_form import normal_form
from standfast.on_call.ical_lines import Property, unescaped
from standfast.on_call.ical_words import says_away

_AROUND_NAMES = re.compile(
    r"\[[^\]]{0,60}\]|\([^)]{0,60}\)|<[^>]{0,254}>| [-–—|@] |:|[’']s\b"
    r"|\bon[- ]?call\b(?: for\b)?|\bis\b",
    re.IGNORECASE,
)
"""What schedules put around the name of a person: `[L1] `, ` - Primary`, `On call: `, `(night)`."""

_BETWEEN = re.compile(r"[,;/&+\n]| and | und ", re.IGNORECASE)
"""Between several people."""

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{1,190}")
_NO_PEOPLE = frozenset(("ROOM", "RESOURCE", "GROUP"))
_LONGEST_SUMMARY = 1_000
_VARIANTS = "\ufe0e\ufe0f"
"""Of pictures: in black and white, or in colours."""


class Named(NamedTuple):
    """The keys of the people that an event names, and what it names that nobody knows."""

    people: tuple[str, ...]
    problems: tuple[str, ...] = ()


class People:
    """The people of the policy, by what calendars call them.

    names: each key with the person's full name. addresses: each key with mail addresses.
    """

    def __init__(self, names: Mapping[str, str], addresses: Mapping[str, Sequence[str]]) -> None:
        self._names: dict[str, set[str]] = {}
        for key, name in names.items():
            self._names.setdefault(_folded(name), set()).add(key)
        # A key wins over a full name with the same spelling.
        self._names |= {_folded(key): {key} for key in names}
        self._addresses: dict[str, set[str]] = {}
        for key, of_person in addresses.items():
            for address in of_person:
                self._addresses.setdefault(_folded(address), set()).add(key)

    def named(self, summary: str, attendees: Sequence[Property], shown: str) -> Named:
        """Whom the summary names, and only where it names nobody that is known, who attends."""
        of_summary = self._of_summary(summary[:_LONGEST_SUMMARY], shown)
        if of_summary.people or not attendees:
            return of_summary
        attending = self._attending(attendees)
        if attending.people:
            return attending
        return Named((), (*of_summary.problems, *attending.problems))

    def _of_summary(self, summary: str, shown: str) -> Named:
        people: list[str] = []
        problems: list[str] = []
        whole = self._meant(summary)
        named = [summary] if whole else [each.strip() for each in _BETWEEN.split(summary)]
        for name in filter(None, named):
            meant = sorted(self._meant(name) or self._among(name))
            if meant and not self._meant(name) and says_away(name):
                problems.append(f"{quote(name, 60)!r} says that somebody is away")
            elif len(meant) == 1:
                people += meant
            elif meant:
                problems.append(f"{quote(name, 60)!r} may be {' or '.join(meant)}")
            else:
                problems.append(f"no person {quote(name, 60)!r}")
        if not any(named):
            problems.append(f"{shown} names nobody")
        return Named(tuple(dict.fromkeys(people)), tuple(problems))

    def _meant(self, name: str) -> set[str]:
        """Whom a name, an address, or a name as `Sato, Hana` may mean."""
        folded = _folded(name)
        last, _, first = folded.partition(",")
        turned = f"{first.strip()} {last}"
        return (
            self._names.get(folded)
            or self._addresses.get(folded)
            or self._names.get(turned)
            or set()
        )

    def _among(self, text: str) -> set[str]:
        """Everybody who is a whole part of it, between what schedules put around names."""
        found = {key for part in _parts(text) for key in self._meant(part)}
        for address in _ADDRESS.findall(text):
            found |= self._addresses.get(_folded(address), set())
        return found

    def _attending(self, attendees: Sequence[Property]) -> Named:
        people: list[str] = []
        unknown: list[str] = []
        for each in attendees:
            if _stays_away(each):
                continue
            address = unquote(re.sub("(?i)^mailto:", "", each.value.strip())).strip("<> ")
            name = unescaped(each.params.get("CN", "")).strip("' ")
            addresses = filter(None, (address, each.params.get("EMAIL", "")))
            of_address = (self._addresses.get(_folded(one)) for one in addresses)
            known = next(filter(None, of_address), None)
            meant = sorted(known or self._meant(name) or self._among(name))
            if len(meant) == 1:
                people += meant
            elif meant:
                unknown.append(f"the attendee {quote(name, 60)!r} may be {' or '.join(meant)}")
            else:
                unknown.append(f"no person for the attendee {quote(name or address, 60)!r}")
        return Named(tuple(dict.fromkeys(people)), tuple(unknown))


def _parts(text: str) -> Iterator[str]:
    brackets = re.findall(r"[\[(]([^\])]{1,60})[\])]", text)
    yield from (part for part in _AROUND_NAMES.split(text) if part.strip())
    yield from brackets


def _stays_away(attendee: Property) -> bool:
    declined = attendee.params.get("PARTSTAT", "").upper() == "DECLINED"
    return declined or attendee.params.get("CUTYPE", "").upper() in _NO_PEOPLE


def _folded(name: str) -> str:
    """Without what is no part of a name: what cannot be seen, and pictures."""
    kinds = ((each, unicodedata.category(each)) for each in name if each not in _VARIANTS)
    seen = "".join(" " if kind == "So" else each for each, kind in kinds if kind != "Cf")
    return " ".join(normal_form("NFC", seen).casefold().split())
