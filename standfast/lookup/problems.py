"""Problems, as somebody may see them, and what they say of them: for commands, API and console."""

import asyncio
from datetime import datetime

from standfast.decisions.article_review import Terms
from standfast.decisions.policy_names import no_such
from standfast.decisions.problem import Change, Pair, line_of, problem_of, taken_out
from standfast.incidents.article import KnownFix
from standfast.incidents.confidentiality import Reader
from standfast.incidents.problem import (
    Problem,
    ProblemLine,
    ProblemLink,
    ProblemList,
    ProblemName,
    ProblemQuery,
    ProblemResult,
    ProblemStanding,
    standing,
)
from standfast.incidents.record import IncidentView
from standfast.intake.errors import Invalid, NoSuchIncident, Refused
from standfast.lookup.numbers import LONGEST
from standfast.lookup.search import NOT_COMPLETE
from standfast.policy import Policy
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.problems import MOST_INCIDENTS, Group
from standfast.records.store import RecordStore
from standfast.time.asked_moment import asked_moment

UNLESS_ASKED = "90d"
"""How far back lists go where nobody says since when."""

MOST_LISTED = 200

_MOST_READ = 100
"""Episodes of which it is read what was tried: the latest ones."""

_LATEST_READ = 5
"""The same, where only the last fix is named."""


def asked(*, since: str, team: str, service: str, now: datetime) -> ProblemQuery:
    """The question that these texts ask, as people type them; empty ones have a default.

    Invalid: since cannot be read, or is too long ago.
    """
    text = since or UNLESS_ASKED
    try:
        begins = asked_moment(text, now)
    except ValueError as wrong:
        raise Invalid(f"since: {text!r} {wrong}") from None
    if now - begins > LONGEST:
        raise Invalid(f"since: at most three years in one question, not from {begins:%Y-%m-%d} on")
    return ProblemQuery(begins, team, service)


async def problems(records: RecordStore, query: ProblemQuery, reader: Reader | None) -> ProblemList:
    """The problems of which something was reported since then, the most frequent first.

    reader: who asks; they are made of what this one finds. None for administrators.

    Raises:
        RecordsUnavailable: the record store cannot be read.
    """
    groups = await asyncio.to_thread(records.problems.since, query.since, reader)
    lines = [line for each in groups if (line := line_of(each.episodes, each.said, query.since))]
    found = [line for line in lines if line.recently and _is_wanted(line, query)]
    found.sort(key=lambda line: (line.recently, line.last_at), reverse=True)
    notes = [await _what_is_missing(records)]
    if len(found) > MOST_LISTED:
        notes.append(f"Only the {MOST_LISTED} most frequent of {len(found)} are listed.")
    return ProblemList(
        since=query.since,
        problems=tuple(found[:MOST_LISTED]),
        note=" ".join(note for note in notes if note),
    )


async def problem(
    records: RecordStore,
    incident_id: str,
    reader: Reader | None,
    read: int = _MOST_READ,
    terms: Terms | None = None,
) -> Problem | None:
    """The problem of which an incident is a part, as `reader` finds it; None where it is none.

    read: of how many closed episodes, the latest ones, what was tried is read.
    terms: by which articles are offered; None for none.

    Raises:
        NoSuchIncident: the reader finds no such incident.
        RecordsUnavailable: the record store cannot be read.
    """
    group = await _around(records, incident_id, reader, read)
    notes = [await _what_is_missing(records)]
    if not group.is_whole:
        notes.append(f"It has more incidents than the {MOST_INCIDENTS} that are shown.")
    if group.unread and read == _MOST_READ:
        notes.append(f"What was tried is not shown for its {group.unread} oldest episodes.")
    found = problem_of(group.episodes, group.said, " ".join(note for note in notes if note))
    if found is None:
        return None
    actions = await asyncio.to_thread(records.reviews.open_actions, found.incident_ids, reader)
    # Not those of an episode that the reader does not find.
    of = {(each.incident_id, each.episode) for each in found.episodes}
    its = tuple(each for each in actions if (each.incident_id, each.episode) in of)
    fixes = await _known_fixes(records, found, reader, terms) if terms else ()
    more = {"confidential": group.is_confidential, "open_actions": its, "known_fixes": fixes}
    return found.model_copy(update=more)


async def _known_fixes(
    records: RecordStore, found: Problem, reader: Reader | None, terms: Terms
) -> tuple[KnownFix, ...]:
    """Published articles that were used in these episodes, what worked most often first."""
    if reader is not None and reader.teams is not None:
        return ()  # an article may come from another team's incident, which they do not find
    episodes = [(each.incident_id, each.episode) for each in found.episodes[-_MOST_READ:]]
    fixes = await asyncio.to_thread(records.article_search.fixes, episodes, terms)
    by_article = {fix.article_id: fix for fix in fixes.values()}
    return tuple(sorted(by_article.values(), key=lambda fix: (-fix.rate.worked, fix.article_id)))


async def standing_of(
    records: RecordStore, view: IncidentView, reader: Reader | None
) -> ProblemStanding | None:
    """How an episode stands in its problem, as `reader` finds it; None where it is in none.

    Raises:
        RecordsUnavailable: the record store cannot be read.
    """
    try:
        found = await problem(records, view.incident_id, reader, _LATEST_READ)
    except NoSuchIncident:  # it is not indexed yet
        return None
    return standing(found, view.incident_id, view.episode) if found else None


async def link(
    records: RecordStore, incident_id: str, asked: ProblemLink, reader: Reader | None
) -> ProblemResult:
    """Say that another incident belongs to the same problem, with all that belongs to each.

    Raises:
        NoSuchIncident: the reader does not find both.
        Refused: it is so already, or makes no sense.
    """
    other = asked.to
    if other == incident_id:
        raise Refused(_one_incident(other))
    groups = [await _around(records, each, reader, 0) for each in (incident_id, other)]
    if other in groups[0].incident_ids:
        raise Refused(f"{other} is in the problem of {incident_id} already")
    for each, group in zip((incident_id, other), groups, strict=True):
        if not group.episodes:
            raise Refused(f"{each} was withdrawn or merged, so it is no episode of a problem")
    if sum(len(group.incident_ids) for group in groups) > MOST_INCIDENTS:
        raise Refused(f"a problem has at most {MOST_INCIDENTS} incidents")
    change = Change(linked=(Pair.of(incident_id, other),), cut=())
    await records.run(records.problems.change, change, asked.by)
    return ProblemResult(
        words=f"{other} is in the problem of {incident_id} now",
        problem=await problem(records, incident_id, reader),
    )


async def unlink(
    records: RecordStore, incident_id: str, asked: ProblemLink, reader: Reader | None
) -> ProblemResult:
    """Take another incident out of a problem; what is left stays together.

    Raises as `link` does.
    """
    other = asked.to
    if other == incident_id:
        raise Refused(_one_incident(other))
    group = await _around(records, incident_id, reader, 0)
    if other not in group.incident_ids:
        raise Refused(f"{other} is not in the problem of {incident_id}")
    change = taken_out(other, group.incident_ids, group.links)
    await records.run(records.problems.change, change, asked.by, other)
    return ProblemResult(
        words=f"{other} is not in the problem of {incident_id} any more",
        problem=await problem(records, incident_id, reader),
    )


async def name(
    records: RecordStore, incident_id: str, asked: ProblemName, reader: Reader | None
) -> ProblemResult:
    """Give a problem a title or an owner.

    Raises:
        NoSuchIncident: the reader finds no such incident.
        Refused: it is no problem.
    """
    group = await _around(records, incident_id, reader, 0)
    if problem_of(group.episodes, group.said) is None:
        raise Refused(happened_once(incident_id))
    before = max(group.said, key=lambda each: each.at, default=None)
    title = before.title if before and asked.title is None else asked.title
    owner = before.owner if before and asked.owner is None else asked.owner
    await asyncio.to_thread(
        records.problems.name,
        group.named_with,
        title=title or "",
        owner=owner or "",
        by=asked.by,
    )
    named = await problem(records, incident_id, reader)
    said = [f"named: {title}"] if title else ["it has no name of its own now"]
    said += [f"owner {owner}"] if owner else []
    for_whom = "; it is read by who finds its confidential ones" if group.is_confidential else ""
    return ProblemResult(words=f"{', '.join(said)}{for_whom}", problem=named)


def must_have_owner(policy: Policy | None, asked: ProblemLink | ProblemName) -> None:
    """Invalid: a problem would be owned by who is no person and no team of the policy."""
    owner = asked.owner if isinstance(asked, ProblemName) else ""
    known = {*policy.people, *policy.teams} if policy else set()
    if policy and owner and owner not in known:
        raise Invalid(f"owner: {no_such('person or team', owner, known)}")


def _one_incident(incident_id: str) -> str:
    return f"the episodes of {incident_id} are one problem: name another incident"


def changed_event(incident_id: str, asked: ProblemLink | ProblemName, what: str) -> AuditEvent:
    """What the audit log says of a change: `link INC-7F3K2QXWM4`; what: link, unlink or name."""
    detail = f"{what} {asked.to}" if isinstance(asked, ProblemLink) else what
    return AuditEvent(AuditKind.PROBLEM_CHANGED, by=asked.by, subject=incident_id, detail=detail)


def happened_once(incident_id: str) -> str:
    """Why an incident is no problem, and how it becomes one."""
    return (
        f"{incident_id} is not a problem: it happened only once; link it with another incident to "
        "make it one"
    )


async def _around(
    records: RecordStore, incident_id: str, reader: Reader | None, read: int
) -> Group:
    group = await asyncio.to_thread(records.problems.around, incident_id, reader, read)
    if group is None:
        raise NoSuchIncident(f"there is no incident {incident_id}")
    return group


async def _what_is_missing(records: RecordStore) -> str:
    is_complete = await asyncio.to_thread(records.search.indexing.is_complete)
    return "" if is_complete else NOT_COMPLETE


def _is_wanted(line: ProblemLine, query: ProblemQuery) -> bool:
    of_team = not query.team or query.team in line.teams
    return of_team and (not query.service or query.service in line.services)
