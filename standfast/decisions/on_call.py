"""Who is on call in a tier, until when and why: overrides first, then its layers or calendar."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate, chain, groupby, islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from standfast.decisions.turns import order, turn
from standfast.incidents.schedule import DatedShifts, Override, Shift
from standfast.messages.message import short
from standfast.policy.schedules import Tier, name_of
from standfast.time.working_time import Hours, openings

LOOKS_AHEAD = timedelta(days=366)
"""How far for somebody else to come; a rotation's turn is never longer."""

NOBODY = ""
NOTHING_DATED = DatedShifts()


class OnCallShift(NamedTuple):
    """The one answer for a tier at a moment.

    people: who is on call, then the others of the tier in the order of their turns, each once.
        Empty where nobody is on call and nobody else is known.
    on_call: the first of them; empty in a gap.
    until: when somebody else is, or nobody, in the schedule's time zone. None where that is not
        within a year, or where a calendar is not known so far.
    why: in words, such as `ana is on call until …, then ben (layer nights)`.
    then: who is on call from `until` on; empty for nobody, or where it is not known.
    because: only what stands in brackets there; empty for a plain rotation.
    """

    people: tuple[str, ...]
    on_call: str
    until: datetime | None
    why: str
    then: str = ""
    because: str = ""


class OnCallPeriod(NamedTuple):
    """A time in which the answer is `who`. `until` is None where its end is not known."""

    begins: datetime
    until: datetime | None
    who: OnCallShift


class _State(NamedTuple):
    """Who is on call at a moment, and until when that can be told without another look.

    planned: all whom the schedule itself names, in the order of their turns.
    """

    on_call: str
    planned: Callable[[], Iterable[str]]
    because: str
    looked_until: datetime | None


def on_call_at(
    tier: Tier, team: str, at: datetime, dated: DatedShifts = NOTHING_DATED
) -> OnCallShift:
    """Who is on call in a team's tier at `at`, which belongs to what begins then.

    Overrides that hold at once apply in the order in which they were made, so the last counts; one
    for a certain person only where that person would be on call. Of events in a calendar the one
    that started last counts, of those the one that ends first, then the first by its people's
    names. In a gap that the policy does not allow nobody is on call either, and `why` says so.
    """
    moment, schedule = at.astimezone(UTC), _TierSchedule(tier, team, dated)
    now = schedule.state(moment)
    return schedule.answer(now, *schedule.change(moment, now))


def on_call_between(
    tier: Tier,
    team: str,
    begins: datetime,
    ends: datetime,
    dated: DatedShifts = NOTHING_DATED,
    *,
    by_reason: bool = False,
) -> Iterator[OnCallPeriod]:
    """The consecutive answers from `begins` until before `ends`, at most a year later, in the
    schedule's time zone. The last may last for longer than that.

    by_reason: a new one also begins where the same person goes on for another reason.
    """
    zone, schedule = ZoneInfo(tier.zone), _TierSchedule(tier, team, dated)
    at: datetime | None = begins.astimezone(UTC)
    until: datetime | None = None
    while at is not None and at < ends.astimezone(UTC):
        now = schedule.state(at)
        if until is None or at >= until:
            until, then = schedule.change(at, now)
        end = schedule.change(at, now, by_reason=True)[0] if by_reason else until
        shown = end.astimezone(zone) if end else None
        yield OnCallPeriod(at.astimezone(zone), shown, schedule.answer(now, until, then))
        at = end


def gaps(
    tier: Tier, team: str, begins: datetime, ends: datetime, dated: DatedShifts
) -> list[tuple[datetime, datetime]]:
    """When nobody is on call between `begins` and `ends`, in the schedule's time zone."""
    zone, ends = ZoneInfo(tier.zone), ends.astimezone(UTC)
    return [
        (period.begins, min((period.until or ends).astimezone(UTC), ends).astimezone(zone))
        for period in on_call_between(tier, team, begins, ends, dated)
        if not period.who.on_call
    ]


class _TierSchedule:
    """A tier's layers or calendar, with what has a date. All moments are in UTC."""

    def __init__(self, tier: Tier, team: str, dated: DatedShifts) -> None:
        self._tier = tier
        self._zone = ZoneInfo(tier.zone)
        self._layers = tier.every_layer
        self._hours: dict[tuple[int, int], tuple[Hours, ...]] = {}
        here = (team, tier.name)
        self._overrides = [one for one in dated.overrides if (one.team, one.tier) == here]
        self._shifts = sorted(
            (shift for shift in dated.shifts if (shift.team, shift.tier) == here),
            key=lambda shift: (shift.starts, shift.ends, shift.people),
        )
        self._named = {person for shift in self._shifts for person in shift.people}
        self._starts = [shift.starts for shift in self._shifts]
        self._edges = sorted({edge for one in self._shifts for edge in (one.starts, one.ends)})
        # Up to each shift, when the last of all before it ends.
        self._over = [*accumulate((shift.ends for shift in self._shifts), max)]
        self._known_until = dated.known_until if tier.calendar else None
        self._unread = bool(tier.calendar) and dated.known_until is None

    def state(self, at: datetime) -> _State:
        """What holds at `at`."""
        planned = self._by_calendar(at) if self._tier.calendar else self._by_layers(at)
        holding = [one for one in self._overrides if one.starts <= at < one.until]
        moments = (moment for one in self._overrides for moment in (one.starts, one.until))
        looked_until = _next(at, planned.looked_until, *moments)
        if self._known_until and looked_until and looked_until >= self._known_until:
            looked_until = None  # what is not known yet changes nothing
        on_call, because = planned.on_call, planned.because
        swapped = ""
        for one in sorted(holding, key=lambda one: one.number):
            # Of the two that make a swap one applies: else the other would take it back.
            if (one.swap and one.swap == swapped) or one.instead_of not in ("", on_call):
                continue
            on_call, because, swapped = one.person, _of_override(one, on_call), one.swap
        return _State(on_call, planned.planned, because, looked_until)

    def change(
        self, at: datetime, now: _State, *, by_reason: bool = False
    ) -> tuple[datetime | None, _State | None]:
        """When somebody else is on call than now, or for another reason, and what holds then."""
        if not by_reason and self._never_another(now.on_call):
            return None, None
        horizon, found = at + LOOKS_AHEAD, now
        while (moment := found.looked_until) is not None and moment <= horizon:
            found = self.state(moment)
            if found.on_call != now.on_call or (by_reason and found.because != now.because):
                return moment, found
        return None, None

    def answer(self, now: _State, until: datetime | None, then: _State | None) -> OnCallShift:
        """The answer, from what holds now and what holds next."""
        shown = until.astimezone(self._zone) if until else None
        coming = then.on_call if then else NOBODY
        why = self._words(now, shown, then)
        first = (now.on_call,) if now.on_call else ()
        people = tuple(dict.fromkeys((*first, *now.planned())))
        return OnCallShift(people, now.on_call, shown, why, coming, now.because)

    def _never_another(self, person: str) -> bool:
        """Whether that can be told without a look at a whole year."""
        around_the_clock = [
            number for number, layer in enumerate(self._layers, start=1) if not layer.restrictions
        ]
        # Below a layer that somebody is always in, nobody ever comes to be on call.
        heard = self._layers[: around_the_clock[0]] if around_the_clock else self._layers
        people = {person for layer in heard for person in layer.rotation.people}
        people.update(one.person for one in self._overrides)
        no_gap = self._tier.gaps == "refused" or bool(around_the_clock)
        return not self._tier.calendar and no_gap and people == {person}

    def _words(self, now: _State, until: datetime | None, then: _State | None) -> str:
        """Who is on call, until when, who comes then, and why."""
        who = now.on_call or "nobody"
        if until and then:
            said = f"{who} is on call until {short(until)}, then {then.on_call or 'nobody'}"
        elif self._known_until:
            known = self._known_until.astimezone(self._zone)
            said = f"{who} is on call at least until {short(known)}"
        else:
            said = f"{now.on_call} is always on call" if now.on_call else "nobody is on call"
        return f"{said} ({now.because})" if now.because else said

    def _by_layers(self, at: datetime) -> _State:
        counted = zip(self._layers, self._tier.duties, strict=True)
        turns = [turn(layer.rotation, at, duties) for layer, duties in counted]
        moments: list[datetime | None] = []
        for index in range(len(self._layers)):
            is_open, edge = self._open(index, at)
            moments.append(edge)
            if is_open:
                moments.append(turns[index].until.astimezone(UTC))
                first, because = [index], self._of_layer(index)
                break
        else:
            first, because = [], self._of_gap()
        rest = (index for index in range(len(turns)) if index not in first)
        people = dict.fromkeys(
            person
            for index in (*first, *rest)
            for person in order(self._layers[index].rotation, turns[index].number)
        )
        on_call = next(iter(people)) if first else NOBODY
        return _State(on_call, people.keys, because, _next(at, *moments))

    def _by_calendar(self, at: datetime) -> _State:
        running = next(groupby(self._running(at), lambda shift: shift.starts), None)
        if running:
            latest = min(running[1], key=_by_end)
            on_call, because = latest.people[0], name_of(self._tier.calendar or "")
        else:
            on_call, because = NOBODY, self._of_gap()
        following = bisect_right(self._edges, at)
        edge = self._edges[following] if following < len(self._edges) else None
        return _State(on_call, partial(self._of_calendar, at), because, edge)

    def _running(self, at: datetime) -> Iterator[Shift]:
        """The shifts that run, from the one that started last on back."""
        for index in range(bisect_right(self._starts, at) - 1, -1, -1):
            if self._over[index] <= at:
                return  # and so are all before
            if self._shifts[index].ends > at:
                yield self._shifts[index]

    def _of_calendar(self, at: datetime) -> Iterator[str]:
        """Whom the calendar names now, and then from now on."""
        running = sorted(
            self._running(at), key=lambda shift: (-shift.starts.timestamp(), *_by_end(shift))
        )
        coming = islice(self._shifts, bisect_right(self._starts, at), None)
        left = set(self._named)
        for shift in chain(running, coming):
            yield from shift.people
            left.difference_update(shift.people)
            if not left:
                return  # whoever comes after has come before

    def _open(self, index: int, at: datetime) -> tuple[bool, datetime | None]:
        """Whether a layer has somebody at `at`, and when that may change; None for never."""
        key = (index, at.year)
        if key not in self._hours:
            self._hours[key] = self._layers[index].hours_around(at)
        found = [next(openings(hours, at)) for hours in self._hours[key]]
        edges = (edge for opening in found for edge in opening)
        is_open = not found or any(opening.opens <= at for opening in found)
        return is_open, _next(at, *edges)

    def _of_layer(self, index: int) -> str:
        if len(self._layers) == 1:
            return ""
        return f"layer {self._layers[index].name or index + 1}"

    def _of_gap(self) -> str:
        if self._unread:
            return f"{name_of(self._tier.calendar or '')} has not been read"
        if self._tier.gaps == "allowed":
            return "a gap that the policy allows"
        return "a gap that the policy does not allow"


def _by_end(shift: Shift) -> tuple[datetime, tuple[str, ...]]:
    return shift.ends, shift.people


def _of_override(override: Override, instead_of: str) -> str:
    whom = f", in place of {instead_of}" if instead_of not in (NOBODY, override.person) else ""
    reason = f": {override.reason}" if override.reason else ""
    return f"{'swap' if override.swap else 'override'} by {override.by}{whom}{reason}"


def _next(at: datetime, *moments: datetime | None) -> datetime | None:
    """The first of these moments after `at`."""
    return min((moment for moment in moments if moment is not None and moment > at), default=None)
