"""What of an incident is indexed: its line in lists, its words in two parts, and its terms.

The parts are what its reporter may read and the rest, by the same rules as the reporter's view.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from standfast.incidents import reporters_part
from standfast.incidents.actors import AUTOMATION, OURSELVES
from standfast.incidents.confidentiality import readers_of
from standfast.incidents.correction import corrected
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.report import Report
from standfast.incidents.same_person import is_same_person
from standfast.incidents.search_query import LONGEST_VALUE, Field
from standfast.incidents.search_words import same_name, words_of

LONGEST_PART = 60_000
"""Characters of each part that are indexed; a tsvector may hold one megabyte."""

_MOST_TERMS = 300
"""Terms of an incident: thousands of people may have reported it."""

_HALF = 16
"""Letters of each half of a digest, for the words and for the terms."""

_REPORTED = frozenset({"reported", "reported_again"})
"""Events whose detail begins with a part of the report, which is indexed by itself."""


class IndexedIncident(NamedTuple):
    """An episode as lists have it. What is not known is empty, the tier and `closed_at` None.

    reporter: who reported it first, and so finds it with the reporter's view.
    readers: who finds it by name, a line each, and that it is confidential: `readers_of` it.
    """

    incident_id: str
    episode: int
    is_open: bool
    title: str
    latest_title: str
    service: str
    category: str
    priority: str
    team: str
    tier: int | None
    assignee: str
    reporter: str
    stage: str
    outcome: str
    opened_at: datetime
    closed_at: datetime | None
    readers: str


class Term(NamedTuple):
    """Something that an incident has several of. reported: its reporter may know of it."""

    name: Field
    value: str
    reported: bool = False


class MoreWords(NamedTuple):
    """What else an episode is found by, that is not in its view.

    reported: what its reporter may read. rest: what only responders may.
    """

    reported: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    def __add__(self, other: object) -> "MoreWords":
        """Both, in this order."""
        if not isinstance(other, MoreWords):
            return NotImplemented
        return MoreWords(self.reported + other.reported, self.rest + other.rest)


def what_changed(before: str, now: str) -> tuple[bool, bool]:
    """Whether the words and whether the terms have, by the digests of two entries; "" has none."""
    words = before[:_HALF] != now[:_HALF]
    return words or not before, before[_HALF:] != now[_HALF:] or not before


class SearchEntry:
    """What is indexed of an episode that looks like this."""

    def __init__(self, view: IncidentView) -> None:
        self.archived = view.timeline_archived
        """How many older entries of its timeline are in the table of timelines."""
        self.line = _line(view)
        self.terms = _each_once(_terms(view))
        shown, hidden = _said(view.timeline, view.report.reporter)
        added, added_for_us = _added(view)
        self._reported = (*_told_to_reporter(view), *added, *shown)
        self._rest = (*_found_out(view), *added_for_us, *hidden)

    @cached_property
    def digest(self) -> str:
        """Tells whether words or terms have changed, see `what_changed`; `line` is compared by
        itself.
        """
        return _digest((self.line.title, self._reported, self._rest)) + _digest(self.terms)

    def words_with(self, more: MoreWords) -> tuple[str, str, str]:
        """The words of its title, of what its reporter may read, and of the rest."""
        return (
            _written([self.line.title]),
            _written((*self._reported, *more.reported)),
            _written((*self._rest, *more.rest)),
        )


def _digest(what: object) -> str:
    written = repr(what).encode(errors="surrogatepass")
    return hashlib.blake2b(written, digest_size=_HALF // 2).hexdigest()


def said_in(entries: Iterable[TimelineEntry], reporter: str) -> MoreWords:
    """What people said in these entries of a timeline."""
    return MoreWords(*_said(entries, reporter))


def _line(view: IncidentView) -> IndexedIncident:
    """As it should say by its corrections; who finds it does not go by them."""
    latest = view.latest.title if view.latest else ""
    said = corrected(view)
    return IndexedIncident(
        incident_id=view.incident_id,
        episode=view.episode,
        is_open=view.status == "open",
        title=said.title,
        latest_title=latest if latest != view.title else "",
        service=said.report.service,
        category=said.category or "",
        priority=said.priority or "",
        team=view.team or "",
        tier=view.tier,
        assignee=view.assignee or "",
        reporter=view.report.reporter,
        stage=str(view.stage),
        outcome=view.outcome or "",
        opened_at=view.opened_at,
        closed_at=view.closed_at,
        readers=written_readers(view),
    )


def written_readers(view: IncidentView) -> str:
    """Who finds an incident as its column has them: a line each, with a line end around it."""
    readers = readers_of(view)
    return "".join(f"\n{reader}\n" for reader in readers)


def _terms(view: IncidentView) -> Iterator[Term]:
    for tag in view.tags:
        yield Term("tag", same_name(tag)[:LONGEST_VALUE])
    theirs = view.report.labels
    for name, value in {**view.labels, **theirs}.items():
        yield _term("label", f"{name}={value}", theirs.get(name) == value)
    for name, value in view.labels.items():
        if name in theirs and theirs[name] != value:
            yield _term("label", f"{name}={value}")
    for reporter in (view.report.reporter, *view.reporters):
        is_first = is_same_person(reporter, view.report.reporter)
        yield from _named("reporter", reporter, is_first)
    for person in dict.fromkeys(_people(view)):
        yield from _named("person", person)
    others = (*(each.incident_id for each in view.related), view.merged_into, *view.absorbed)
    for other in others:
        if other:
            yield Term("related", other)


def _each_once(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Names that differ are the same term where only capitals differ, or what is behind the @.

    Its reporter may know of it if they may know of one of them.
    """
    once: dict[tuple[Field, str], Term] = {}
    for term in terms:
        known = once.setdefault((term.name, term.value), term)
        if term.reported and not known.reported:
            once[term.name, term.value] = term
    return tuple(once.values())[:_MOST_TERMS]


def _people(view: IncidentView) -> Iterator[str]:
    """Who had to do with it."""
    for name in (view.assignee, view.acknowledged_by, view.commander, view.report.entered_by):
        if name:
            yield name
    if view.approval:
        yield from view.approval.approvers
    for entry in view.timeline:
        if _by_a_person(entry):
            yield entry.actor
        if entry.event == "page_sent" and entry.person:
            yield entry.person


def _named(field: Field, name: str, reported: bool = False) -> Iterator[Term]:
    """A person is also found by what stands before the @ of their address."""
    if not name:
        return
    yield _term(field, name, reported)
    local, at, _ = name.partition("@")
    if at and local:
        yield _term(field, local, reported)


def _term(field: Field, value: str, reported: bool = False) -> Term:
    return Term(field, same_name(value)[:LONGEST_VALUE], reported)


def _by_a_person(entry: TimelineEntry) -> bool:
    return entry.actor not in (OURSELVES, AUTOMATION) and entry.event not in _REPORTED


def _words_said(entry: TimelineEntry) -> str:
    """What a person said; of a repeat what it describes, below our own words about it."""
    if entry.event in _REPORTED:
        return entry.detail.partition("\n")[2]
    return entry.detail if _by_a_person(entry) else ""


def _said(
    entries: Iterable[TimelineEntry], reporter: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What people said, the latest first: what the reporter may read of it, and the rest."""
    shown: list[str] = []
    hidden: list[str] = []
    for entry in entries:
        if said := _words_said(entry):
            seen = reporters_part.timeline(entry, reporter)
            (shown if seen and seen.detail else hidden).append(said)
    return tuple(reversed(shown)), tuple(reversed(hidden))


def _added(view: IncidentView) -> tuple[list[str], list[str]]:
    """What was added after it had closed, the latest first: what its reporter may read, the rest.

    A title that was corrected is still found by what it said.
    """
    shown: list[str] = []
    hidden: list[str] = []
    for each in reversed(view.additions):
        if reporters_part.addition(each, view.report.reporter):
            text, *reasons = each.words or ("",)
            shown.append(text)
            hidden += reasons
        else:
            hidden += each.words
    if view.additions:
        shown.append(view.title)
    return shown, hidden


def _told_to_reporter(view: IncidentView) -> Iterator[str]:
    """What its reporter said, and what they are told of how it was resolved."""
    name = view.report.reporter
    if view.resolution:
        yield reporters_part.resolution(view.resolution, name).summary
    yield from _texts(view.report)
    if view.latest and reporters_part.report(view.latest, name):
        yield view.latest.title
        yield from _texts(view.latest)


def _found_out(view: IncidentView) -> Iterator[str]:
    """What is known of it that its reporter is not shown."""
    if view.resolution:
        given = view.resolution
        if given.by == AUTOMATION:
            yield given.summary
        yield from (given.root_cause, *given.steps)
    if view.latest and not reporters_part.report(view.latest, view.report.reporter):
        yield view.latest.title
        yield from _texts(view.latest)
    yield from (piece.detail for piece in view.evidence)
    if view.remediation:
        yield view.remediation.runbook
    if view.subcategory:
        yield view.subcategory


def _texts(report: Report) -> Iterator[str]:
    """What it says, without its title: that of the first report is the incident's."""
    yield from (report.error_message, report.description, report.impact_statement)


def _written(texts: Iterable[str]) -> str:
    """As many of the words as are indexed."""
    room, parts = LONGEST_PART, []
    for text in texts:
        words = " ".join(words_of(text[:room]))[:room]
        if words:
            parts.append(words)
            room -= len(words) + 1
        if room <= 0:
            break
    return "\n".join(parts)
