"""What happened, compared from every side: timelines, the ledger, what arrived, what was done."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from standfast.health.repair import WATCHDOG
from standfast.incidents.flowchart import Box, edge_between
from standfast.incidents.notification import Purpose
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.resolution import RemediationOutcome
from standfast.records.delivery import DeliveryState, KnownDelivery
from tests.durability.cases import Case, times

_NEWS = (Purpose.TELL, Purpose.TAKEN, Purpose.OVER)
"""What people are only told: the timeline says `told`, without a key."""

_NOT_REACHED = ("not_reached", "nobody_reached", "not_told")


class Arrived(NamedTuple):
    """One message as it came in at somebody's address."""

    key: str
    person: str
    title: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """All that is left when the incidents are closed.

    views: the records by incident. effects: a line for each effect of a runbook, its key.
    accepted: actions that people were told are done: incident, event, how many that makes.
    """

    views: Mapping[str, IncidentView]
    cases: Mapping[str, Case]
    ledger: Mapping[str, KnownDelivery]
    arrived: Sequence[Arrived]
    effects: Sequence[str]
    accepted: Iterable[tuple[str, str, int]]


def faults(found: Evidence) -> list[str]:
    """Everything that must not be, each in a sentence; empty when all is as it should."""
    complaints = [
        *_one_effect_a_key(found.arrived),
        *_explained(found),
        *_runbooks_once(found),
        *_nothing_forgotten(found),
    ]
    for incident, view in found.views.items():
        problems = [
            *_told_without_gaps(view),
            *_walked(view, found.cases[incident]),
            *_sent(view, found),
        ]
        complaints += [f"{incident} ({found.cases[incident].kind}): {what}" for what in problems]
    return complaints


def repeated(arrived: Sequence[Arrived]) -> Counter[str]:
    """Keys that arrived more than once, and how often."""
    counts = Counter(message.key for message in arrived)
    return Counter({key: count for key, count in counts.items() if count > 1})


def given_up(view: IncidentView) -> bool:
    """Whether nobody knows what its runbook did, or undid, so that people had to look.

    Every attempt was lost, or one in the middle of undoing a step that has no check.
    """
    result = view.remediation
    return result is not None and result.outcome is RemediationOutcome.UNKNOWN


def _one_effect_a_key(arrived: Sequence[Arrived]) -> Iterator[str]:
    """At least once outward: copies may come, but they are copies."""
    for key, messages in _by_key(arrived).items():
        if not key:
            yield f"{len(messages)} messages without a key arrived, such as {messages[0].title!r}"
        elif len(set(messages)) > 1:
            yield f"the key {key} had different effects: {sorted(set(messages))}"


def _explained(found: Evidence) -> Iterator[str]:
    """Nobody gets a message that the ledger and the timeline know nothing of."""
    untold: Counter[tuple[str, str, str]] = Counter()
    keys = _by_key(found.arrived)
    for key in {*keys, *found.ledger}:
        incident, _, step, _ = (*key.split(":"), "", "", "", "")[:4]
        line, view = found.ledger.get(key), found.views.get(incident)
        if line is None:
            yield f"{key} arrived at {keys[key][0].person}, and the ledger does not know it"
            continue
        if incident == WATCHDOG:
            continue  # on a busy machine a run may keep failing for a while, and that is told
        if view is None:
            yield f"{key} is of no incident that is on record"
            continue
        for message in keys.get(key, ()):
            if message.person != _address(line.recipient):
                yield f"{key} arrived at {message.person}; the ledger says {line.recipient}"
        if line.state is DeliveryState.FAILED:
            yield f"{key} failed by the ledger: {line.detail}"
        if line.state is DeliveryState.DELIVERED and key not in keys:
            yield f"{key} was delivered by the ledger, and never arrived"
        purpose = step.rpartition("-")[0]
        if key not in dict(_sent_keys(view)) and purpose not in _NEWS:
            untold[incident, purpose, line.recipient] += 1
    for (incident, purpose, recipient), count in untold.items():
        # A page that was stopped on its way is on the timeline as stopped: it may have arrived.
        ends = [e for e in found.views[incident].timeline if e.event == f"{purpose}_stopped"]
        stopped = sum(entry.person == recipient for entry in ends)
        if count > stopped:
            yield (
                f"{incident}: {count} times {purpose} for {recipient} that the timeline does not "
                f"call sent, and {stopped} that it calls stopped"
            )


def _sent(view: IncidentView, found: Evidence) -> Iterator[str]:
    """What the timeline calls sent has arrived, there, under that key, and is in the ledger."""
    for event in _NOT_REACHED:
        yield from (f"{event}: {detail}" for detail in _details(view, event))
    sent = _sent_keys(view)
    for key, recipient in sent:
        line = found.ledger.get(key)
        if line is None or (line.state, line.recipient) != (DeliveryState.DELIVERED, recipient):
            yield f"{key} was sent to {recipient} by the timeline; the ledger has {line}"
        if (key, _address(recipient)) not in {(one.key, one.person) for one in found.arrived}:
            yield f"{key} was sent to {recipient} by the timeline, and never arrived"
    keys = Counter(key for key, _ in sent)
    yield from (
        f"{key} is on the timeline {count} times" for key, count in keys.items() if count > 1
    )
    told = {entry.person for entry in view.timeline if entry.event == "told"}
    known = {
        line.recipient
        for key, line in found.ledger.items()
        if key.startswith(tuple(f"{view.incident_id}:{view.episode}:{each}-" for each in _NEWS))
    }
    if told != known:
        yield f"told by the timeline: {sorted(map(str, told))}; by the ledger: {sorted(known)}"
    if view.report.reporter not in told:
        yield "the reporter was not told that it is closed"
    assigned = sum(entry.event in (Box.ASSIGN, Box.ESCALATE) for entry in view.timeline)
    pages = times(view, "page_sent") + times(view, "page_stopped")
    if pages < assigned and view.outcome != Outcome.WITHDRAWN:
        yield f"given to a tier {assigned} times, and paged {pages} times"


def _told_without_gaps(view: IncidentView) -> Iterator[str]:
    numbers = [entry.number for entry in view.timeline]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"its timeline is numbered {numbers}"
    if any(later.at < earlier.at for earlier, later in pairwise(view.timeline)):
        yield "its timeline goes back in time"
    if view.episode != 1:
        yield f"it has come to episode {view.episode}"


def _walked(view: IncidentView, case: Case) -> Iterator[str]:
    """Its path is a walk of the flowchart, with the edges and the end that its case has."""
    outcome, walks = case.outcome, case.walks
    if outcome is Outcome.AUTOMATED and given_up(view):
        outcome, walks = Outcome.RESOLVED, ("automated_resolution→high_impact",)
    if view.outcome != outcome:
        yield f"it ended as {view.outcome}, not as {outcome}"
    if (view.path[0], view.path[-1]) != (Box.REPORT, Box.CLOSE):
        yield f"it went from {view.path[0]} to {view.path[-1]}"
    steps = list(pairwise(view.path))
    if view.outcome == Outcome.WITHDRAWN:
        steps.pop()
    for ends in steps:
        if edge_between(*ends) is None:
            yield f"the flowchart has no {'→'.join(ends)}"
    walked = {"→".join(ends) for ends in steps}
    yield from (f"it has not walked {edge}" for edge in walks if edge not in walked)
    resolved = times(view, "resolved")
    if resolved != view.path.count(Box.ISSUE_RESOLVED):
        yield f"resolved {resolved} times, verified {view.path.count(Box.ISSUE_RESOLVED)} times"
    acknowledged = times(view, "acknowledged")
    if acknowledged > view.path.count(Box.RESOLVE):
        yield f"acknowledged {acknowledged} times, by {view.path.count(Box.RESOLVE)} tiers"
    words = [entry.detail for entry in view.timeline if entry.event in ("resolved", "verified")]
    yield from (f"done twice: {word!r}" for word, count in Counter(words).items() if count > 1)


def _runbooks_once(found: Evidence) -> Iterator[str]:
    """The effect of a runbook is there once for each incident that it resolved.

    Where all attempts were lost it may be there too, once; and nowhere else.
    """
    counts = Counter(found.effects)
    for key, count in counts.items():
        if count > 1:
            yield f"the runbook of {key} had its effect {count} times"
    must, may = set(), set()
    for incident, view in found.views.items():
        if view.outcome == Outcome.AUTOMATED:
            must.add(f"{incident}:1:runbook:1")
        elif given_up(view):
            may.add(f"{incident}:1:runbook:1")
    if missing := must - counts.keys():
        yield f"effects of runbooks that are missing: {sorted(missing)}"
    if extra := counts.keys() - must - may:
        yield f"effects of runbooks that nobody asked for: {sorted(extra)}"


def _nothing_forgotten(found: Evidence) -> Iterator[str]:
    """What somebody was told is done is on the timeline."""
    for incident, event, number in found.accepted:
        if times(found.views[incident], event) < number:
            yield f"{incident}: {event} number {number} was accepted, and is not on the timeline"


def _by_key(arrived: Iterable[Arrived]) -> dict[str, list[Arrived]]:
    keys: dict[str, list[Arrived]] = defaultdict(list)
    for message in arrived:
        keys[message.key].append(message)
    return keys


def _address(recipient: str) -> str:
    return "reporter" if "@" in recipient else recipient


def _details(view: IncidentView, event: str) -> list[str]:
    return [entry.detail for entry in view.timeline if entry.event == event]


def _sent_keys(view: IncidentView) -> list[tuple[str, str]]:
    """The key of each message that was sent, and to whom: `through phone, INC-…:1:page-1:1, …`."""
    return [
        (entry.detail.partition(", ")[2].partition(",")[0].partition(";")[0], entry.person or "")
        for entry in view.timeline
        if entry.event.endswith("_sent")
    ]
