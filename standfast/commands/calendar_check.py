"""Checks the calendars of a policy's tiers for the coming weeks, for `policy check`."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from standfast.decisions.on_call import gaps
from standfast.incidents.schedule import DatedShifts
from standfast.messages.message import short
from standfast.on_call.calendar_process import AskedTier, evaluate
from standfast.on_call.calendar_source import Unreadable, fetch, file_of
from standfast.on_call.calendars import LOOKS_AHEAD, question_for
from standfast.on_call.ical import BadCalendar
from standfast.policy import Policy
from standfast.policy.schedules import Tier, name_of
from standfast.policy_file.loading import LoadedPolicy, Problem

_MOST_GAPS = 5


class CalendarFindings(NamedTuple):
    """Errors with their line, and warnings about calendars that could not be checked."""

    errors: tuple[Problem, ...]
    warnings: tuple[str, ...]


def check_calendars(loaded: LoadedPolicy, path: Path, now: datetime) -> CalendarFindings:
    """Check every calendar for gaps and for people who are not in the policy.

    A file that cannot be read is an error. A URL that cannot be read from here is only a warning:
    the worker may reach it.
    """
    errors, warnings = [], []
    for key, index, tier in _with_calendar(loaded.policy):
        place = f"teams.{key}.tiers.{index}.calendar"
        try:
            found = asyncio.run(_problems(loaded.policy, path.parent, key, tier, now))
        except Unreadable as why:
            if file_of(tier.calendar or "", path.parent):
                errors.append(loaded.problem(place, f"it cannot be read: {why}"))
            else:
                name = name_of(tier.calendar or "")
                warnings.append(f"{key}, {tier.name}: {name} could not be checked: {why}")
        except BadCalendar as why:
            errors.append(loaded.problem(place, str(why)))
        else:
            errors += [loaded.problem(place, problem) for problem in found]
    return CalendarFindings(tuple(errors), tuple(warnings))


def _with_calendar(policy: Policy) -> Iterator[tuple[str, int, Tier]]:
    for key, team in policy.teams.items():
        for index, tier in enumerate(team.tiers):
            if tier.calendar:
                yield key, index, tier


async def _problems(
    policy: Policy, beside: Path, team: str, tier: Tier, now: datetime
) -> list[str]:
    content = await fetch(tier.calendar or "", beside, policy.hosts, os.environ)
    asked = AskedTier(team=team, tier=tier.name, zone=tier.time_zone or "")
    ends = now + LOOKS_AHEAD
    answer = await evaluate(content, question_for(policy, [asked], now, ends))
    return [*answer.problems, *_gaps(team, tier, DatedShifts(shifts=answer.shifts), now, ends)]


def _gaps(
    team: str, tier: Tier, dated: DatedShifts, begins: datetime, ends: datetime
) -> Iterator[str]:
    if tier.gaps == "allowed":
        return
    known = dated.model_copy(update={"known_until": ends})
    found = gaps(tier, team, begins, ends, known)
    for start, end in found[:_MOST_GAPS]:
        yield f"nobody is on call from {short(start)} to {short(end)}"
    if len(found) > _MOST_GAPS:
        yield f"and {len(found) - _MOST_GAPS} more gaps within {LOOKS_AHEAD.days} days"
