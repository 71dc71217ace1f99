"""Overrides from the record store and shifts from calendars, for decisions on who is on call."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from standfast.incidents.schedule import DatedShifts, Override, Shift
from standfast.on_call.calendars import Calendars
from standfast.on_call.demands import demands_not_met
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_NOTHING = timedelta(0)


class OnCallSchedules:
    """Reads overrides and calendars; safe to use from many threads."""

    def __init__(self, records: RecordStore, calendars: Calendars) -> None:
        self._records = records
        self._calendars = calendars

    def dated_shifts(
        self, policy: Policy, teams: Collection[str], at: datetime, lasting: timedelta = _NOTHING
    ) -> DatedShifts:
        """The overrides and shifts of the teams' tiers at `at`, and for `lasting` afterwards.

        Blocks for some seconds at most. What cannot be read is among the problems, in words; the
        decision then uses what could be read.
        """
        ends, problems = at + lasting, []
        try:
            overrides = self._records.overrides.running_or_coming(at)
        except RecordsUnavailable as why:
            overrides = []
            problems.append(f"overrides are not known: {why}")
        found = self._calendars.shifts_between(policy, teams, at, ends)
        overrides = [one for one in overrides if one.team in teams]
        problems += [*_of_nobody(policy, overrides), *found.problems]
        return DatedShifts(
            overrides=tuple(one for one in overrides if one.person in policy.people),
            shifts=tuple(_known(policy, found.shifts)),
            known_until=found.known_until,
            problems=tuple(problems),
        )

    def demands_not_met(self, policy: Policy, people: Iterable[str]) -> tuple[str, ...]:
        """Who of these people does not meet the policy's `contact_demands`, in words."""
        return demands_not_met(policy, self._records, people)


def _of_nobody(policy: Policy, overrides: Collection[Override]) -> Iterator[str]:
    for one in overrides:
        if one.person not in policy.people:
            yield f"{one.id} names {one.person!r}, who is no person of the policy any more"


def _known(policy: Policy, shifts: Collection[Shift]) -> Iterator[Shift]:
    """The shifts, without people who have left the policy since the calendar was read."""
    for shift in shifts:
        people = tuple(person for person in shift.people if person in policy.people)
        if people:
            yield shift.model_copy(update={"people": people})
