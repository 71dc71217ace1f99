"""Counts closed incidents: the one place where numbers are computed from measures."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple

from standfast.incidents.measures import Automated, Measures, Times
from standfast.incidents.stats import (
    GroupedBy,
    GroupNumbers,
    PersonNumbers,
    Spread,
    Stats,
    TargetNumbers,
)
from standfast.time.clocks import Target

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
"""By the clock of whoever is paged."""

TIMES = tuple(Times.model_fields)


class MeasuredEpisode(NamedTuple):
    """A closed episode: what it is grouped by, and its measures.

    came_back: whether a later episode of the same incident was opened.
    """

    incident_id: str
    episode: int
    team: str
    service: str
    category: str
    priority: str
    outcome: str
    closed_at: datetime
    measures: Measures
    came_back: bool


def counted(
    episodes: Sequence[MeasuredEpisode],
    *,
    since: datetime,
    until: datetime,
    by: GroupedBy,
    zone: tzinfo,
    zones: Mapping[str, tzinfo],
) -> Stats:
    """The numbers of these episodes, which closed from `since` on and before `until`.

    zone: in which months begin. zones: of people, for their nights; others have `zone`.
    """
    group_of = _group_of(by, zone)
    groups: dict[str, list[MeasuredEpisode]] = defaultdict(list)
    for episode in episodes:
        groups[group_of(episode)].append(episode)
    return Stats(
        since=since,
        until=until,
        by=by,
        total=_numbers("", episodes),
        groups=tuple(_numbers(name, groups[name]) for name in sorted(groups)),
        people=_people(episodes, lambda person: zones.get(person, zone)),
    )


def _group_of(by: GroupedBy, zone: tzinfo) -> Callable[[MeasuredEpisode], str]:
    if by is GroupedBy.MONTH:
        return lambda episode: f"{episode.closed_at.astimezone(zone):%Y-%m}"
    return lambda episode: str(getattr(episode, by.value))


def spread(values: Iterable[float]) -> Spread | None:
    """How these are spread; None where there are none. Percentiles are values that came about."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(
        count=len(ordered),
        mean=math.fsum(ordered) / len(ordered),
        p50=_nearest_rank(ordered, 50),
        p90=_nearest_rank(ordered, 90),
    )


def _nearest_rank(ordered: Sequence[float], percent: int) -> float:
    # In integers: 0.9 * 10 is not 9 for a computer.
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _numbers(name: str, episodes: Sequence[MeasuredEpisode]) -> GroupNumbers:
    measures = [episode.measures for episode in episodes]
    tried = [each for each in episodes if each.measures.automation is not Automated.NOT_TRIED]
    worked = [each for each in tried if each.measures.automation is Automated.WORKED]
    return GroupNumbers(
        name=name,
        incidents=len(episodes),
        calendar=_spreads([each.calendar for each in measures]),
        working=_spreads([each.working for each in measures]),
        response=_target(measures, Target.RESPONSE),
        resolution=_target(measures, Target.RESOLUTION),
        escalated=sum(each.escalations > 0 for each in measures),
        handed_on=sum(each.hand_offs > 0 for each in measures),
        reopened=sum(each.reopened > 0 for each in measures),
        came_back=sum(each.episode > 1 for each in episodes),
        pages=sum(len(each.pages) for each in measures),
        automation_tried=len(tried),
        automation_worked=len(worked),
        automation_lasted=sum(not each.came_back for each in worked),
    )


def _spreads(times: Sequence[Times]) -> dict[str, Spread]:
    found = {}
    for name in TIMES:
        values = [value for each in times if (value := getattr(each, name)) is not None]
        if over := spread(values):
            found[name] = over
    return found


def _target(measures: Sequence[Measures], target: Target) -> TargetNumbers:
    missed = sum(target in each.missed for each in measures)
    return TargetNumbers(missed=missed, share=missed / len(measures) if measures else 0.0)


def _people(
    episodes: Sequence[MeasuredEpisode], zone_of: Callable[[str], tzinfo]
) -> tuple[PersonNumbers, ...]:
    """Who was paged most comes first."""
    held: dict[str, list[float]] = defaultdict(list)
    pages: dict[str, list[datetime]] = defaultdict(list)
    for episode in episodes:
        for each in episode.measures.held_by:
            held[each.person].append(each.seconds)
        for page in episode.measures.pages:
            pages[page.person].append(page.at)
    all_pages = sum(map(len, pages.values()))
    people = []
    for person in held.keys() | pages.keys():
        nights = [night for at in pages[person] if (night := _night_of(at, zone_of(person)))]
        people.append(
            PersonNumbers(
                person=person,
                held=len(held[person]),
                held_for=math.fsum(held[person]),
                pages=len(pages[person]),
                at_night=len(nights),
                nights=len(set(nights)),
                share=len(pages[person]) / all_pages if all_pages else 0.0,
            )
        )
    return tuple(sorted(people, key=lambda each: (-each.pages, -each.held_for, each.person)))


def _night_of(at: datetime, zone: tzinfo) -> str:
    """The day on whose evening that night began; empty where it is day."""
    there = at.astimezone(zone)
    if there.time() >= NIGHT_BEGINS:
        return f"{there:%Y-%m-%d}"
    if there.time() < NIGHT_ENDS:
        return f"{there - timedelta(days=1):%Y-%m-%d}"
    return ""
