"""Counts closed incidents: the one place where numbers are computed from measures."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from operator import attrgetter
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

_times_of: Callable[[Times], tuple[float | None, ...]] = attrgetter(*TIMES)

_AT_ONCE = 1_000
"""Episodes whose times are put into their lists together: that is cheaper than one by one."""

_SUMS = (
    *("incidents", "escalated", "handed_on", "reopened", "came_back", "pages"),
    *("automation_tried", "automation_worked", "automation_lasted"),
)


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
    came_back: bool
    measures: Measures


def counted(
    episodes: Iterable[MeasuredEpisode],
    *,
    since: datetime,
    until: datetime,
    by: GroupedBy,
    zone: tzinfo,
    zones: Mapping[str, tzinfo],
) -> Stats:
    """The numbers of these episodes, which closed from `since` on and before `until`.

    Each is looked at once, and none is kept: there may be a hundred thousand.

    zone: in which months begin. zones: of people, for their nights; others have `zone`.
    """
    group_of = _group_of(by, zone)
    groups: dict[str, _Count] = defaultdict(_Count)
    people = _People(lambda person: zones.get(person, zone))
    for episode in episodes:
        groups[group_of(episode)].add(episode)
        people.add(episode.measures)
    of_groups = tuple(groups[name].numbers(name) for name in sorted(groups))
    total = _Count()
    for group in groups.values():
        total.add_all(group)
    return Stats(
        since=since,
        until=until,
        by=by,
        total=total.numbers(""),
        groups=of_groups,
        people=people.numbers(),
    )


def _group_of(by: GroupedBy, zone: tzinfo) -> Callable[[MeasuredEpisode], str]:
    if by is GroupedBy.MONTH:
        return lambda episode: _month_of(episode.closed_at.astimezone(zone))
    if by is GroupedBy.TIER:
        return lambda episode: str(episode.measures.tier or "")
    return lambda episode: str(getattr(episode, by.value))


def _month_of(moment: datetime) -> str:
    return f"{moment.year}-{moment.month:02}"


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


class _Count:
    """Of some episodes. Their times are kept as bare numbers: there may be very many."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._missed: Counter[tuple[Target, int]] = Counter()
        self._calendar = _TimesOfMany()
        self._working = _TimesOfMany()

    def add(self, episode: MeasuredEpisode) -> None:
        found, sums = episode.measures, self._sums
        self._calendar.add(found.calendar)
        self._working.add(found.working)
        sums["pages"] += len(found.pages)
        for each in _said_of(episode):
            sums[each] += 1
        if found.missed:
            sums.update({each.target for each in found.missed})
            self._missed.update({(each.target, each.tier) for each in found.missed if each.tier})

    def add_all(self, other: "_Count") -> None:
        """What was counted of other episodes."""
        self._sums += other._sums
        self._missed += other._missed
        self._calendar.add_all(other._calendar)
        self._working.add_all(other._working)

    def numbers(self, name: str) -> GroupNumbers:
        sums = self._sums
        return GroupNumbers(
            name=name,
            calendar=self._calendar.spreads(),
            working=self._working.spreads(),
            response=self._target(Target.RESPONSE),
            resolution=self._target(Target.RESOLUTION),
            **{each: sums[each] for each in _SUMS},
        )

    def _target(self, target: Target) -> TargetNumbers:
        missed, all_ = self._sums[target], self._sums["incidents"]
        tiers = sorted((tier, of_it) for (of, tier), of_it in self._missed.items() if of == target)
        return TargetNumbers(
            missed=missed,
            share=missed / all_ if all_ else 0.0,
            by_tier={str(tier): of_it for tier, of_it in tiers},
        )


def _said_of(episode: MeasuredEpisode) -> Iterator[str]:
    """The counts that it is one of."""
    found = episode.measures
    yield "incidents"
    if found.escalations:
        yield "escalated"
    if found.hand_offs:
        yield "handed_on"
    if found.reopened:
        yield "reopened"
    if episode.episode > 1:
        yield "came_back"
    if found.automation is not Automated.NOT_TRIED:
        yield "automation_tried"
    if found.automation is Automated.WORKED:
        yield "automation_worked"
        if not episode.came_back:
            yield "automation_lasted"


class _TimesOfMany:
    """Each of the `TIMES` of some episodes, in a list of its own."""

    def __init__(self) -> None:
        self._lists: tuple[list[float], ...] = tuple([] for _ in TIMES)
        self._not_yet: list[tuple[float | None, ...]] = []

    def add(self, times: Times) -> None:
        self._not_yet.append(_times_of(times))
        if len(self._not_yet) == _AT_ONCE:
            self._put()

    def add_all(self, other: "_TimesOfMany") -> None:
        for values, more in zip(self._lists, other._lists, strict=True):
            values.extend(more)
        self._not_yet += other._not_yet

    def spreads(self) -> dict[str, Spread]:
        """How each is spread, by its name; without what none has."""
        self._put()
        for values in self._lists:
            values.sort()  # what is in order in each group is in order soon for all together
        found = zip(TIMES, map(spread, self._lists), strict=True)
        return {name: over for name, over in found if over}

    def _put(self) -> None:
        for values, more in zip(self._lists, zip(*self._not_yet, strict=True), strict=False):
            values += [value for value in more if value is not None]
        self._not_yet.clear()


class _People:
    """What people had to do with some episodes."""

    def __init__(self, zone_of: Callable[[str], tzinfo]) -> None:
        self._zone_of = zone_of
        self._held: dict[str, list[float]] = defaultdict(list)
        self._pages: Counter[str] = Counter()
        self._nights: dict[str, list[date]] = defaultdict(list)

    def add(self, measures: Measures) -> None:
        for each in measures.held_by:
            self._held[each.person].append(each.seconds)
        for page in measures.pages:
            self._pages[page.person] += 1
            if night := _night_of(page.at, self._zone_of(page.person)):
                self._nights[page.person].append(night)

    def numbers(self) -> tuple[PersonNumbers, ...]:
        """Who was paged most comes first."""
        all_pages = self._pages.total()
        people = [
            PersonNumbers(
                person=person,
                held=len(self._held[person]),
                held_for=math.fsum(self._held[person]),
                pages=self._pages[person],
                at_night=len(self._nights[person]),
                nights=len(set(self._nights[person])),
                share=self._pages[person] / all_pages if all_pages else 0.0,
            )
            for person in {*self._held, *self._pages}
        ]
        return tuple(sorted(people, key=lambda each: (-each.pages, -each.held_for, each.person)))


def _night_of(at: datetime, zone: tzinfo) -> date | None:
    """The day on whose evening that night began; None where it is day."""
    there = at.astimezone(zone)
    if NIGHT_ENDS <= (clock := there.time()) < NIGHT_BEGINS:
        return None
    return there.date() if clock >= NIGHT_BEGINS else there.date() - timedelta(days=1)
