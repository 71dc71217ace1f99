"""What was lost, doubled or stuck: by what arrived, what is on record, and what clients were told.

It reads no code's opinion of itself: a page counts as sent when the channel has it, an effect when
the runbook's file has it, and a report as taken when a client was told so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from benchmarks.faults.evidence import Arrival, Evidence, Upset
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from tests.durability.audit import given_up
from tests.durability.cases import REPORTER, times


class Kind(StrEnum):
    """What must not happen."""

    LOST = "lost"
    DOUBLED = "doubled"
    STUCK = "stuck"


class Finding(NamedTuple):
    """One thing that must not be, in a sentence."""

    kind: Kind
    what: str


def audit(found: Evidence) -> list[Finding]:
    """Everything that must not be; empty when all is as it should."""
    checks = {
        Kind.LOST: (_reports_lost, _records_lost, _pages_lost, _actions_lost, _effects_lost),
        Kind.DOUBLED: (
            *(_matters_doubled, _records_doubled, _pages_doubled, _actions_doubled),
            _effects_doubled,
        ),
        Kind.STUCK: (_stuck,),
    }
    return [
        Finding(kind, what)
        for kind, asked in checks.items()
        for one in asked
        for what in one(found)
    ]


def copies(arrived: Sequence[Arrival]) -> int:
    """Messages that came again under their own key: at least once outward allows them."""
    keys = Counter(one.key for one in arrived)
    return keys.total() - len(keys)


def _reports_lost(found: Evidence) -> Iterator[str]:
    known = {run.incident for run in found.runs} | {view.incident_id for view in found.records}
    counted = _counted(found)
    took: dict[str, Counter[str]] = defaultdict(Counter)
    for report in found.told.accepted:
        took[report.matter][report.incident] += 1
    for matter, incidents in took.items():
        for incident in incidents.keys() - known:
            yield f"{matter}: its client was told {incident}, which nothing knows"
        if incidents.keys() <= counted.keys():
            have = sum(counted[incident] for incident in incidents)
            if have < incidents.total():
                yield f"{matter}: {incidents.total()} reports were taken, {have} are counted"


def _records_lost(found: Evidence) -> Iterator[str]:
    rows = Counter(view.incident_id for view in found.records)
    closed = Counter(run.incident for run in found.runs if run.status == "completed")
    yield from (
        f"{incident}: {count} episodes were closed, {rows[incident]} are on record"
        for incident, count in closed.items()
        if rows[incident] < count
    )


def _pages_lost(found: Evidence) -> Iterator[str]:
    came = {(one.key, one.person) for one in found.arrived}
    for view in found.records:
        for entry in view.timeline:
            key = _key_of(entry.detail)
            if entry.event.endswith("_sent") and (key, _address(entry.person)) not in came:
                yield f"{key}: sent to {entry.person} by the timeline, and never arrived"
        given = sum(entry.event in (Box.ASSIGN, Box.ESCALATE) for entry in view.timeline)
        ends = sum(
            entry.event in ("page_sent", "page_stopped")
            or (entry.event == "nobody_reached" and entry.detail.startswith("page"))
            for entry in view.timeline
        )
        if view.outcome is Outcome.WITHDRAWN:
            continue  # whoever withdraws stops a page that has not begun
        if ends < given:
            yield f"{view.incident_id}: given to a tier {given} times, and paged {ends} times"
        if view.report.reporter == REPORTER and not _heard_of_the_end(view):
            yield f"{view.incident_id}: nothing says that its reporter was told of the end"


def _owns_up_to_an_effect(view: IncidentView) -> bool:
    """Whether the record says that there is one, or that there may be.

    A step that failed, or took too long, has no undo in our runbooks: the result says so.
    """
    result = view.remediation
    if view.outcome is Outcome.AUTOMATED or given_up(view):
        return True
    if result is None:
        return False
    return bool(result.left) or any("it stays as it is" in reason for reason in result.reasons)


def _heard_of_the_end(view: IncidentView) -> bool:
    return any(entry.event in ("told", "not_told") for entry in view.timeline)


def _actions_lost(found: Evidence) -> Iterator[str]:
    views = {view.incident_id: view for view in found.records}
    yield from (
        f"{done.incident}: {done.event} number {done.number} was accepted, and is not on record"
        for done in sorted(found.told.done)
        if done.incident in views and times(views[done.incident], done.event) < done.number
    )


def _effects_lost(found: Evidence) -> Iterator[str]:
    done = set(found.effects)
    yield from (
        f"{key}: resolved by its runbook, whose effect is not there"
        for view in found.records
        if view.outcome is Outcome.AUTOMATED and (key := _runbook_of(view)) not in done
    )


def _matters_doubled(found: Evidence) -> Iterator[str]:
    took: dict[str, set[str]] = defaultdict(set)
    for report in found.told.accepted:
        took[report.matter].add(report.incident)
    for view in found.records:
        for matter in took:
            if view.report.title.endswith(f" {matter}"):
                took[matter].add(view.incident_id)
    for matter, incidents in took.items():
        if len(incidents) > 1:
            yield f"{matter}: one matter, and the incidents {sorted(incidents)}"
    counted, sent = _counted(found), found.told.sent
    for report in dict.fromkeys(found.told.accepted):
        if counted[report.incident] > sent[report.matter]:
            yield (
                f"{report.matter}: {sent[report.matter]} reports were sent, and "
                f"{report.incident} counts {counted[report.incident]}"
            )


def _records_doubled(found: Evidence) -> Iterator[str]:
    rows = Counter((view.incident_id, view.episode) for view in found.records)
    yield from (
        f"{incident}, episode {episode}: {count} records"
        for (incident, episode), count in rows.items()
        if count > 1
    )


def _pages_doubled(found: Evidence) -> Iterator[str]:
    by_key: dict[str, list[Arrival]] = defaultdict(list)
    for one in sorted(found.arrived, key=lambda one: one.at):
        by_key[one.key].append(one)
    for key, messages in by_key.items():
        if len({(one.person, one.text) for one in messages}) > 1:
            yield f"{key}: different messages came under one key"
        for before, again in pairwise(messages):
            if before.answered and not _upset(found.upsets, before.at, again.at):
                yield f"{key}: it came again after it was answered, and nothing was broken"
    for view in found.records:
        keys = Counter(
            _key_of(entry.detail) for entry in view.timeline if entry.event.endswith("_sent")
        )
        yield from (f"{key}: {n} times on the timeline" for key, n in keys.items() if n > 1)


def _actions_doubled(found: Evidence) -> Iterator[str]:
    for view in found.records:
        words = Counter(
            entry.detail
            for entry in view.timeline
            if entry.event in ("resolved", "verified") and view.report.reporter == REPORTER
        )
        yield from (
            f"{view.incident_id}: done {count} times: {word!r}"
            for word, count in words.items()
            if count > 1
        )


def _effects_doubled(found: Evidence) -> Iterator[str]:
    records = {_runbook_of(view): view for view in found.records}
    for key, count in Counter(found.effects).items():
        if count > 1:
            yield f"{key}: its effect is there {count} times"
        if key in records and not _owns_up_to_an_effect(records[key]):
            result = records[key].remediation
            yield f"{key}: its effect is there, and the record says {result and result.reasons}"


def _stuck(found: Evidence) -> Iterator[str]:
    for run in found.runs:
        if run.status == "running":
            tries = f", workflow task tried {run.attempt} times" if run.attempt > 1 else ""
            known = f" ({found.left[run.incident]})" if run.incident in found.left else ""
            yield f"{run.incident}: still open{tries}{known}"
        elif run.status not in ("completed", "continued_as_new"):
            yield f"{run.incident}: its run {run.status}"
    yield from (f"{probe}: nobody was paged after the fault" for probe in found.unpaged)


def _counted(found: Evidence) -> Counter[str]:
    """Reports of each closed incident, over its episodes."""
    counted: Counter[str] = Counter()
    for view in found.records:
        counted[view.incident_id] += view.occurrences
    return counted


def _upset(upsets: Iterable[Upset], since: float, until: float) -> bool:
    return any(one.began <= until and since <= one.ended for one in upsets)


def _key_of(detail: str) -> str:
    """The key in `through phone, INC-…:1:page-1:1, …`."""
    return detail.partition(", ")[2].partition(",")[0].partition(";")[0]


def _runbook_of(view: IncidentView) -> str:
    return f"{view.incident_id}:{view.episode}:runbook:1"


def _address(person: str | None) -> str:
    return "reporter" if person and "@" in person else person or ""
