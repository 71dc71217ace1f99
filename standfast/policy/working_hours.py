"""Working hours of a team, and its holidays."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from standfast.policy.section import Section
from standfast.time.wall_clock import WEEKDAYS, Day, TimeOfDay, TimeZone, Weekday
from standfast.time.working_time import Hours, Span, refuse_unsound

if TYPE_CHECKING:
    from holidays import HolidayBase

YEARS_BEFORE, YEARS_AFTER = 1, 3
"""The years around an instant for which hours include holidays. Every running clock stores them.
"""

_A_LEAP_YEAR = 2024
_MONTH_AND_DAY = re.compile("[0-9]{2}-[0-9]{2}")
_TWO_LETTERS = re.compile("[A-Z]{2}")


_MOST_SPANS = 20
_WHOLE_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2}) ?[-–] ?([0-9]{1,2}:[0-9]{2})")
_TIME = TypeAdapter(TimeOfDay)
_SHORT = {day[:3]: day for day in WEEKDAYS} | {day: day for day in WEEKDAYS}


def _days(text: str) -> tuple[Weekday, ...]:
    """The days that `mon-thu`, `fri` or `sat, sun` stand for, from Monday on."""
    found: set[Weekday] = set()
    for part in text.lower().split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if first not in _SHORT or (last if dash else first) not in _SHORT:
            raise ValueError(
                f"must be days of the week, such as mon-thu, fri or sat,sun, not {text!r}"
            )
        begins = WEEKDAYS.index(_SHORT[first])
        ends = WEEKDAYS.index(_SHORT[last]) if dash else begins
        found |= {WEEKDAYS[(begins + day) % 7] for day in range((ends - begins) % 7 + 1)}
    return tuple(day for day in WEEKDAYS if day in found)


def _are_days(text: str) -> str:
    _days(text)
    return text


def _edges(span: str) -> tuple[time, time]:
    """When a span opens and closes; 24:00 is midnight.

    Raises:
        ValueError: it is none, or ends before it begins.
    """
    found = _WHOLE_SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError("must be from when to when, like 09:00-12:30")
    opens, closes = found.groups()
    begins = _TIME.validate_python(opens)
    ends = time() if closes == "24:00" else _TIME.validate_python(closes)
    if closes != "24:00" and ends <= begins:
        raise ValueError(
            f"ends before it begins: {span}; write a night as 22:00-24:00 and 00:00-06:00 of the "
            "day after"
            if ends < begins
            else f"is empty: {span}; a whole day is 00:00-24:00"
        )
    return begins, ends


def _is_a_span(span: str) -> str:
    _edges(span)
    return span


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


DaysOfWeek = Annotated[str, AfterValidator(_are_days)]
"""`mon-thu`, `friday` or `sat,sun`."""

Spans = Annotated[
    tuple[Annotated[str, AfterValidator(_is_a_span)], ...],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=_MOST_SPANS),
]
"""When a day is open: `09:00-12:30`, or a list of such; it may end at `24:00`."""


def _comes_in_leap_years(text: str) -> str:
    message = "must be a month and a day like 12-24"
    if not _MONTH_AND_DAY.fullmatch(text):
        raise ValueError(message)
    try:
        _in_year(_A_LEAP_YEAR, text)
    except ValueError:
        raise ValueError(message) from None
    return text


DayOfYear = Annotated[str, AfterValidator(_comes_in_leap_years)]
"""A date of every year, written `12-24`; `02-29` comes in leap years only."""


class Holidays(Section):
    """The days on which a team is not at work.

    country, subdivision: whose public holidays these are, by the codes of ISO 3166 that the
    library `holidays` knows.
    without: those of them on which the team works all the same.
    besides: its own days off; `every_year` those with the same date each year.
    """

    country: str = ""
    subdivision: str = ""
    without: tuple[Day, ...] = ()
    besides: tuple[Day, ...] = ()
    every_year: tuple[DayOfYear, ...] = ()

    @field_validator("country")
    @classmethod
    def _is_a_country(cls, country: str) -> str:
        if country and _calendar(country) is None:
            from holidays import list_supported_countries

            there_are = list_supported_countries(include_aliases=False)
            raise ValueError(f"no country {country!r}; there are: {', '.join(sorted(there_are))}")
        return country

    @field_validator("subdivision")
    @classmethod
    def _is_in_the_country(cls, subdivision: str, others: ValidationInfo) -> str:
        country = others.data.get("country")
        if not subdivision or country is None:
            return subdivision
        calendar = _calendar(country)
        if calendar is None:
            raise ValueError("needs a country")
        if subdivision not in (*calendar.subdivisions, *calendar.subdivisions_aliases):
            there_are = ", ".join(calendar.subdivisions) or "none"
            raise ValueError(
                f"{country} has no subdivision {subdivision!r}; there are: {there_are}"
            )
        return subdivision

    @field_validator("without")
    @classmethod
    def _are_holidays(cls, days: tuple[date, ...], others: ValidationInfo) -> tuple[date, ...]:
        if {"country", "subdivision"} <= others.data.keys():
            country, subdivision = others.data["country"], others.data["subdivision"]
            for day in days:
                if day not in _public(country, subdivision, day.year):
                    raise ValueError(f"{day} is no public holiday there")
        return days

    def in_year(self, year: int) -> frozenset[date]:
        """All of them in one year."""
        days = {day for day in self.besides if day.year == year}
        for day_of_year in self.every_year:
            try:
                days.add(_in_year(year, day_of_year))
            except ValueError:  # the 29th of February
                continue
        return (_public(self.country, self.subdivision, year) - {*self.without}) | days


class WorkingHours(Section):
    """When a team is at work. The keys mean the same as in `Hours`.

    spans: in place of days, opens and closes where the day has breaks, or days differ.
    """

    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1)
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)
    spans: Annotated[dict[DaysOfWeek, Spans], Field(min_length=1)] | None = None
    time_zone: TimeZone = "UTC"
    holidays: Holidays = Holidays()
    _besides: tuple[Span, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.spans is not None:
            said_twice = {"days", "opens", "closes"} & self.model_fields_set
            if said_twice:
                raise ValueError(f"spans stand in place of {', '.join(sorted(said_twice))}")
            days = [day for name in self.spans for day in _days(name)]
            twice = next((day for day in days if days.count(day) > 1), None)
            if twice:
                raise ValueError(f"spans name {twice} twice; write its spans as one list")
        refuse_unsound(self.every_span)
        return self

    def __hash__(self) -> int:
        return hash((self.every_span, self.time_zone, self.holidays))

    @property
    def every_span(self) -> tuple[Span, ...]:
        """From when to when the team is at work, on which days of the week."""
        if self.spans is None:
            first = Span(days=self.days, opens=self.opens, closes=self.closes)
            return (first, *self._besides)
        return tuple(
            Span(days=_days(name), opens=opens, closes=closes)
            for name, written in self.spans.items()
            for opens, closes in map(_edges, written)
        )

    @classmethod
    def together(cls, several: Sequence[Self]) -> Self:
        """All of them as one; they have to be of one place, and to follow each other.

        Raises:
            ValueError: they are not.
        """
        first = several[0]
        if any(each.spans is not None for each in several):
            raise ValueError("a list is of opens and closes; `spans` say all in one mapping")
        if any(
            (each.time_zone, each.holidays) != (first.time_zone, first.holidays) for each in several
        ):
            raise ValueError("must all have the same time_zone and holidays")
        made = first.model_copy()
        made._besides = tuple(span for each in several[1:] for span in each.every_span)
        refuse_unsound(made.every_span)
        return made

    def around(self, at: datetime) -> Hours:
        """The hours for clocks that run at `at`, with the holidays from the year before to three
        years after. Later years have none.
        """
        year = at.astimezone(ZoneInfo(self.time_zone)).year
        years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
        first, *others = self.every_span
        return Hours(
            days=first.days,
            opens=first.opens,
            closes=first.closes,
            also=tuple(others),
            time_zone=self.time_zone,
            holidays=tuple(day for year in years for day in self.holidays.in_year(year)),
        )


def _one_or_several(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    if not isinstance(value, list | tuple):
        return read(value)
    if not 0 < len(value) <= _MOST_SPANS:
        raise ValueError(f"must be a mapping, or a list of 1 to {_MOST_SPANS} of them")
    return WorkingHours.together([read(each) for each in value])


OneOrMoreHours = Annotated[WorkingHours, WrapValidator(_one_or_several)]
"""Working hours as one mapping, or as a list of them with an opening each."""

# The library is imported where it is asked: it takes a while to load, and workflows never ask it.


def _calendar(country: str) -> "HolidayBase | None":
    from holidays import country_holidays

    # By other names the library also gives out modules and markets.
    if not _TWO_LETTERS.fullmatch(country):
        return None
    try:
        return country_holidays(country)
    except NotImplementedError:
        return None


@lru_cache(maxsize=1_000)
def _public(country: str, subdivision: str, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    from holidays import country_holidays

    days = country_holidays(country, subdiv=subdivision or None, years=year, expand=False)
    return frozenset(day for day in days if day.year == year)


def _in_year(year: int, day_of_year: str) -> date:
    month, _, day = day_of_year.partition("-")
    return date(year, int(month), int(day))
