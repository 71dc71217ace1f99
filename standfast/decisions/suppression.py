"""Whether the pages of an incident are suppressed now: by silences or by quiet hours."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from standfast.decisions.report_conditions import searchable
from standfast.incidents.assessment import Assessed, Priority
from standfast.incidents.own_channel import QuietTime
from standfast.incidents.silence import Matcher, Silence, Suppression
from standfast.messages.message import OptionalLine, short
from standfast.policy import Policy
from standfast.policy.rules import ReportCondition
from standfast.time.working_time import Hours, opens_next

_LONGEST_REASON = 200
_MOST_DESCRIBED = 3
_LONGEST_SEARCH = 20
"""Changes of day and night; two people's days meet within a week, or not at all."""
_ONE_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)


def suppression_of(
    policy: Policy,
    assessed: Assessed,
    team: str,
    on_call: str,
    silences: Sequence[Silence],
    at: datetime,
    quiet: QuietTime | None = None,
) -> Suppression | None:
    """Until when the pages of an incident are suppressed, from `at` on; None when they are not.

    A silence comes first, whatever the priority. Without one, `quiet_hours.priorities`
    wait for the `day` of `on_call`, if that person has one.

    silences: those that run or are to come, in any order.
    quiet: when that person has asked not to be paged about such priorities.
    """
    silenced = _silenced(assessed, team, silences, at)
    return silenced or _quiet_hours(policy, assessed, on_call, at, quiet)


def matches(matcher: Matcher, assessed: Assessed, team: str) -> bool:
    """Whether the matcher of a silence matches the incident."""
    if matcher.everything:
        return True
    if matcher.priorities and assessed.priority not in matcher.priorities:
        return False
    labels = assessed.report.labels
    return (
        _any_like(matcher.services, assessed.report.service)
        and _any_like(matcher.categories, assessed.category)
        and _any_like(matcher.teams, team)
        and all(
            name in labels and is_like(wanted, labels[name])
            for name, wanted in matcher.labels.items()
        )
        and (not matcher.words or _in_title(matcher, assessed))
    )


def is_like(wanted: str, value: str) -> bool:
    """Whether a matcher's `wanted` matches this value: `web*` matches all that begin with `web`."""
    wanted, value = wanted.casefold(), value.casefold()
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


def _any_like(wanted: tuple[str, ...], value: str) -> bool:
    return not wanted or any(is_like(one, value) for one in wanted)


def _silenced(
    assessed: Assessed, team: str, silences: Sequence[Silence], at: datetime
) -> Suppression | None:
    """Suppressed by a silence, and by those that adjoin or overlap it, up to the last one's end."""
    fitting = sorted(
        (silence for silence in silences if matches(silence.matcher, assessed, team)),
        key=lambda silence: (silence.starts, silence.until, silence.id),
    )
    chain, until = [], at
    for silence in fitting:
        if silence.starts <= until < silence.until:
            chain.append(silence)
            until = silence.until
    if not chain:
        return None
    described = [_described(silence) for silence in chain[:_MOST_DESCRIBED]]
    if len(chain) > _MOST_DESCRIBED:
        described.append(f"{len(chain) - _MOST_DESCRIBED} more until {_shown(until)}")
    return Suppression(
        until=until,
        why="silenced " + ", then ".join(described),
        silence=[silence.id for silence in chain if silence.starts <= at][-1],
        silences=tuple(silence.id for silence in chain),
    )


def _described(silence: Silence) -> str:
    reason = _ONE_LINE.validate_python(silence.reason)
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[:_LONGEST_REASON]}…"
    return f"by {silence.by} until {_shown(silence.until)} ({silence.id}: {reason})"


def waits_until(
    policy: Policy,
    priority: Priority,
    person: str,
    at: datetime,
    quiet: QuietTime | None = None,
) -> datetime | None:
    """When the day of a person begins for which such an incident waits; None where it need not.

    quiet: as for `suppression_of`.
    """
    days = _days_of(policy, priority, person, at, quiet)
    begins = _all_open(days, at)
    return begins if begins > at else None


def _days_of(
    policy: Policy, priority: Priority, person: str, at: datetime, quiet: QuietTime | None
) -> list[Hours]:
    known = policy.people.get(person)
    if priority not in policy.quiet_hours.priorities or known is None:
        return []
    days = [known.day.around(at)] if known.day else []
    return [*days, quiet.day] if quiet else days


def _quiet_hours(
    policy: Policy, assessed: Assessed, on_call: str, at: datetime, quiet: QuietTime | None
) -> Suppression | None:
    begins = waits_until(policy, assessed.priority, on_call, at, quiet)
    if begins is None:
        return None
    zone = _days_of(policy, assessed.priority, on_call, at, quiet)[0].time_zone
    shown = short(begins.astimezone(ZoneInfo(zone)))
    why = f"{assessed.priority} waits for the day of {on_call}, which begins {shown}"
    return Suppression(until=begins, why=why)


def _all_open(days: Sequence[Hours], at: datetime) -> datetime:
    """The first moment from `at` on that is in all of these; of those that never meet, the first
    alone counts.
    """
    moment = at
    for _ in range(_LONGEST_SEARCH):
        later = max((opens_next(day, moment) for day in days), default=moment)
        if later <= moment:
            return moment
        moment = later
    return opens_next(days[0], at)


def _in_title(matcher: Matcher, assessed: Assessed) -> bool:
    return bool(
        searchable(assessed.briefly().report).evidence(ReportCondition(words=matcher.words))
    )


def _shown(moment: datetime) -> str:
    return short(moment.astimezone(UTC))
