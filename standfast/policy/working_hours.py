"""Working hours of a team, and its holidays."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from standfast.policy.section import Section
from standfast.time.wall_clock import WEEKDAYS, Day, TimeOfDay, TimeZone, Weekday
from standfast.time.working_time import Hours, refuse_short

if TYPE_CHECKING:
    from holidays import HolidayBase

YEARS_BEFORE, YEARS_AFTER = 1, 3
"""The years around an instant for which hours include holidays. Every running clock stores them.
"""

_A_LEAP_YEAR = 2024
_MONTH_AND_DAY = re.compile("[0-9]{2}-[0-9]{2}")
_TWO_LETTERS = re.compile("[A-Z]{2}")


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
    """When a team is at work. The keys mean the same as in `Hours`."""

    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1)
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)
    time_zone: TimeZone = "UTC"
    holidays: Holidays = Holidays()

    @model_validator(mode="after")
    def _are_long_enough(self) -> Self:
        refuse_short(self.opens, self.closes)
        return self

    def around(self, at: datetime) -> Hours:
        """The hours for clocks that run at `at`, with the holidays from the year before to three
        years after. Later years have none.
        """
        year = at.astimezone(ZoneInfo(self.time_zone)).year
        years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
        return Hours(
            days=self.days,
            opens=self.opens,
            closes=self.closes,
            time_zone=self.time_zone,
            holidays=tuple(day for year in years for day in self.holidays.in_year(year)),
        )


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
