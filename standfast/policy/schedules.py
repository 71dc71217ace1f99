"""On-call schedules of tiers: rotations, layers, or a calendar."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.messages.message import Line, Name, at_most, parse_duration
from standfast.policy.coverage import first_gap
from standfast.policy.duties import Duties, duties, joined, usual_week, without
from standfast.policy.hosts import host_of, web_address
from standfast.policy.runbooks import SECRET
from standfast.policy.section import Key, Section
from standfast.policy.working_hours import WorkingHours
from standfast.time.wall_clock import WEEKDAYS, Day, TimeOfDay, TimeZone, Weekday
from standfast.time.working_time import Hours

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
_SHORTEST_TURN = timedelta(hours=1)
_LONGEST_TURN = 52 * WEEK
_WORDS_FOR_TURNS = {"day": DAY, "week": WEEK}


def _turn(value: Any) -> Any:
    if isinstance(value, str) and value.strip() in _WORDS_FOR_TURNS:
        return _WORDS_FOR_TURNS[value.strip()]
    return parse_duration(value)


def _fits_the_clock(turn: timedelta) -> timedelta:
    if not timedelta() < turn <= _LONGEST_TURN:
        raise ValueError("must be longer than zero and at most 52w")
    if turn % DAY and (DAY % turn or turn < _SHORTEST_TURN):
        raise ValueError(
            "must be whole days or weeks (day, week, 3d, 2w), or a part of a day of at least an "
            "hour that divides it (12h, 8h, 6h): it hands off at the same times every day"
        )
    return turn


TurnLength = Annotated[timedelta, BeforeValidator(_turn), AfterValidator(_fits_the_clock)]
"""How long each turn of a rotation is, by the clock on the wall: `week`, `day`, `2w`, `3d`, `12h`.

Weeks are counted in days: `7d` is a week.
"""


class Rotation(Section):
    """A rotation: `people` are on call in turn, in this order.

    The first of them has the turn that begins on `starts`; where turns are whole weeks, the one
    that contains it. Turns before `starts` are counted backwards, so there always is one. Where the
    layer has hours, only duties are counted, see `Tier.duties`.

    hand_off: the day on which weeks change; None where turns are no whole weeks.
    at: the time of day at which turns change; of parts of a day it is one of these times.
    """

    people: tuple[Key, ...] = Field(min_length=1)
    every: TurnLength = WEEK
    starts: Day = date(2026, 1, 5)
    hand_off: Weekday | None = None
    at: TimeOfDay = time(9, 0)
    time_zone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _hands_off_on_a_day_of_the_week(self) -> Self:
        if self.hand_off and self.every % WEEK:
            raise ValueError("hand_off is a day of the week, and turns here are no whole weeks")
        return self

    @cached_property
    def first_hand_off(self) -> datetime:
        """When the first turn begins, by the clock on the wall; without a zone."""
        day = self.starts
        if not self.every % WEEK:
            day -= timedelta(days=(day.weekday() - WEEKDAYS.index(self.hand_off or "monday")) % 7)
        return datetime.combine(day, self.at)


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class Layer(Section):
    """A rotation, perhaps only for some hours of the week.

    hours: when it has somebody, any of these; none of them for around the clock. Where they name no
        time zone it is that of the rotation.
    """

    name: Annotated[Line, at_most(100)] | None = None
    rotation: Rotation
    hours: (
        Annotated[
            tuple[WorkingHours, ...],
            BeforeValidator(_one_or_many),
            Field(min_length=1, max_length=20),
        ]
        | None
    ) = None

    @cached_property
    def restrictions(self) -> tuple[WorkingHours, ...]:
        """Its hours, each with its time zone; none for around the clock."""
        zone = {"time_zone": self.rotation.time_zone}
        return tuple(
            each if "time_zone" in each.model_fields_set else each.model_copy(update=zone)
            for each in self.hours or ()
        )

    def hours_around(self, at: datetime) -> tuple[Hours, ...]:
        """Its hours for decisions within the three years from `at` on."""
        return tuple(_around(each, at.year) for each in self.restrictions)


@lru_cache(maxsize=500)
def _around(hours: WorkingHours, year: int) -> Hours:
    # The middle of a year is in that year in every zone.
    return hours.around(datetime(year, 7, 1, tzinfo=UTC))


def _calendar(source: str) -> str:
    if source.startswith(SECRET):
        return source
    scheme, separator, rest = source.partition("://")
    if not separator:
        return source
    if scheme.lower() in ("webcal", "webcals"):
        raise ValueError(f"is asked by http: write https://{rest}")
    return web_address(source)


CalendarSource = Annotated[Line, at_most(2_000), AfterValidator(_calendar)]
"""Where a calendar is: a file, relative to the policy's, a URL of http or https, or `secret:NAME`
for a URL that only the worker knows.
"""


def is_url(source: str) -> bool:
    """Whether a `CalendarSource` is a URL that the policy itself names."""
    return "://" in source


def name_of(source: str) -> str:
    """A `CalendarSource` for people: of a URL no more than the host, for its path may be secret."""
    return f"the calendar at {host_of(source)}" if is_url(source) else f"the calendar {source}"


class Tier(Section):
    """One tier of a team, and who is on call in it: exactly one of `rotation`, `layers`
    and `calendar` says so.

    rotation: short for a single layer without hours.
    layers: the first one that has somebody on call counts.
    calendar: events that name who is on call; `time_zone` is for those that name no zone.
    gaps: `allowed` where nobody is on call at times, on purpose. Otherwise that is an error.
    """

    name: Name
    rotation: Rotation | None = None
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=50)] | None = None
    calendar: CalendarSource | None = None
    time_zone: TimeZone | None = None
    gaps: Literal["refused", "allowed"] = "refused"

    @model_validator(mode="after")
    def _has_one_schedule(self) -> Self:
        given = [self.rotation, self.layers, self.calendar]
        if sum(each is not None for each in given) != 1:
            raise ValueError("needs exactly one of rotation, layers, calendar")
        if self.time_zone and not self.calendar:
            raise ValueError("time_zone here is for a calendar; every rotation has its own")
        return self

    @model_validator(mode="after")
    def _always_has_somebody(self) -> Self:
        if self.layers and self.gaps == "refused":
            gap = first_gap(tuple(layer.restrictions for layer in self.layers))
            if gap:
                raise ValueError(
                    f"nobody is on call {gap}; add a layer for that time, or say `gaps: allowed`"
                )
        return self

    @cached_property
    def every_layer(self) -> tuple[Layer, ...]:
        """The layers, also where `rotation` is short for one; none for a calendar."""
        return self.layers or ((Layer(rotation=self.rotation),) if self.rotation else ())

    @cached_property
    def duties(self) -> tuple[Duties, ...]:
        """Which parts of the rotation of each layer are duties; the layers above go first."""
        found: list[Duties] = []
        for index, layer in enumerate(self.every_layer):
            rotation = layer.rotation
            at = rotation.first_hand_off.replace(tzinfo=ZoneInfo(rotation.time_zone))
            above = [usual_week(each.restrictions, at) for each in self.every_layer[:index]]
            spans = without(usual_week(layer.restrictions, at), joined(*above))
            found.append(duties(rotation.first_hand_off, rotation.time_zone, rotation.every, spans))
        return tuple(found)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom the policy itself names here; whom a calendar names is not known."""
        named = (person for layer in self.every_layer for person in layer.rotation.people)
        return tuple(dict.fromkeys(named))

    @cached_property
    def zone(self) -> str:
        """The time zone that this schedule is read and shown in."""
        layers = self.every_layer
        return self.time_zone or (layers[0].rotation.time_zone if layers else "UTC")

    def named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each place below the tier that names people, and whom."""
        if self.rotation:
            yield "rotation.people", self.rotation.people
        for index, layer in enumerate(self.layers or ()):
            yield f"layers.{index}.rotation.people", layer.rotation.people
