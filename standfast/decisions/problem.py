"""What belongs to one problem, and what held how long, by its episodes and what people linked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from standfast.incidents.problem import (
    Fix,
    Problem,
    ProblemEpisode,
    ProblemLine,
    RunbookNumbers,
)
from standfast.incidents.resolution import RemediationOutcome


class Pair(NamedTuple):
    """Two incidents that are linked; `first` sorts before `second`."""

    first: str
    second: str

    @classmethod
    def of(cls, one: str, other: str) -> "Pair":
        """Those two, in their order."""
        return cls(*sorted((one, other)))

    def but(self, incident_id: str) -> str:
        """The other one."""
        return self.second if incident_id == self.first else self.first


class Said(NamedTuple):
    """What people called a problem, and when."""

    title: str
    owner: str
    by: str
    at: datetime


class Change(NamedTuple):
    """Links to make and to cut."""

    linked: tuple[Pair, ...]
    cut: tuple[Pair, ...]


def is_problem(episodes: Sequence[ProblemEpisode]) -> bool:
    """Whether it happened more than once."""
    return len(episodes) > 1


def problem_of(
    episodes: Iterable[ProblemEpisode], said: Iterable[Said], note: str = ""
) -> Problem | None:
    """The problem that these episodes are; None where it happened once only."""
    in_order = with_what_held(episodes)
    if not is_problem(in_order):
        return None
    words = max(said, key=lambda each: each.at, default=None)
    ids = tuple(dict.fromkeys(each.incident_id for each in in_order))
    return Problem(
        problem_id=ids[0],
        title=(words and words.title) or in_order[-1].title,
        named=words.title if words else "",
        owner=words.owner if words else "",
        named_by=words.by if words else "",
        incident_ids=ids,
        episodes=tuple(in_order),
        runbooks=tuple(runbooks(in_order)),
        note=note,
    )


def with_what_held(episodes: Iterable[ProblemEpisode]) -> list[ProblemEpisode]:
    """The episodes in the order in which they were reported, with the times between them.

    A fix holds until the next report after it: an episode that was open already when the fix was
    made says nothing against it.
    """
    in_order = sorted(episodes, key=lambda each: (each.opened_at, each.incident_id, each.episode))
    found = []
    before: datetime | None = None
    for each in in_order:
        after = (each.opened_at - before).total_seconds() if before else None
        fix = each.fix and _with_what_held(each.fix, in_order)
        found.append(each.model_copy(update={"after": after, "fix": fix}))
        before = each.opened_at
    return found


def _with_what_held(fix: Fix, in_order: Sequence[ProblemEpisode]) -> Fix:
    later = (each.opened_at for each in in_order if each.opened_at > fix.at)
    came_back = next(later, None)
    held = (came_back - fix.at).total_seconds() if came_back else None
    return fix.model_copy(update={"held": held})


def runbooks(episodes: Sequence[ProblemEpisode]) -> list[RunbookNumbers]:
    """How each runbook did, what was tried most first."""
    tried: dict[str, list[ProblemEpisode]] = defaultdict(list)
    for each in episodes:
        if each.tried:
            tried[each.tried.runbook].append(each)
    found = [_numbers(runbook, of) for runbook, of in tried.items()]
    return sorted(found, key=lambda each: (-each.tried, each.runbook))


def _numbers(runbook: str, episodes: Sequence[ProblemEpisode]) -> RunbookNumbers:
    outcomes = [each.tried.outcome for each in episodes if each.tried]
    fixes = [each.fix for each in episodes if each.fix and each.fix.runbook == runbook]
    return RunbookNumbers(
        runbook=runbook,
        tried=len(outcomes),
        worked=outcomes.count(RemediationOutcome.SUCCEEDED),
        longest=max((fix.held for fix in fixes if fix.held is not None), default=None),
        holds=any(fix.held is None for fix in fixes),
    )


def line_of(
    episodes: Iterable[ProblemEpisode], said: Iterable[Said], since: datetime
) -> ProblemLine | None:
    """The problem as lists have it; None where it happened once only."""
    problem = problem_of(episodes, said)
    if problem is None:
        return None
    of = problem.episodes
    return ProblemLine(
        problem_id=problem.problem_id,
        title=problem.title,
        owner=problem.owner,
        incident_ids=problem.incident_ids,
        services=tuple(sorted({each.service for each in of if each.service})),
        teams=tuple(sorted({each.team for each in of if each.team})),
        episodes=len(of),
        recently=sum(each.opened_at >= since for each in of),
        first_at=of[0].opened_at,
        last_at=of[-1].opened_at,
        is_open=problem.is_open,
    )


def grouped(incident_ids: Iterable[str], links: Iterable[Pair]) -> list[set[str]]:
    """The incidents in groups: whatever is linked, directly or by others, is in one."""
    neighbours: dict[str, set[str]] = {each: set() for each in incident_ids}
    for pair in links:
        if pair.first in neighbours and pair.second in neighbours:
            neighbours[pair.first].add(pair.second)
            neighbours[pair.second].add(pair.first)
    groups, seen = [], set[str]()
    for each in neighbours:
        if each not in seen:
            group, ahead = {each}, [each]
            while ahead:
                new = neighbours[ahead.pop()] - group
                group |= new
                ahead += new
            groups.append(group)
            seen |= group
    return groups


def taken_out(incident_id: str, group: Collection[str], links: Collection[Pair]) -> Change:
    """What to change so that an incident is not in its group any more, and the others still are.

    links: all those in the group.
    """
    cut = tuple(sorted(pair for pair in links if incident_id in pair))
    others = [each for each in sorted(group) if each != incident_id]
    parts = grouped(others, links)
    firsts = [min(part) for part in parts]
    joined = tuple(Pair.of(firsts[0], each) for each in firsts[1:])
    return Change(linked=joined, cut=cut)
